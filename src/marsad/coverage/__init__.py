"""COVER: what the sensors can see of the air around a site, and from when an intruder would be warned of.

Read it in this order: `threat.py` (what comes, and how it flies), `grid.py` (bearings and distances around
the zones), `sight.py` (what one sensor sees of it), `outlook.py` (what all of them do, and the seconds that
leaves), `holes.py` (where that is too little, by name), `health.py` (what of it is because sensors are
silent), `layout.py` (what more of them would give), `outline.py` (all of it as areas).

All of it is geometry and chance over arrays: nothing here knows of a track. It is computed beside the fold
and never in it, of sensors as a picture has them, so a replay tells the same of the same picture.
"""
