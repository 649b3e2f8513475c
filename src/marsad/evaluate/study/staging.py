"""Staging: a raid as a scenario, the settings of its site, and its sensors."""

from dataclasses import dataclass
from math import atan2, degrees, hypot
from pathlib import Path
from typing import Any

from marsad.evaluate.study.conditions import DETECTION, fault_tables, weathered
from marsad.evaluate.study.distributions import Distributions, WeatherEffect
from marsad.evaluate.study.ground import Ground, ground_of
from marsad.evaluate.study.harmless import OWN_ADDRESS
from marsad.evaluate.study.interrogating import ClaimedSimulation
from marsad.evaluate.study.raid import Flight, Lie, Point, Raid
from marsad.evaluate.study.sensor_suites import SensorSuite, sensor_suite
from marsad.evaluate.study.toml_text import toml_of
from marsad.model.detection import Claim
from marsad.simulate.layout import read
from marsad.simulate.scenario import Scenario, scenario_of
from marsad.simulate.sensors import AdsbReceiverSettings
from marsad.simulate.simulation import Simulation

SITE_FILE = "site.toml"
_RADIO_DBM = 20.0
_SENSORS = "sensors"  # the feed of all SAPIENT nodes
_ADSB = "adsb"


@dataclass(frozen=True)
class Staged:
    """A raid that can be run.

    configuration   the site's settings, bytes of TOML
    suite           the sensors as they really are
    """

    raid: Raid
    scenario: Scenario
    configuration: bytes
    suite: SensorSuite

    def simulation(self) -> ClaimedSimulation:
        """The raid as a source of frames."""
        simulation = Simulation(self.scenario, self.raid.seed)
        said = {a.flight.object_id: a.flight for a in self.raid.attackers if a.lie is Lie.RADAR}
        claims = {
            row: Claim("icao", said[item.object_id].icao, said[item.object_id].callsign)
            for row, item in enumerate(simulation.truth.objects)
            if item.object_id in said
        }
        return ClaimedSimulation(simulation, claims)


def staged(raid: Raid, figures: Distributions, folder: Path, *, perturbed: bool = False) -> Staged:
    """Write the site's settings into a folder, and make the scenario. Raises ConfigError."""
    ground, weather = ground_of(raid.site), figures.weather[raid.weather]
    suite = weathered(raid, sensor_suite(raid.suite, ground, figures), weather)
    configuration = toml_of(_site(ground, suite)).encode()
    site_path = folder / SITE_FILE
    site_path.write_bytes(configuration)
    scenario = scenario_of(_tables(raid, suite, weather, perturbed=perturbed), site_path)
    return Staged(raid, scenario, configuration, suite)


def _site(ground: Ground, suite: SensorSuite) -> dict[str, Any]:
    """The shipped site's settings with the suite's sensors as its feeds."""
    tables = read(ground.path)
    site = dict(tables["site"])
    site["friend"] = [
        *site.get("friend", ()),
        {"label": f"icao:{OWN_ADDRESS}", "name": "Patrol drone"},
    ]
    feeds: list[dict[str, Any]] = [
        {"name": _SENSORS, "standard": "sapient", "listen": "127.0.0.1:5020", "nodes": suite.nodes}
    ]
    if suite.sensors.adsb_receiver is not None:
        feeds.append({"name": _ADSB, "standard": "sbs", "connect": "127.0.0.1:30003"})
    return {**tables, "site": site, "feed": feeds}


def _tables(raid: Raid, suite: SensorSuite, weather: WeatherEffect, *, perturbed: bool) -> dict[str, Any]:
    sensors = suite.sensors
    hostile = [attacker.flight.object_id for attacker in raid.attackers]
    objects = [
        _object(attacker.flight, hostile=True, silent=attacker.lie is Lie.RADAR)
        for attacker in raid.attackers
    ]
    objects += [_object(flight, hostile=False) for flight in raid.harmless]
    return {
        "name": f"raid-{raid.number}",
        "title_en": f"Raid {raid.number} of study {raid.study_seed}",
        "title_ar": f"الغارة {raid.number} من الدراسة {raid.study_seed}",
        "start": raid.start,
        "air": {"pressure_offset_m": raid.pressure_offset_m},
        "duration_s": raid.duration_s,
        "site": SITE_FILE,
        "radar": list(sensors.radar),
        "direction_finder": list(sensors.direction_finder),
        "camera": list(sensors.camera),
        "adsb_receiver": _receiver(sensors.adsb_receiver, perturbed=perturbed),
        "object": objects,
        "traffic": list(raid.traffic),
        "fault": fault_tables(raid, suite, weather, perturbed=perturbed),
        "expected": {"hostile": hostile},
    }


def _receiver(receiver: AdsbReceiverSettings | None, *, perturbed: bool) -> AdsbReceiverSettings | None:
    if receiver is None or not perturbed:
        return receiver
    heard = receiver.reception_probability * DETECTION
    return receiver.model_copy(update={"reception_probability": heard})


def _object(flight: Flight, *, hostile: bool, silent: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": flight.object_id,
        "kind": flight.kind,
        "hostile": hostile,
        "depart_s": flight.depart_s,
        "manner": flight.manner,
        "waypoints": [_waypoint(point) for point in flight.points],
    }
    if flight.icao and not silent:
        told["transponder"] = {"icao": flight.icao, "callsign": flight.callsign}
    if flight.rcs_dbsm is not None:
        told["rcs_dbsm"] = flight.rcs_dbsm
    if flight.radio:
        told["emitter"] = {"power_dbm": _RADIO_DBM}
    return told


def _waypoint(point: Point) -> dict[str, float]:
    return {
        "azimuth_deg": degrees(atan2(point.east_m, point.north_m)),
        "range_m": hypot(point.east_m, point.north_m),
        "above_ground_m": point.above_ground_m,
        "speed_mps": point.speed_mps,
        "hold_s": point.hold_s,
    }
