"""What a site tells of a salvo from the first plot to the all-clear, and never whence it came."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from math import cos, degrees, hypot, isfinite, radians
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import tostring

import numpy as np
import pytest

from marsad.evaluate.rocket_range import HEIGHT_M, LATITUDE_DEG, LONGITUDE_DEG, Shot, site_text, tables_of
from marsad.geo.local import LocalFrame
from marsad.model.action import AllClear
from marsad.model.effect import Announce, Effect, Refuse, Register, Warn
from marsad.model.impact import Doubt
from marsad.model.incident import Incident
from marsad.model.picture import Picture
from marsad.model.threat import Level
from marsad.model.warning import WarningEventKind
from marsad.outputs.cot_track import track_events
from marsad.outputs.message import message_of
from marsad.register.codec import json_from_incident
from marsad.register.series import series_facts, summary_of
from marsad.report.content import content
from marsad.report.tables import Evidence
from marsad.report.wording import catalogue
from marsad.simulate import Simulation
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.people import operator_frame
from marsad.simulate.scenario import scenario_of
from marsad.simulate.truth import Truth
from marsad.site.fold import SiteFold
from marsad.site.offline import run_offline
from marsad.site.recorder import begin
from marsad.stream import encode as stream
from marsad.warning.cap import cap_message
from marsad.wire import encode as wire
from marsad.wire.encode_incidents import incident_to_wire
from marsad.wire.encode_site import site_to_wire

SECOND = 1_000_000_000
SHOT = Shot(ObjectKind.SHORT_ROCKET, "counter-rocket", "plain", 1)
FRAME = LocalFrame(LATITUDE_DEG, LONGITUDE_DEG, HEIGHT_M)
OUTPUTS = "".join(
    f'\n[[output]]\nname = "{name}"\nstandard = "webhook"\nurl = "http://127.0.0.1:9000"\ndrills = true\n'
    for name in ("gate", "hall")
)
APART_M = 1_000.0
LAUNCH_NAMES = re.compile(r"launch|origin|firing|fired|muzzle|backward|came_from|start_place", re.IGNORECASE)
WORDING = {language: catalogue(language) for language in ("ar", "en")}


@dataclass
class Salvo:
    """A run of three rockets, one of which breaks up, and all that a site told of it."""

    truth: Truth
    fold: SiteFold
    told: list[str] = field(default_factory=list)
    records: list[Any] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    first_plot_m: float = np.inf

    @property
    def launch_enu(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.asarray(self.truth.objects[0].planned.position_enu[0])

    @property
    def incident(self) -> Incident:
        return [one.incident for one in self.effects if isinstance(one, Register)][-1]


def flown(folder: Path, changes: dict[str, Any], until_s: int, settings: str = "") -> Salvo:
    """A site while a salvo comes at it; changes of the tables of a shot, by their name."""
    path = folder / "range.toml"
    path.write_text(site_text(SHOT) + settings, "utf-8")
    tables = tables_of(SHOT)
    tables["radar"][0] |= changes.get("radar", {})
    tables["salvo"] = [tables["salvo"][0] | one for one in changes["salvo"]]
    rounds = [(one["id"], one.get("count", 1)) for one in tables["salvo"]]
    names = [[name] if count == 1 else [f"{name}-{k + 1}" for k in range(count)] for name, count in rounds]
    tables["expected"]["hostile"] = [name for each in names for name in each]
    simulation = Simulation(scenario_of(tables, path), SHOT.seed)
    simulation.end_t_ns = simulation.start_t_ns + until_s * SECOND
    recorder = begin(folder / "journal.mcap", path.read_bytes(), simulation.start_t_ns)
    found = Salvo(simulation.truth, recorder.fold)

    def watch(t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
        found.effects += effects
        if len(picture.tracks) and (not found.pictures or found.pictures[-1] is not picture):
            away = np.linalg.norm(picture.tracks.mean[:, :2] - found.launch_enu[:2], axis=1)
            found.first_plot_m = min(found.first_plot_m, float(away.min()))
            found.pictures.append(picture)

    try:
        run_offline(simulation, recorder, watch)
    finally:
        recorder.journal.close()
    return found


@pytest.fixture(scope="module")
def salvo(tmp_path_factory: pytest.TempPathFactory) -> Salvo:
    three = {
        "start": {"azimuth_deg": 80.0, "range_m": 6_500.0},
        "aim": {"azimuth_deg": 350.0, "range_m": 900.0},
        "count": 3,
        "interval_s": 2.0,
        "interception": [{"by": "defence", "round": 2, "after_s": 14.0, "pieces": 6}],
    }
    # the radar first sees them more than a kilometre from their launch
    changes = {"radar": {"elevation_min_deg": 14.0}, "salvo": [three]}
    return flown(tmp_path_factory.mktemp("salvo"), changes, 60, OUTPUTS)


def all_that_is_told(salvo: Salvo) -> Iterator[tuple[str, Any]]:
    """Every record and document, by what it is, as plain data."""
    site, settings = salvo.fold.site, salvo.fold.settings
    info = site_to_wire(site, None, "test")
    pictures = salvo.pictures[::8] + salvo.pictures[-1:]
    for picture in pictures:
        told = wire.picture_to_wire(picture, FRAME, 50, 50, site.mode)
        yield "wire", told
        for entries in (stream.tracks_of, stream.threats_of, stream.alarms_of, stream.deliveries_of):
            yield "stream", [json.loads(b"{" + one.core) for one in entries(told, info).values()]
        yield "cot", [tostring(one, "unicode") for one in track_events(picture, site, "s").values()]
    for one in salvo.effects:
        if isinstance(one, Announce):
            yield "cap", cap_message(one.announcement, site, settings.warning, WORDING)
            yield "message", message_of(one.announcement, site, WORDING)
        if isinstance(one, Warn):
            yield "event", asdict(one.event)
    incident = salvo.incident
    yield "register", json.loads(json_from_incident(incident))
    yield "incident", incident_to_wire(incident, FRAME, site.mode)
    series = series_facts(incident, [summary_of(incident)])
    for language in ("en", "ar"):
        yield "report", content(incident, site, (), series, language, Evidence())


def names_and_values(told: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(told, dict):
        for key, value in told.items():
            yield from names_and_values(value, str(key))
    elif isinstance(told, list | tuple):
        for value in told:
            yield from names_and_values(value, name)
    else:
        yield name, told


def numbers(told: Any) -> list[float]:
    """All numbers of a record in their order, those in its texts too."""
    found: list[float] = []
    for _, value in names_and_values(told):
        if isinstance(value, str):
            found += [float(one) for one in re.findall(r"-?\d+\.\d+", value)]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append(float(value))
    return [one for one in found if isfinite(one)]


def test_no_record_and_no_document_tells_whence_rockets_came(salvo: Salvo) -> None:
    east_m, north_m = salvo.launch_enu[:2].tolist()
    assert salvo.first_plot_m > APART_M  # so that what is seen of them is no secret
    latitude, longitude, _ = (float(one) for one in FRAME.geodetic_from_enu((east_m, north_m, 0.0)))
    states = [salvo.truth.objects[0].planned.state(t)[1] for t in (15.0, 25.0)]
    back = {degrees(np.arctan2(-one[0], -one[1])) % 360 for one in states}
    kinds: set[str] = set()
    for kind, told in all_that_is_told(salvo):
        kinds.add(kind)
        for name, value in names_and_values(told):
            assert not LAUNCH_NAMES.search(name), (kind, name)
            if re.search(r"course|bearing|azimuth|heading", name) and isinstance(value, int | float):
                turn = degrees(value) if name.endswith("_rad") else value
                assert all(abs((turn - one + 180) % 360 - 180) > 2.0 for one in back), (kind, name, value)
        row = numbers(told)
        for one, other in pairwise(row):
            assert hypot(one - east_m, other - north_m) > APART_M, (kind, one, other)
            for lat, lon in ((one, other), (other, one)):
                wide_m = 111_000.0 * cos(radians(latitude))
                apart_m = hypot(111_000.0 * (lat - latitude), wide_m * (lon - longitude))
                assert apart_m > APART_M, (kind, one, other)
    assert kinds >= {"wire", "stream", "cot", "cap", "message", "event", "register", "incident", "report"}


def test_a_salvo_is_one_growing_alarm_of_each_zone_and_few_words_on_each_output(salvo: Salvo) -> None:
    events = [one.event for one in salvo.effects if isinstance(one, Warn)]
    warned = [one for one in events if one.stage is Level.WARN and one.kind is WarningEventKind.RAISED]
    assert warned and len({one.zone_id for one in warned}) == len(warned)
    alarm = max(salvo.fold.picture().alarms, key=lambda one: (one.stage, len(one.track_ids)))
    assert len(alarm.track_ids) >= 2
    said = [one.announcement for one in salvo.effects if isinstance(one, Announce)]
    for output_id in {one.output_id for one in said}:
        for zone_id in {one.zone_id for one in said}:
            heard = [one for one in said if (one.output_id, one.zone_id) == (output_id, zone_id)]
            assert len(heard) <= 10
            counts = [one.track_count for one in heard]
            assert counts == sorted(counts)


def test_under_ten_seconds_every_record_says_lie_down_and_not_run(salvo: Salvo) -> None:
    late = [
        (alarm, picture)
        for picture in salvo.pictures
        for alarm in wire.picture_to_wire(picture, FRAME, 1, 1, salvo.fold.site.mode)["alarms"]
        if alarm["stage"] == 3 and alarm["state"] == "active"
    ]
    assert {one["lie_down"] for one, _ in late} == {True, False}
    for one, _ in late:
        left_s = one["time_left"]["likely_s"]
        assert one["lie_down"] == (left_s is not None and left_s < 10.0 - 0.05) or left_s == 10.0


def test_programs_are_told_as_consoles_are_to_lie_down_and_how_high_all_is(salvo: Salvo) -> None:
    info = site_to_wire(salvo.fold.site, None, "test")
    down = set()
    for picture in salvo.pictures[::4]:
        told = wire.picture_to_wire(picture, FRAME, 50, 50, salvo.fold.site.mode)
        tracks = [json.loads(b"{" + one.core) for one in stream.tracks_of(told, info).values()]
        columns = [told["motion"][name] for name in ("above_sea_m", "above_ground_m")]
        high = {
            number: heights for number, *heights in zip(told["motion"]["track_id"], *columns, strict=True)
        }
        assert {one["track_id"]: [one["above_sea_m"], one["above_ground_m"]] for one in tracks} == high
        alarms = [json.loads(b"{" + one.core) for one in stream.alarms_of(told, info).values()]
        for alarm, one in zip(told["alarms"], (one for one in alarms if one["kind"] == "alarm"), strict=True):
            assert one["lie_down"] is alarm["lie_down"]
            for name in ("impact", "all_clear_from"):
                t_ms = alarm[f"{name}_t_ms"]  # type: ignore[literal-required]
                assert one[f"{name}_at"] == (None if t_ms is None else stream.at(t_ms))
            down.add(one["lie_down"])
    assert down == {True, False}


def test_what_breaks_up_is_marked_with_the_ground_on_which_pieces_fall(salvo: Salvo) -> None:
    (area,) = salvo.fold.picture().keep_outs
    pieces = [one for one in salvo.truth.objects if one.piece_of]
    ends = np.array([one.planned.position_enu[-1, :2] for one in pieces])
    away = ends - np.array(area.place_enu[:2])
    turn = area.orientation_rad
    along, across = away @ [np.sin(turn), np.cos(turn)], away @ [np.cos(turn), -np.sin(turn)]
    within = (along / area.semi_major_m) ** 2 + (across / area.semi_minor_m) ** 2 <= 1.0
    assert within.sum() >= len(pieces) - 1 and area.semi_major_m < 2_500.0
    broken = [one for one in salvo.incident.objects if area.track_ids[0] in one.track_ids]
    assert [one.class_name for one in broken] == ["ballistic"]
    lines = [entry.what for entry in salvo.incident.timeline if entry.what.code == "incident.broke_up"]
    assert lines == [area.reason]


def test_the_all_clear_of_rockets_waits_ten_minutes_and_says_until_when(salvo: Salvo) -> None:
    fold = salvo.fold
    last_s = max(one.end_s for one in salvo.truth.objects if not one.piece_of)
    alarm = max(fold.picture().alarms, key=lambda one: one.impact_t_ns)
    assert abs(salvo.truth.seconds(alarm.impact_t_ns) - last_s) < 5.0
    opens_t_ns = alarm.all_clear_from_t_ns
    assert opens_t_ns == alarm.impact_t_ns + 600 * SECOND
    (refused,) = (
        one
        for one in fold.fold(operator_frame(opens_t_ns - SECOND, AllClear("Omar", alarm.zone_id)))
        if isinstance(one, Refuse)
    )
    opens = f"{datetime.fromtimestamp((opens_t_ns + fold.utc_offset_ns) // SECOND, UTC):%H:%M:%S} UTC"
    assert refused.reason == "rockets-too-recent" and f"opens at {opens}" in refused.detail
    done = fold.fold(operator_frame(opens_t_ns, AllClear("Omar", alarm.zone_id)))
    assert next(one.event.kind for one in done if isinstance(one, Warn)) is WarningEventKind.ALL_CLEAR


ONE = {"start": {"azimuth_deg": 80.0, "range_m": 6_500.0}, "aim": {"azimuth_deg": 350.0, "range_m": 400.0}}


def doubts(found: Salvo) -> list[tuple[float, set[Doubt]]]:
    """What is said to be unknown of the first track that falls, with the long half axis of its ellipse."""
    tables = [one.impacts for one in found.pictures if one.impacts is not None and len(one.impacts)]
    axes = [float(np.sqrt(np.linalg.eigvalsh(one.covariance_m2[0])[-1])) for one in tables]
    return [(axis, set(one.doubts[0])) for axis, one in zip(axes, tables, strict=True)]


def test_what_is_not_known_of_a_fall_is_said_and_widens(tmp_path: Path) -> None:
    known = "\n[assessment.ballistic]\nwind_mps = [0.0, 0.0]\n"
    folders = [tmp_path / name for name in ("plain", "calm", "flat")]
    for folder in folders:
        folder.mkdir()
    plain = doubts(flown(folders[0], {"salvo": [ONE]}, 24))
    calm = doubts(flown(folders[1], {"salvo": [ONE]}, 24, known))
    flat = flown(folders[2], {"salvo": [ONE], "radar": {"tells_elevation": False}}, 36)
    assert all(Doubt.WIND in what and Doubt.HEIGHT not in what for _, what in plain)
    assert not any(Doubt.WIND in what for _, what in calm) and calm[-1][0] < plain[-1][0]
    assert plain[0][0] > plain[-1][0] and any(Doubt.FLIGHT in what for _, what in plain) == (
        max(axis for axis, _ in plain) >= 1_000.0
    )
    # without a height it may not be known for a fall; people are told of it all the same
    assert all(Doubt.HEIGHT in what for axis, what in doubts(flat) if axis > 1_000.0)
    assert any(isinstance(one, Warn) for one in flat.effects)


def test_two_salvos_that_cross_are_told_apart_and_both_warned_of(tmp_path: Path) -> None:
    other = {
        "start": {"azimuth_deg": 350.0, "range_m": 6_000.0},
        "aim": {"azimuth_deg": 170.0, "range_m": 700.0},
    }
    crossing = [ONE | {"id": "east", "count": 2, "interval_s": 1.5}, other | {"id": "north", "count": 2}]
    found = flown(tmp_path, {"salvo": crossing}, 50)
    alarms = [one for one in found.fold.picture().alarms if one.stage is Level.WARN]
    warned = {one.zone_id for one in alarms}
    hit = {
        zone
        for row in range(len(found.truth.objects))
        for zone in found.truth.arrivals_s(row, found.fold.site.zones)
    }
    assert hit and hit <= warned
    assert len({track_id for one in alarms for track_id in one.track_ids}) >= 4
    assert not found.fold.picture().keep_outs
