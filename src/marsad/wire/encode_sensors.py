"""Sensors, who asks to join, and how far time and navigation hold → the wire."""

import math

import numpy as np

from marsad import wire
from marsad.geo.local import LocalFrame
from marsad.model import asker as model_asker
from marsad.model import sensor as model_sensor
from marsad.model.clock import ClockStep
from marsad.model.overload import Overload
from marsad.model.picture import NavigationHealth
from marsad.model.registration import RegistrationTable
from marsad.wire.encode_reasons import reason_to_wire
from marsad.wire.places import place_to_wire
from marsad.wire.values import NS_PER_MS, known, rounded

_BIASES: tuple[tuple[wire.BiasName, float, int], ...] = (
    ("range", 1.0, 1),
    ("azimuth", math.radians(1), 2),
    ("elevation", math.radians(1), 2),
    ("clock", 1.0, 2),
)


def clock_to_wire(step: ClockStep) -> wire.ClockStep:
    """A step of the machine's clock."""
    return {"t_ms": step.t_ns // NS_PER_MS, "what": reason_to_wire(step.what)}


def overload_to_wire(overload: Overload) -> wire.Overload:
    """One thing that is too much for the site."""
    return {
        "shed": overload.shed.value,
        "sensor_id": overload.sensor_id,
        "since_t_ms": overload.since_t_ns // NS_PER_MS,
        "per_s": round(overload.per_s, 1),
        "count": overload.count,
        "what": reason_to_wire(overload.what),
    }


def navigation_to_wire(health: NavigationHealth) -> wire.Navigation:
    """The health of satellite navigation."""
    return {
        "state": health.state.value,
        "aircraft": health.aircraft,
        "reasons": [reason_to_wire(reason) for reason in health.reasons],
    }


def biases_to_wire(table: RegistrationTable) -> dict[str, list[wire.Bias]]:
    """What is known of each sensor that was compared with another, by its id."""
    found: dict[str, list[wire.Bias]] = {}
    for row in np.flatnonzero(table.pairs).tolist():
        biases: list[wire.Bias] = []
        for column, (quantity, unit, digits) in enumerate(_BIASES):
            value, sigma = (float(part[row, column]) / unit for part in (table.estimate, table.sigma))
            if not math.isnan(value):
                biases.append(
                    {
                        "quantity": quantity,
                        "value": rounded(value, digits),
                        "sigma": rounded(sigma, digits),
                        "applied": bool(table.applied[row, column]),
                        "large": bool(table.large[row, column]),
                    }
                )
        found[table.sensor_ids[row]] = biases
    return found


def sensor_to_wire(
    sensor: model_sensor.Sensor, frame: LocalFrame, biases: list[wire.Bias] | None = None
) -> wire.Sensor:
    """A sensor, with what is known of its biases."""
    coverage = sensor.coverage
    return {
        "sensor_id": sensor.sensor_id,
        "name": sensor.name,
        "kind": sensor.kind.value,
        "feed": sensor.feed,
        "place": None if sensor.position_enu is None else place_to_wire(sensor.position_enu, frame),
        "coverage": {
            "range_min_m": rounded(coverage.range_min_m, 0),
            "range_max_m": known(coverage.range_max_m, 0),
            "azimuth_from_deg": rounded(math.degrees(coverage.azimuth_from_rad), 1),
            "azimuth_width_deg": rounded(math.degrees(coverage.azimuth_width_rad), 1),
        },
        "health": sensor.health.value,
        "last_t_ms": sensor.last_t_ns // NS_PER_MS,
        "note": sensor.note,
        "delay": None if sensor.delay is None else _delay_to_wire(sensor.delay),
        "biases": biases or [],
    }


def _delay_to_wire(delay: model_sensor.Delay) -> wire.Delay:
    return {
        "latency_s": rounded(delay.latency_s, 1),
        "late_s": rounded(delay.late_s, 1),
        "shift_s": rounded(delay.shift_s, 1),
    }


def asker_to_wire(asker: model_asker.Asker) -> wire.Asker:
    """A node that may not speak."""
    return {
        "feed": asker.feed,
        "node_id": asker.node_id,
        "name": asker.name,
        "kind": asker.kind.value,
        "address": asker.address,
        "asking": asker.asking.value,
        "first_t_ms": asker.first_t_ns // NS_PER_MS,
        "last_t_ms": asker.last_t_ns // NS_PER_MS,
        "reports": asker.reports,
        "by": asker.by,
    }
