"""Fifty drones in ten minutes from three sides: how often anybody is told, and that none is missing."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from marsad.evaluate.expectation import findings
from marsad.evaluate.witness import Witness
from marsad.model.action import AllClear, TakeBackAllClear
from marsad.model.announcement import Announcement, AnnouncementKind
from marsad.model.effect import Announce, Effect
from marsad.model.frame import OPERATOR, Frame
from marsad.model.picture import Picture
from marsad.simulate import load_scenario
from marsad.simulate.simulation import Simulation
from marsad.site.actions import json_from_action
from marsad.site.offline import run_offline
from marsad.site.recorder import begin

ZONES = ("perimeter", "operations", "accommodation", "runway-north", "runway-south")
MOST = 10  # of EEMUA 191, for whoever hears them, in the whole raid
HOSTILE = 50
pytestmark = pytest.mark.timeout(1800)  # a loaded machine plays slower than real time


def outputs() -> str:
    """One channel for each zone, and one that all of the site hears; each is told rarely, as by default."""
    gates = [f'name = "gate-{zone}"\nzones = ["{zone}"]\n' for zone in ZONES]
    return "".join(
        f'\n[[output]]\nstandard = "cap"\nfolder = "cap-{number}"\ndrills = true\n{words}'
        for number, words in enumerate([*gates, 'name = "site"\n'])
    )


class Heard:
    """What people hear of a raid, and which drones its alarms name."""

    def __init__(self, witness: Witness) -> None:
        self.said: list[Announcement] = []
        self.witness = witness
        self.listed: set[int] = set()  # rows of the truth that were shown at ALERT or worse

    def watch(self, t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
        self.witness.watch(t_ns, effects, picture)
        self.hear(effects)

    def hear(self, effects: Sequence[Effect]) -> None:
        self.said += [effect.announcement for effect in effects if isinstance(effect, Announce)]

    def by_person(self, output: str) -> Counter[str]:
        """Per zone, how often somebody there is told on an output: of his zone, and of everybody's."""
        said = [one for one in self.said if one.output_id == output]
        return Counter({zone: sum(one.zone_id in ("", zone) for one in said) for zone in ZONES})


def test_fifty_drones_are_few_announcements_and_fifty_rows(tmp_path: Path) -> None:
    scenario = load_scenario("raid-of-fifty")
    simulation = Simulation(scenario, 1)
    configuration = scenario.site_path.read_bytes() + outputs().encode()
    recorder = begin(tmp_path / "journal.mcap", configuration, simulation.start_t_ns)
    heard = Heard(Witness(simulation.truth))
    try:
        run_offline(simulation, recorder, heard.watch)
        end_t_ns = simulation.end_t_ns + 1
        word = json_from_action(AllClear("duty officer"))
        heard.hear(recorder.fold.fold(Frame(OPERATOR, end_t_ns, word)))
        given = recorder.fold.incident()
        wrong = json_from_action(TakeBackAllClear("duty officer", reason="one more was seen"))
        again = recorder.fold.fold(Frame(OPERATOR, end_t_ns + 30 * 10**9, wrong))
    finally:
        recorder.journal.close()
    failed = [f"{one.expected}: {one.seen}" for one in findings(scenario, heard.witness) if not one.met]
    assert failed == []

    for zone in ZONES:
        told = [one for one in heard.said if one.output_id == f"gate-{zone}"]
        assert 0 < len(told) <= MOST, [f"{one.kind} {one.zone_id or 'all'} {one.stage.name}" for one in told]
        assert sum(one.is_first for one in told) <= 2, "one order to take cover, after one to be ready"
    assert max(heard.by_person("site").values()) <= MOST
    kinds = Counter(one.kind for one in heard.said if one.output_id == "site")
    assert kinds[AnnouncementKind.WARNING] == 1 + len(ZONES)

    # an all-clear that was wrong: whoever was told is told to go back, at once, by an alarm of first rank
    back = [effect.announcement for effect in again if isinstance(effect, Announce)]
    assert {one.kind for one in back} == {AnnouncementKind.WARNING} and all(one.is_first for one in back)
    assert Counter(one.output_id for one in back)["site"] == len(ZONES), (
        "every zone, and no “be ready” for people in cover"
    )
    assert given is not None and given.cleared == ("",)
    incident = recorder.fold.incident()
    assert incident is not None and incident.cleared == ()
    codes = [entry.what.code for entry in incident.timeline]
    assert codes.count("incident.all_clear_taken_back_everywhere") == 1
    gates = {one.output_id for one in incident.told if one.end == "all_clear"}
    assert gates == {"site", *(f"gate-{zone}" for zone in ZONES)}
    assert len(incident.objects) >= HOSTILE
    named = {heard.witness.cause(told) for told in heard.witness.told}
    hostile = {row for row, item in enumerate(simulation.truth.objects) if item.hostile}
    assert len(hostile) == HOSTILE and hostile <= named, "every one of them was in an alarm"
    down = Counter(item.reached_zone_id for item in incident.objects)
    assert HOSTILE - down[""] >= 0.9 * HOSTILE, f"where they came down is said: {down}"
