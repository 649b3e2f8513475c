"""Fits of free fall to the plots of fast tracks."""
