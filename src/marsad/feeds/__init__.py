"""SENSE: bytes from sensors become detections, and what has to be answered becomes bytes.

One module (or package) per standard, no socket, no clock. ``table.open_feed`` is the one place
that knows which standard is served by which feed.
"""
