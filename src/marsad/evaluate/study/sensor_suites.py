"""Sensor suites: what stands at the site in a raid, as the site is told and as it really is."""

from dataclasses import dataclass
from typing import Any

from marsad.evaluate.study.distributions import Distributions, PlainRadar, Suite
from marsad.evaluate.study.ground import Ground
from marsad.feeds.sapient.node_id import node_id
from marsad.simulate.layout import checked, read
from marsad.simulate.scenario import SensorsFile
from marsad.simulate.sensors import CameraSettings, DirectionFinderSettings, RadarReference, RadarSettings

PLAIN = ("one-plain", "two-plain")


@dataclass(frozen=True)
class SensorSuite:
    """The sensors of a raid.

    sensors   as they really are
    nodes     what the site's settings say of each, by node_id
    """

    sensors: SensorsFile
    nodes: dict[str, dict[str, Any]]

    @property
    def placed(self) -> tuple[RadarSettings | DirectionFinderSettings | CameraSettings, ...]:
        """All that stand somewhere and look."""
        return (*self.sensors.radar, *self.sensors.direction_finder, *self.sensors.camera)


def sensor_suite(suite: Suite, ground: Ground, figures: Distributions) -> SensorSuite:
    """The suite at a site, on a clear day, without a fault."""
    path = ground.path.with_name(f"{ground.name}.sensors.toml")
    shipped = checked(path, read(path), SensorsFile)
    described = _described(ground)
    if suite == "full":
        return SensorSuite(shipped, described)
    if suite == "classifying":
        sure = figures.classifying_radar.classifies
        radars = tuple(radar.model_copy(update={"classifies": sure}) for radar in shipped.radar)
        sensors = SensorsFile(radar=radars, adsb_receiver=shipped.adsb_receiver)
        return SensorSuite(sensors, {radar.node_id: described[radar.node_id] for radar in radars})
    count = 1 if suite == "one-plain" else 2
    radars = tuple(_plain_radar(figures.plain_radar, ground, number) for number in range(count))
    sensors = SensorsFile(radar=radars, adsb_receiver=shipped.adsb_receiver)
    return SensorSuite(sensors, {radar.node_id: _plain_node(radar, k) for k, radar in enumerate(radars)})


def _described(ground: Ground) -> dict[str, dict[str, Any]]:
    """Every node of the site's own settings."""
    tables = read(ground.path)
    return {node: dict(told) for feed in tables["feed"] for node, told in feed.get("nodes", {}).items()}


def _plain_radar(figures: PlainRadar, ground: Ground, number: int) -> RadarSettings:
    east, north = figures.places_m[number]
    latitude, longitude, _ = ground.layout.frame.geodetic_from_enu([[east, north, 0.0]])
    return RadarSettings(
        node_id=node_id(f"{ground.name} plain radar {number + 1}"),
        latitude_deg=round(float(latitude[0]), 6),
        longitude_deg=round(float(longitude[0]), 6),
        antenna_m=figures.antenna_m,
        period_s=figures.period_s,
        offset_s=0.2 + 0.3 * number,
        range_min_m=figures.range_min_m,
        range_max_m=figures.range_max_m,
        elevation_min_deg=-5.0,
        elevation_max_deg=60.0,
        azimuth_sigma_deg=figures.azimuth_sigma_deg,
        range_sigma_m=figures.range_sigma_m,
        elevation_sigma_deg=figures.elevation_sigma_deg,
        reference=RadarReference(
            range_m=figures.reference_range_m,
            rcs_dbsm=figures.reference_rcs_dbsm,
            snr_db=figures.reference_snr_db,
        ),
        notch_mps=0.0,
        tells_range_rate=False,
        false_plots_per_look=figures.false_plots_per_look,
    )


def _plain_node(radar: RadarSettings, number: int) -> dict[str, Any]:
    return {
        "name": f"Plain radar {number + 1}",
        "kind": "radar",
        "range_min_m": radar.range_min_m,
        "range_max_m": radar.range_max_m,
        "elevation_sector_deg": [radar.elevation_min_deg, radar.elevation_max_deg],
        "detection_probability": [0.95, 0.2],
        "clutter_per_scan": radar.false_plots_per_look,
        "scan_period_s": radar.period_s,
    }
