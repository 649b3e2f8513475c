"""The vocabulary: frozen records that cross a border between stages. Imports nothing of ours.

Units are SI, angles radians, azimuth clockwise from true north, positions in the site's
east-north-up frame (ENU, metres), time in nanoseconds since 1970 (``t_ns``), heights above the
WGS-84 ellipsoid. Within a site ``t_ns`` is steady site time, outside of it UTC (``clock``, ``utc``).
NaN stands for "not measured" inside arrays and tuples of floats; ``None`` for an absent record field.
"""
