"""Room in the picture for one sensor more: who is gone gives way, and nobody who is here.

The tracker knows so many sensors and no more, lest a flood of names fill memory. A sensor that is gone keeps
its place, and what was learned of it, until another needs one: then whoever was heard least lately gives way.
"""

from collections.abc import Iterable

from marsad.model.sensor import Sensor, SensorHealth
from marsad.site.hearing import Hearing

NO_ROOM = "no room for it: as many sensors are in use as there may be"
_GONE = frozenset({SensorHealth.GONE, SensorHealth.REFUSED})
_AWAY_NS = 60_000_000_000  # a link that broke, or silence, may pass


def gives_way(sensors: Iterable[Sensor], hearing: Hearing, t_ns: int) -> str:
    """The id of the sensor whose place may be taken, "" if all of them are here.

    One that said goodbye or was refused goes at once, one that is cut off or lost after a minute's silence.
    """
    gone = [
        (hearing.heard_t_ns(sensor.sensor_id), sensor.sensor_id)
        for sensor in sensors
        if _is_gone(sensor, t_ns - hearing.heard_t_ns(sensor.sensor_id))
    ]
    return min(gone, default=(0, ""))[1]


def _is_gone(sensor: Sensor, silent_ns: int) -> bool:
    away = not sensor.linked or sensor.health is SensorHealth.LOST
    return sensor.health in _GONE or (away and silent_ns > _AWAY_NS)
