"""The score of a run against the truth: what was seen when, who was warned how long before."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.evaluate.association import Association, Owners
from marsad.evaluate.gospa import gospa
from marsad.evaluate.siap import SiapCount
from marsad.model.effect import Effect, Warn
from marsad.model.incident import Outcome
from marsad.model.picture import Picture
from marsad.model.site import Site
from marsad.model.threat import Level
from marsad.model.warning import WarningEvent, WarningEventKind
from marsad.simulate.expected import Expected
from marsad.simulate.truth import Truth

Array = NDArray[np.float64]
GOSPA_CUTOFF_M = 150.0
SCORED_RANGE_M = 20_000.0
ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "scenario": "name of the scenario",
        "seed": "of the simulation: another seed is another night",
        "duration_s": "length of the scenario",
        "digest": "of every cycle of the run; a replay of the journal gives the same",
        "journal": "path of the journal",
        "reports": "language → path of the report",
        "alarms_announced": "warning events that raised an alarm, alerts and warnings to take cover",
        "warnings_on_harmless": "warnings to take cover for tracks that were, in the simulated truth, on "
        "nothing or on nothing hostile",
        "simulated_objects": "every object of the simulated truth, which no site knows; times in "
        "seconds from the scenario's start",
        "simulated_objects[].id": "its name in the scenario",
        "simulated_objects[].kind": "what it is in truth",
        "simulated_objects[].hostile": "whether it comes to attack, in truth",
        "simulated_objects[].track_ids": "tracks of the site that were on it",
        "simulated_objects[].tracked_t_s": "when a confirmed track was first on it; the report's first "
        "detection is earlier, for it is the track's first plot",
        "simulated_objects[].planned_arrival_t_s": "when its flight would take it into the first zone, "
        "if nobody stopped it",
        "simulated_objects[].warnings": "first warning to take cover per zone for a track that was on it",
        "simulated_objects[].warnings[].zone": "identifier of the zone",
        "simulated_objects[].warnings[].t_s": "when it was raised, or grew to it",
        "simulated_objects[].warnings[].lead_to_planned_arrival_s": "from t_s to when its planned flight "
        "would take it into that zone; what the site predicted is in incident.warnings",
        "incident": "the last incident of the register, as all documents tell it; None without one",
    }
)


class Scorekeeper:
    """Watches pictures and effects of a run and says how good they were.

    Objects further than ``scored_range_m`` from the site do not count for the air-picture metrics;
    every object counts for tracks and warnings.
    """

    def __init__(self, truth: Truth, site: Site, scored_range_m: float = SCORED_RANGE_M) -> None:
        self.truth = truth
        self.site = site
        self.scored_range_m = scored_range_m
        self._association = Association()
        self._siap = SiapCount()
        self._gospa_squared = np.zeros(3)  # sums of location, missed, false
        self._looks = 0
        self._track_ids: dict[int, list[int]] = {}
        self._confirmed_s: dict[int, float] = {}
        self._owners = Owners()
        self._warned: list[WarningEvent] = []
        self._announced = 0

    def observe(self, picture: Picture) -> None:
        """Compare the confirmed tracks of a picture with the truth at its time."""
        t_s = self.truth.seconds(picture.t_ns)
        rows = self.truth.flying(t_s)
        position, velocity = self.truth.states(rows, t_s)
        gate = np.array([self.truth.objects[row].physique.gate_m for row in rows])
        track = picture.tracks
        pairs = self._association.step(rows, position, gate, track.track_id, track.mean[:, :3])
        for row, number in sorted(pairs.items()):
            self._confirmed_s.setdefault(row, t_s)
            numbers = self._track_ids.setdefault(row, [])
            if number not in numbers:
                numbers.append(number)
        self._owners.note(t_s, pairs)
        self._measure(t_s, rows, np.column_stack([position, velocity]), gate, picture, pairs)

    def _measure(
        self,
        t_s: float,
        rows: NDArray[np.int64],
        truth: Array,
        gate: Array,
        picture: Picture,
        pairs: dict[int, int],
    ) -> None:
        """The air-picture metrics within the scored range."""
        near = np.hypot(truth[:, 0], truth[:, 1]) <= self.scored_range_m
        track_id, mean = picture.tracks.track_id, picture.tracks.mean
        scored = {row: number for row, number in pairs.items() if near[np.searchsorted(rows, row)]}
        elsewhere = [number for row, number in pairs.items() if row not in scored]
        counts = (np.hypot(mean[:, 0], mean[:, 1]) <= self.scored_range_m) & ~np.isin(track_id, elsewhere)
        counts |= np.isin(track_id, list(scored.values()))
        true, gates, mine = truth[near], gate[near], mean[counts]
        self._siap.step(t_s, rows[near], true, gates, track_id[counts], mine, scored)
        result = gospa(true[:, :3], mine[:, :3], GOSPA_CUTOFF_M)
        self._gospa_squared += (result.location, result.missed, result.false)
        self._looks += 1

    def note(self, effects: Iterable[Effect]) -> None:
        """Take in the warnings among the effects."""
        for effect in effects:
            if not isinstance(effect, Warn):
                continue
            event = effect.event
            self._announced += event.kind is WarningEventKind.RAISED
            joined = event.kind in (WarningEventKind.RAISED, WarningEventKind.GREW)
            if joined and event.stage is Level.WARN:
                self._warned.append(event)

    def owner(self, track_id: int | None, t_s: float) -> int | None:
        """The row of the object a track was on at a time (or next after it), None for a false track."""
        return self._owners.owner(track_id, t_s)

    def summary(
        self,
        *,
        scenario: str | None = None,
        seed: int | None = None,
        digest: str = "",
        journal: str = "",
        reports: Mapping[str, str] | None = None,
        incident: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The run as ``summary.json``; what each key means is said in it, under "about".

        The caller adds what only it knows: digest, journal, reports and the incident as the register
        has it (id, outcome, stopped, casualties, series).
        """
        seconds = self.truth.seconds
        warned = [(event, self.owner(event.track_id, seconds(event.t_ns))) for event in self._warned]
        hostile = {row for row, item in enumerate(self.truth.objects) if item.hostile}
        return {
            "scenario": self.truth.name if scenario is None else scenario,
            "seed": self.truth.seed if seed is None else seed,
            "duration_s": self.truth.duration_s,
            "digest": digest,
            "journal": journal,
            "reports": dict(reports or {}),
            "alarms_announced": self._announced,
            "warnings_on_harmless": sum(row not in hostile for _, row in warned),
            "simulated_objects": [
                self._object(row, [event for event, owner in warned if owner == row])
                for row in range(len(self.truth.objects))
            ],
            "incident": None if incident is None else dict(incident),
            "about": dict(ABOUT),
        }

    def _object(self, row: int, events: list[WarningEvent]) -> dict[str, Any]:
        item = self.truth.objects[row]
        arrivals = self.truth.arrivals_s(row, self.site.zones)
        first: dict[str, float] = {}
        for event in events:
            first.setdefault(event.zone_id, self.truth.seconds(event.t_ns))
        return {
            "id": item.object_id,
            "kind": str(item.kind),
            "hostile": item.hostile,
            "track_ids": list(self._track_ids.get(row, [])),
            "tracked_t_s": _rounded(self._confirmed_s.get(row)),
            "planned_arrival_t_s": min(arrivals.values(), default=None),
            "warnings": [
                {
                    "zone": zone,
                    "t_s": _rounded(t_s),
                    "lead_to_planned_arrival_s": None
                    if zone not in arrivals
                    else _rounded(arrivals[zone] - t_s),
                }
                for zone, t_s in first.items()
            ],
        }

    def metrics(self) -> dict[str, float]:
        """SIAP and the root mean square GOSPA (m, cut-off 150 m) with its parts, within range."""
        location, missed, false = self._gospa_squared / self._looks if self._looks else np.full(3, np.nan)
        return {
            **asdict(self._siap.result()),
            "gospa_m": float(np.sqrt(location + missed + false)),
            "gospa_location_m": float(np.sqrt(location)),
            "gospa_missed_m": float(np.sqrt(missed)),
            "gospa_false_m": float(np.sqrt(false)),
        }


