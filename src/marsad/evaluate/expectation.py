"""What a scenario expects, against what a run of it showed: one finding for each thing expected."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from marsad.evaluate.witness import NOTHING, Told, Witness
from marsad.model.incident import Outcome
from marsad.model.site import Zone
from marsad.model.threat import Level
from marsad.simulate.scenario import Scenario
from marsad.simulate.truth import Truth


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing expected.

    expected, seen   in words
    met              whether what was seen fulfils it
    """

    expected: str
    seen: str
    met: bool


def findings(scenario: Scenario, witness: Witness) -> list[Finding]:
    """Everything the scenario expects, with what the run showed."""
    judge = _Judge(scenario, witness)
    return [
        *judge.leads(),
        *judge.alerts(),
        *judge.spared(),
        *judge.needless(),
        *judge.squawks(),
        *judge.identities(),
        *judge.record(),
    ]


class _Judge:
    """One run, judged."""

    def __init__(self, scenario: Scenario, witness: Witness) -> None:
        self.expected = scenario.expected
        self.scenario = scenario
        self.witness = witness
        self.truth: Truth = witness.truth
        self.zones: tuple[Zone, ...] = scenario.layout.site.zones
        self.rows = {item.object_id: row for row, item in enumerate(self.truth.objects)}
        self.told: dict[int, list[Told]] = {}
        for told in witness.told:
            self.told.setdefault(witness.cause(told), []).append(told)

    def leads(self) -> Iterator[Finding]:
        """Every zone that is really headed for, warned in time."""
        wanted = dict.fromkeys(self.expected.hostile, self.expected.lead_s_min)
        wanted |= self.expected.lead_s_min_of
        for name, least_s in wanted.items():
            if least_s is None:
                continue
            row = self.rows[name]
            warned: dict[str, float] = {}
            for told in self.told.get(row, []):
                if told.stage >= Level.WARN:
                    warned.setdefault(told.zone_id, told.t_s)
            for zone, arrives_s in self.truth.arrivals_s(row, self.zones).items():
                lead_s = arrives_s - warned[zone] if zone in warned else None
                seen = "no warning" if lead_s is None else f"{lead_s:.0f} s ahead"
                met = lead_s is not None and lead_s >= least_s
                yield Finding(f"{name}: WARN {zone} {least_s:.0f} s ahead", seen, met)

    def alerts(self) -> Iterator[Finding]:
        """An alert, at least, of each object that calls for one."""
        for name in self.expected.alert:
            row = self.rows[name]
            first_s = min((told.t_s for told in self.told.get(row, [])), default=None)
            lead_s = None if first_s is None else self._reaches_s(row) - first_s
            seen = "no alert" if lead_s is None else f"{lead_s:.0f} s ahead"
            met = lead_s is not None and lead_s >= self.expected.alert_lead_s_min
            yield Finding(f"{name}: ALERT {self.expected.alert_lead_s_min:.0f} s ahead", seen, met)

    def _reaches_s(self, row: int) -> float:
        """When an object reaches its first zone, or comes nearest to the site's middle."""
        arrivals = self.truth.arrivals_s(row, self.zones)
        if arrivals:
            return min(arrivals.values())
        path = self.truth.objects[row].planned
        t_s = np.arange(path.start_s, min(path.end_s, self.truth.duration_s), 0.5)
        return float(t_s[int(np.argmin(np.hypot(*path.state(t_s)[0][:, :2].T)))])

    def spared(self) -> Iterator[Finding]:
        """No warning, or not even an alert, of what calls for none."""
        for names, least, word in (
            (self.expected.warn_not, Level.WARN, "WARN"),
            (self.expected.alert_not, Level.ALERT, "ALERT"),
        ):
            for name in names:
                told = [
                    each
                    for row, item in enumerate(self.truth.objects)
                    if item.object_id == name or item.object_id.startswith(f"{name}-")
                    for each in self.told.get(row, [])
                    if each.stage >= least
                ]
                seen = "none" if not told else f"{len(told)}, first {told[0].zone_id} at {told[0].t_s:.0f} s"
                yield Finding(f"{name}: no {word}", seen, not told)

    def needless(self) -> Iterator[Finding]:
        """Announcements for tracks on nothing hostile."""
        needless = [
            (row, told)
            for row, many in sorted(self.told.items())
            for told in many
            if not (told.near_hostile if row == NOTHING else self.truth.objects[row].hostile)
        ]
        warned = [(row, told) for row, told in needless if told.stage >= Level.WARN]
        for found, most, word in (
            (warned, self.expected.warnings_on_harmless_max, "needless WARN"),
            (needless, self.expected.alerts_on_harmless_max, "needless ALERT or WARN"),
        ):
            if most is not None:
                yield Finding(f"{word}: {most} at most", self._causes(found), len(found) <= most)

    def _causes(self, found: list[tuple[int, Told]]) -> str:
        if not found:
            return "0"
        names = [self.truth.objects[row].object_id if row != NOTHING else "a false track" for row, _ in found]
        distinct = list(dict.fromkeys(names))
        shown = ", ".join(distinct[:4]) + (f" and {len(distinct) - 4} more" if len(distinct) > 4 else "")
        return f"{len(found)} ({shown})"

    def squawks(self) -> Iterator[Finding]:
        """Codes shown on the track soon after they were set."""
        for name, code in self.expected.squawk_told.items():
            item = self.truth.objects[self.rows[name]]
            assert item.transponder is not None  # else the code could not be sent
            changes = [change.at_s for change in item.transponder.squawk_changes if change.code == code]
            set_s = min(changes, default=max(item.start_s, 0.0))
            shown_s = self.witness.squawks.get(self.rows[name], {}).get(code)
            within_s = self.expected.squawk_told_s_max
            seen = "never" if shown_s is None else f"after {shown_s - set_s:.0f} s"
            met = shown_s is not None and shown_s - set_s <= within_s
            yield Finding(f"{name}: {code} told within {within_s:.0f} s", seen, met)

    def identities(self) -> Iterator[Finding]:
        """Few tracks to a hostile object."""
        most = self.expected.identities_max
        for name in self.expected.hostile if most is not None else ():
            count = self.witness.identities(self.rows[name])
            yield Finding(f"{name}: {most} identity at most", str(count), count <= (most or 0))

    def record(self) -> Iterator[Finding]:
        """Alarms, outcomes, the closing."""
        expected, incident = self.expected, self.witness.incident
        if expected.alarms_announced_max is not None:
            announced = self.witness.announced
            most = expected.alarms_announced_max
            yield Finding(f"{most} alarms announced at most", str(announced), announced <= most)
        if expected.stopped is not None:
            objects = () if incident is None else incident.objects
            stopped = sum(item.outcome is Outcome.STOPPED for item in objects)
            yield Finding(f"{expected.stopped} stopped", str(stopped), stopped == expected.stopped)
        if expected.incident_closed:
            closed = incident is not None and incident.closed_t_ns is not None
            yield Finding("incident closed", "yes" if closed else "no", closed)
