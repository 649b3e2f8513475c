"""Sensor registration: how far each sensor is off in range, azimuth, elevation and time."""