def shortfalls(summary: dict[str, Any], expected: Expected, truth: Truth, site: Site) -> list[str]:
    """What the scenario expects and the run did not show; empty is good."""
    missing = []
    announced, most = summary["alarms_announced"], expected.alarms_announced_max
    if most is not None and announced > most:
        missing.append(f"{announced} alarms announced, at most {most}")
    if summary["warnings_on_harmless"] > expected.warnings_on_harmless_max:
        missing.append(
            f"{summary['warnings_on_harmless']} warnings on harmless objects, "
            f"at most {expected.warnings_on_harmless_max}"
        )
    for row, item in enumerate(truth.objects):
        if expected.lead_s_min is None or item.object_id not in expected.hostile:
            continue
        warned = summary["simulated_objects"][row]["warnings"]
        leads = {item["zone"]: item["lead_to_planned_arrival_s"] for item in warned}
        for zone in truth.arrivals_s(row, site.zones):
            if zone not in leads:
                missing.append(f"{item.object_id}: {zone} was not warned")
            elif (lead_s := leads[zone]) < expected.lead_s_min:
                least = f"at least {expected.lead_s_min:.0f} s"
                missing.append(f"{item.object_id}: {zone} warned {lead_s:.0f} s ahead, {least}")
    incident = summary["incident"]
    stopped = 0 if incident is None else incident["stopped"]
    if expected.stopped is not None and stopped != expected.stopped:
        missing.append(f"{stopped} objects recorded as stopped, {expected.stopped} were")
    if expected.incident_closed and (incident is None or incident["outcome"] == Outcome.UNKNOWN):
        missing.append("the incident was not closed with an outcome")
    return missing


def _rounded(t_s: float | None) -> float | None:
    return None if t_s is None else round(t_s, 3)
