"""Where things are: WGS-84, ECEF, the site's ENU frame, polar coordinates, zones.

Pure functions, arrays in, arrays out; angles in radians unless a name says ``_deg``.
"""
