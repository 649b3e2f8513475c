"""Marsad (مرصد): the open air-picture and early-warning system for a site under threat.

It observes, warns and records. It commands no effector.
"""

__version__ = "0.1.0"
