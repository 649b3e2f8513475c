"""The surroundings of a site from elevation models: HGT and GeoTIFF tiles in a folder, no network, no GDAL.

Runs at the rim, before the site starts; the fold has what comes of it as a frame.
"""
