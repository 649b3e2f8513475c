"""Conditions: weather, terrain and faults of a raid, as a scenario's settings and faults say them."""

from dataclasses import replace
from typing import Any, TypeVar

from marsad.evaluate.study.distributions import WeatherEffect
from marsad.evaluate.study.raid import Raid, SensorFault
from marsad.evaluate.study.sensor_suites import SensorSuite
from marsad.simulate.sensors import CameraSettings, DirectionFinderSettings, Obstacle, RadarSettings

NOISE = 1.3  # of a perturbed sensor, times what it states
DETECTION = 0.7  # of a perturbed sensor, times
Settings = TypeVar("Settings", RadarSettings, DirectionFinderSettings, CameraSettings)


def weathered(raid: Raid, suite: SensorSuite, weather: WeatherEffect) -> SensorSuite:
    """The sensors with the raid's false plots, and with what stands in their way."""
    standing = tuple(
        Obstacle(from_deg=m.from_deg, to_deg=m.to_deg, below_deg=m.below_deg) for m in raid.masks
    )

    def changed(sensor: Settings) -> Settings:
        false_plots = sensor.false_plots_per_look
        if isinstance(sensor, RadarSettings):
            false_plots = round(false_plots * weather.false_plots, 3)
        update = {"obstacles": (*sensor.obstacles, *standing), "false_plots_per_look": false_plots}
        return sensor.model_copy(update=update)

    sensors = suite.sensors.model_copy(
        update={
            "radar": tuple(changed(item) for item in suite.sensors.radar),
            "direction_finder": tuple(changed(item) for item in suite.sensors.direction_finder),
            "camera": tuple(changed(item) for item in suite.sensors.camera),
        }
    )
    return replace(suite, sensors=sensors)


def fault_tables(
    raid: Raid, suite: SensorSuite, weather: WeatherEffect, *, perturbed: bool
) -> list[dict[str, Any]]:
    """What is wrong in a raid, as fault tables of a scenario: the air, one sensor, and a perturbation."""
    tables: list[dict[str, Any]] = [{"kind": "noise", "factor": NOISE}] if perturbed else []
    if weather.visibility_m is not None:
        air = {"visibility_m": weather.visibility_m, "radar_loss_db_per_km": weather.radar_loss_db_per_km}
        tables.append({"kind": "dust", **air})
    if raid.fault is not None:
        tables.append({**_fault(raid.fault), "sensors": (faulty_node(raid.fault, suite),)})
    if perturbed:
        tables.append({"kind": "misses", "share_seen": DETECTION})
    return tables


def faulty_node(fault: SensorFault, suite: SensorSuite) -> str:
    """Which sensor the raid's fault befalls: one of the radars, on which the most hangs."""
    radars = suite.sensors.radar
    return radars[int(fault.which * len(radars))].node_id


def _fault(fault: SensorFault) -> dict[str, Any]:
    begins = {"from_s": fault.begins_s}
    if fault.kind in ("outage", "dropped-link"):
        spell = {**begins, "to_s": fault.begins_s + fault.size}
        return {"kind": "outage", "closes_link": fault.kind == "dropped-link", **spell}
    if fault.kind == "azimuth-bias":
        return {"kind": "bias", "azimuth_deg": fault.size, **begins}
    if fault.kind == "clock-offset":
        return {"kind": "clock_offset", "offset_s": fault.size, **begins}
    if fault.kind == "latency":
        return {"kind": "latency", "latency_s": fault.size, **begins}
    return {"kind": "misses", "share_seen": fault.size, **begins}
