#!/usr/bin/env python3
"""Make the recorded incidents of the report tests anew: five nights, as the fold makes them.

    tools/record_incidents.py [NAME …]

Each is a shipped scenario, some without a defender, so that their outcomes differ; kept are every
tenth version and the last one of its incident, the warnings as they were announced, the site's file, the
sensors and the digest.
"""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from marsad.model.effect import Effect, Register, Warn
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.model.warning import WarningEvent, WarningEventKind
from marsad.register.codec import json_from_incident
from marsad.simulate import Scenario, Simulation, load_scenario
from marsad.site.offline import run_offline
from marsad.site.recorder import begin

FOLDER = Path(__file__).parents[1] / "tests" / "report" / "recorded"
# name → scenario, seed, defenders who are there with their reach in metres, seconds to play
NIGHTS: dict[str, tuple[str, int, dict[str, float], float]] = {
    "raid-stopped": ("ain-al-asad-2022-01-04", 1, {"north": 1900, "west": 1900}, 720),
    "raid-half-stopped": ("ain-al-asad-2022-01-04", 4102, {"north": 1900}, 720),
    "raid-stopped-late": ("ain-al-asad-2022-01-04", 7, {"north": 700, "west": 1900}, 430),
    "quadcopter-stopped": ("embassy-quadcopter", 1, {"guard": 560}, 600),
    "quadcopter-undefended": ("embassy-quadcopter", 3, {}, 600),
}


def scenario_of_night(name: str, reach_m: Mapping[str, float], duration_s: float) -> Scenario:
    """A shipped scenario with only those defenders, cut to a duration."""
    scenario = load_scenario(name)
    defenders = tuple(
        one.model_copy(update={"reach_m": reach_m[one.id]})
        for one in scenario.file.defender
        if one.id in reach_m
    )
    file = scenario.file.model_copy(update={"defender": defenders, "duration_s": duration_s})
    return replace(scenario, file=file)


def record(name: str) -> None:
    """Play one night and write its incident down."""
    shipped, seed, reach_m, duration_s = NIGHTS[name]
    scenario = scenario_of_night(shipped, reach_m, duration_s)
    simulation = Simulation(scenario, seed)
    versions: list[Incident] = []
    raised: list[WarningEvent] = []

    def watch(t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
        versions.extend(effect.incident for effect in effects if isinstance(effect, Register))
        events = (effect.event for effect in effects if isinstance(effect, Warn))
        raised.extend(event for event in events if event.kind is WarningEventKind.RAISED)

    with tempfile.TemporaryDirectory() as folder:
        configuration = scenario.site_path.read_bytes()
        recorder = begin(Path(folder) / "journal.mcap", configuration, simulation.start_t_ns)
        run_offline(simulation, recorder, watch)
        recorder.journal.close()
        sensors = [
            {
                "sensor_id": item.sensor_id,
                "name": item.name,
                "kind": item.kind.value,
                "feed": item.feed,
                "health": item.health.value,
                "last_t_ns": item.last_t_ns,
                "note": item.note,
            }
            for item in recorder.fold.sensors()
        ]
        digest = recorder.fold.digest()
    kept = [*versions[9:-1:10], versions[-1]]
    document = {
        "scenario": shipped,
        "seed": seed,
        "site_file": scenario.site_path.name,
        "digest": digest,
        "sensors": sensors,
        "raised": [
            {
                "t_ns": event.t_ns,
                "alarm_id": event.alarm_id,
                "zone_id": event.zone_id,
                "stage": int(event.stage),
                "track_id": event.track_id,
                "time_left_s": [event.time_left.likely_s, event.time_left.low_s, event.time_left.high_s],
            }
            for event in raised
        ],
        "versions": [json.loads(json_from_incident(incident)) for incident in kept],
    }
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    told = f"{path.name}: {len(versions)} versions, {len(kept)} kept, outcome {versions[-1].outcome.value}\n"
    sys.stdout.write(told)


if __name__ == "__main__":
    for wanted in sys.argv[1:] or NIGHTS:
        record(wanted)
