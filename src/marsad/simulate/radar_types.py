"""Types of radar that see rockets, as classes and not as makes: how well they measure, how far they see."""

from typing import Any, Literal

from marsad.simulate.sensors import RadarSettings

RadarType = Literal["counter-rocket", "drone"]
RADAR_TYPES: dict[RadarType, dict[str, Any]] = {
    # sees a medium rocket (-12 dBsm) half of the time at 16 km and nine times in ten at 11 km
    "counter-rocket": {
        "period_s": 0.25,
        "range_min_m": 100.0,
        "range_max_m": 25_000.0,
        "elevation_min_deg": 1.0,
        "elevation_max_deg": 80.0,
        "range_sigma_m": 10.0,
        "azimuth_sigma_deg": 0.11,
        "elevation_sigma_deg": 0.11,
        "tells_range_rate": False,
        "reference": {"range_m": 10_000.0, "rcs_dbsm": -20.0, "snr_db": 13.0},
        "notch_mps": 5.0,
        "resolution_m": 30.0,
        "resolution_deg": 1.0,
        "false_plots_per_look": 0.02,
    },
    # sees a one-way drone (-5 dBsm) half of the time at 13 km, a medium rocket at 9 km
    "drone": {
        "period_s": 1.0,
        "range_min_m": 100.0,
        "range_max_m": 20_000.0,
        "elevation_min_deg": 0.0,
        "elevation_max_deg": 60.0,
        "range_sigma_m": 15.0,
        "azimuth_sigma_deg": 0.5,
        "elevation_sigma_deg": 0.5,
        "tells_range_rate": False,
        "reference": {"range_m": 13_000.0, "rcs_dbsm": -5.0, "snr_db": 13.0},
        "notch_mps": 2.0,
        "resolution_m": 30.0,
        "resolution_deg": 2.0,
        "false_plots_per_look": 0.5,
    },
}


def radar_of(
    radar_type: RadarType, node_id: str, latitude_deg: float, longitude_deg: float, **other: Any
) -> RadarSettings:
    """A radar of a type at a place, with whatever is to be otherwise."""
    place = {"node_id": node_id, "latitude_deg": latitude_deg, "longitude_deg": longitude_deg}
    return RadarSettings(**{**RADAR_TYPES[radar_type], **place, **other})
