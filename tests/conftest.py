"""Shared by all tests: hypothesis without randomness from outside."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "marsad", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("marsad")
