"""Bearings without range: whose place those of several sensors fix, and where they start a track."""
