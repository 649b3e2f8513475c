"""What played scenarios say to the world: each CAP message valid and read back, each TAK event no task."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from marsad.model.announcement import DrillAnnouncement, LiveAnnouncement
from marsad.model.effect import Announce
from marsad.outputs.cot_event import CotStyle, events_of, xml_of
from marsad.report.wording import catalogue
from marsad.simulate import load_scenario
from marsad.simulate.simulation import Simulation
from marsad.site.offline import run_offline
from marsad.site.recorder import begin
from marsad.warning.cap import cap_message

from ..warning.test_cap_schema import read_back

HANDFUL = ("spoofed-swarm", "embassy-quadcopter")
MORE = ("fibre-optic-quadcopter", "decoys-then-one", "government-building", "baghdad-airport-2022-01-03")
# told of everything at once: the most messages that a site can make of it
OUTPUT = '\n[[output]]\nname = "hub"\nstandard = "cap"\nfolder = "cap"\ndrills = true\nupdates_s = 0\n'
WORDING = {"ar": catalogue("ar"), "en": catalogue("en")}
STYLE = CotStyle("Site", "en", frozenset({"WARN"}), True)
pytestmark = pytest.mark.timeout(1800)  # a loaded machine plays slower than real time


def both(drill: DrillAnnouncement) -> Iterator[LiveAnnouncement | DrillAnnouncement]:
    """A drill, and the same as it is where it is meant."""
    yield drill
    yield LiveAnnouncement(**{one.name: getattr(drill, one.name) for one in fields(LiveAnnouncement)})


@pytest.mark.parametrize("name", [*HANDFUL, *(pytest.param(one, marks=pytest.mark.apart) for one in MORE)])
def test_every_message_of_a_scenario_is_good(name: str, tmp_path: Path) -> None:
    scenario = load_scenario(name)
    simulation = Simulation(scenario, 1)
    configuration = scenario.site_path.read_bytes() + OUTPUT.encode()
    recorder = begin(tmp_path / "journal.mcap", configuration, simulation.start_t_ns)
    said: list[DrillAnnouncement] = []

    def hear(t_ns: int, effects: object, picture: object) -> None:
        assert isinstance(effects, list)
        for effect in effects:
            if isinstance(effect, Announce):
                assert isinstance(effect.announcement, DrillAnnouncement), "a simulated raid is never meant"
                said.append(effect.announcement)

    try:
        run_offline(simulation, recorder, hear)
    finally:
        recorder.journal.close()
    site, settings = recorder.fold.site, recorder.fold.settings.warning
    assert {one.kind.value for one in said} >= {"warning"}
    sent: dict[str, str] = {}  # what each message was known by, in the order in which they went out
    superseded: set[str] = set()
    for drill in said:
        for one in both(drill):
            record = read_back(cap_message(one, site, settings, WORDING))
            for event in (*(told := events_of(one, site, STYLE, WORDING)).standing, *told.said):
                assert not (fromstring(xml_of(event)).get("type") or "t-").startswith(("t-", "a-h"))
        for reference in record.get("references", "").split():
            sender, identifier, moment = reference.split(",")
            assert (sender, moment) == (settings.sender, sent[identifier]), "it was sent, and then"
            superseded.add(identifier)
        sent[record["identifier"]] = str(record["sent"])
        others = {one.announcement_id for one in said if one.alarm_id == drill.alarm_id}
        earlier = [name for name in sent if name in others and name != drill.announcement_id]
        assert set(earlier) <= superseded, "an alarm has one message that holds: the newest"
