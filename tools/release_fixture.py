"""Keep what a release writes, so that later versions are tested to read it.

    .venv/bin/python tools/release_fixture.py

makes ``tests/releases/VERSION/`` with

settings.toml     every setting of that version, at its default or an allowed value
journal.mcap.gz   the journal of a short raid
register.sqlite.gz   the register it filled
expected.json     what the raid was: incident, alarms, counts, digest

A fixture is made once, when the release is made, and never again.
"""

import gzip
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from marsad import __version__
from marsad.model.effect import Effect, Register, Warn
from marsad.model.picture import Picture
from marsad.model.warning import WarningEventKind
from marsad.register.seeds import seed_january_2022
from marsad.register.store import RegisterStore
from marsad.server import ServerSettings
from marsad.simulate import Simulation, load_scenario
from marsad.simulate.layout import read
from marsad.simulate.scenario import scenario_of
from marsad.site.offline import run_offline
from marsad.site.recorder import begin
from marsad.site.settings import SiteSettings, settings_from_toml

HERE = Path(__file__).resolve().parent
RELEASES = HERE.parent / "tests" / "releases"


def main(releases: Path = RELEASES) -> int:
    """Make the fixture of this version; refuses to replace one."""
    target = releases / __version__
    if target.exists():
        sys.stderr.write(f"{target} is there already; a release is recorded once\n")
        return 1
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as directory:
        _record(Path(directory), target)
    (target / "settings.toml").write_text(_every_setting(), "utf-8")
    for path in sorted(target.iterdir()):
        sys.stdout.write(f"{path.relative_to(releases)}  {path.stat().st_size} bytes\n")
    return 0


def _record(directory: Path, target: Path) -> None:
    place = load_scenario("embassy-quadcopter").site_path
    tables = read(place.with_name("embassy.sensors.toml")) | read(HERE / "release_fixture.toml")
    simulation = Simulation(scenario_of(tables, place), seed=1)
    stamp = datetime.fromtimestamp(simulation.start_t_ns * 1e-9, UTC).strftime("%Y%m%dT%H%M%SZ")
    journal = directory / f"embassy-{stamp}.mcap"
    recorder = begin(journal, place.read_bytes(), simulation.start_t_ns)
    register = RegisterStore(f"sqlite:///{directory / 'register.sqlite'}")
    register.seed(seed_january_2022(exercise=True))
    alarms: set[tuple[str, str]] = set()
    most = [0]

    def watch(_: int, effects: Sequence[Effect], picture: Picture) -> None:
        most[0] = max(most[0], len(picture.tracks))
        for effect in effects:
            if isinstance(effect, Register):
                register.save(effect.incident)
            elif isinstance(effect, Warn) and effect.event.kind is WarningEventKind.RAISED:
                alarms.add((effect.event.zone_id, effect.event.stage.name))

    run_offline(simulation, recorder, watch)
    recorder.journal.close()
    (incident,) = (one for one in register.all(exercise=True) if one.site_id == "embassy")
    register.close()
    expected = {
        "version": __version__,
        "journal": journal.name,
        "frames": recorder.fold.frames,
        "tracks_most": most[0],
        "alarms": sorted(alarms),
        "incident": {
            "id": incident.incident_id,
            "version": incident.version,
            "outcome": incident.outcome.value,
            "stopped": incident.stopped,
            "objects": len(incident.objects),
            "casualties": incident.casualties.status.value,
            "opened_t_ns": incident.opened_t_ns,
            "closed_t_ns": incident.closed_t_ns,
        },
        "digest": recorder.fold.digest(),
    }
    (target / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", "utf-8")
    for name, kept in ((journal.name, "journal.mcap.gz"), ("register.sqlite", "register.sqlite.gz")):
        packed = gzip.compress((directory / name).read_bytes(), 9, mtime=0)
        (target / kept).write_bytes(packed)


_SITE = b"""
[site]
id = "example"
name_en = "Example"
name_ar = "\xd9\x85\xd8\xab\xd8\xa7\xd9\x84"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "\xd8\xa8\xd9\x88\xd8\xa7\xd8\xa8\xd8\xa9"
centre = [33.299, 44.399]
radius_m = 120.0
[[site.zone]]
id = "hall"
name_en = "Hall"
name_ar = "\xd9\x82\xd8\xa7\xd8\xb9\xd8\xa9"
corners = [[33.301, 44.4], [33.301, 44.402], [33.3, 44.402]]
[[site.friend]]
label = "icao:4b43ac"
name = "Police helicopter"
[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"
[feed.nodes.f5e9175f-8eb1-45ba-9be6-6ea8ab496563]
name = "Radar"
kind = "radar"
range_min_m = 50.0
range_max_m = 9000.0
detection_probability = [0.95, 0.4]
clutter_per_scan = 2.0
scan_period_s = 1.0
azimuth_sector_deg = [350.0, 10.0]
elevation_sector_deg = [-5.0, 40.0]
range_rate_min_mps = 2.0
decorrelation_s = 0.0
horizon_deg = [[0.0, 1.0], [90.0, 2.0]]
sigmas = [10.0, 0.02, 0.03, 0.5]
height_m = 40.0
azimuth_datum = "true"
[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
"""


def _every_setting() -> str:
    site = settings_from_toml(_SITE, "example")
    server = ServerSettings().model_dump(mode="json", exclude={"static_directory"})
    tree = site.model_dump(mode="python", by_alias=True) | {"server": server}
    assert set(tree) == {field.alias or name for name, field in SiteSettings.model_fields.items()}
    return f"# every setting of Marsad {__version__}\n" + "\n".join(_tables(_plain(tree), ())) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _tables(table: dict[str, Any], path: tuple[str, ...]) -> list[str]:
    """The lines of a TOML table: its own values first, then the tables within it."""
    lines = [f"{key} = {_value(value)}" for key, value in table.items() if not _is_nested(value)]
    for key, value in table.items():
        name = ".".join((*path, key))
        if isinstance(value, dict):
            lines += ["", f"[{name}]", *_tables(value, (*path, key))]
        elif _is_nested(value):
            for item in value:
                lines += ["", f"[[{name}]]", *_tables(item, (*path, key))]
    return lines


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
