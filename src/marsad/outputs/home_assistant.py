"""Home Assistant: a binary sensor for each zone and stage, which it finds by itself over MQTT.

A sensor cannot say "exercise" first. So on an output for what is meant, only that turns one on; on one for
drills alone, drills do, and the name of each sensor says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from marsad import __version__
from marsad.model.announcement import DrillAnnouncement, LiveAnnouncement
from marsad.model.site import Mode, Site
from marsad.model.threat import Level
from marsad.outputs.message import json_of
from marsad.outputs.settings import MqttSettings
from marsad.report.wording import catalogue

Place = tuple[str, Level]
_ALARMS_MAX = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """What a topic is to hold from now on: retained, and for so long where that is known."""

    topic: str
    data: bytes
    lasts_s: float | None = None


class Sensors:
    """The sensors of one output, and which of them are on."""

    def __init__(self, settings: MqttSettings, site: Site, root: str) -> None:
        """root   first levels of this site's topics"""
        self._settings = settings
        self._site = site
        self._root = root
        self._places: list[Place] = [
            (zone.zone_id, stage)
            for zone in site.zones
            for stage in (Level.ALERT, Level.WARN)
            if settings.serves(zone.zone_id, stage)
        ]
        # until when which alarm holds a sensor on, by the event loop's clock
        self._on: dict[Place, dict[str, float]] = {place: {} for place in self._places}

    def declared(self) -> Iterator[Shown]:
        """What Home Assistant finds them by."""
        settings, site = self._settings, self._site
        us = f"marsad_{site.site_id}_{settings.name}"
        device = {"identifiers": [us], "name": f"{site.name_en} · {site.name_ar}", "manufacturer": "Marsad"}
        for zone_id, stage in self._places:
            name = stage.name.lower()
            record: dict[str, Any] = {
                "name": f"{self._drill()}{self._called(zone_id)} · {stage.name}",
                "unique_id": f"{us}_{zone_id}_{name}",
                "state_topic": self._topic((zone_id, stage)),
                "device_class": "safety",
                "qos": 1,
                "availability_topic": f"{self._root}/availability",
                "device": device,
                "origin": {"name": "Marsad", "sw_version": __version__},
            }
            topic = f"{settings.home_assistant}/binary_sensor/{us}/{zone_id}_{name}/config"
            yield Shown(topic, json_of(record))

    def take(self, word: LiveAnnouncement | DrillAnnouncement, now_s: float, left_s: float) -> list[Shown]:
        """An announcement goes out: what changes by it."""
        if isinstance(word, DrillAnnouncement) and self._settings.live:
            return []
        if word.former_zone is not None:  # its sensor is declared no more, and must not stay on
            self._on.setdefault((word.zone_id, word.stage), {})
        changed = []
        for place, alarms in self._on.items():
            if word.stage is not place[1] or word.zone_id not in ("", place[0]):
                continue
            before = dict(alarms)
            if word.kind.ends:
                alarms.pop(word.alarm_id, None)
            else:
                alarms[word.alarm_id] = max(now_s + left_s, alarms.get(word.alarm_id, 0.0))
                while len(alarms) > _ALARMS_MAX:
                    del alarms[next(iter(alarms))]
            if before != alarms or word.kind.ends:
                changed.append(self._shown(place, now_s))
        return changed

    def ended(self, now_s: float) -> list[Shown]:
        """Those whose time is over."""
        changed = []
        for place, alarms in self._on.items():
            over = [alarm_id for alarm_id, until_s in alarms.items() if until_s <= now_s]
            for alarm_id in over:
                del alarms[alarm_id]
            if over and not alarms:
                changed.append(self._shown(place, now_s))
        return changed

    def next_end_s(self) -> float | None:
        """When the next one's time is over, by the event loop's clock."""
        return min((until_s for alarms in self._on.values() for until_s in alarms.values()), default=None)

    def held(self, now_s: float) -> list[Shown]:
        """Those that are on; of others a start knows nothing."""
        return [self._shown(place, now_s) for place, alarms in self._on.items() if alarms]

    def _shown(self, place: Place, now_s: float) -> Shown:
        alarms = self._on[place]
        if not alarms:
            return Shown(self._topic(place), b"OFF")
        return Shown(self._topic(place), b"ON", max(max(alarms.values()) - now_s, 0.0))

    def _topic(self, place: Place) -> str:
        return f"{self._root}/zone/{place[0]}/{place[1].name.lower()}"

    def _called(self, zone_id: str) -> str:
        return next(
            f"{zone.name_en} · {zone.name_ar}" for zone in self._site.zones if zone.zone_id == zone_id
        )

    def _drill(self) -> str:
        if self._settings.live:
            return ""
        first = "cap.exercise_first" if self._site.mode is Mode.EXERCISE else "cap.test_first"
        return f"{catalogue('en')[first]} · {catalogue('ar')[first]} "
