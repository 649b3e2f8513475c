"""All documents of five recorded nights against each other and against the record.

The incidents are those that the fold made of shipped scenarios (``tools/record_incidents.py``): raids that
were stopped, half stopped or stopped late, quadcopters with and without a guard; each closed and still open.
"""

import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader

from marsad.geo.polygon import contains
from marsad.model.effect import Register, Warn
from marsad.model.incident import Incident, Outcome, SeriesFacts
from marsad.model.sensor import Sensor, SensorHealth, SensorKind
from marsad.model.site import Mode, Site
from marsad.model.threat import Level
from marsad.model.warning import TimeLeft, WarningEvent, WarningEventKind
from marsad.register.codec import digest_of_incident, incident_from_json
from marsad.register.seeds import seed_january_2022
from marsad.register.series import series_facts
from marsad.register.series import summary_of as series_entry
from marsad.report.account import account_of
from marsad.report.content import content
from marsad.report.facts import last_known_t_ns
from marsad.report.lint.words import plain_text
from marsad.report.statement import lint_statement
from marsad.report.summary import ABOUT_SUMMARY, summary_of
from marsad.report.tables import Evidence
from marsad.report.wording import LANGUAGES, Language, catalogue
from marsad.report.wording.dates import local_time
from marsad.site.settings import settings_from_toml
from marsad.station.narrator import Narrator
from marsad.station.reports import render_incident, render_statement
from marsad.wire.encode_incidents import incident_to_wire
from marsad.wire.encode_site import frame_of, site_to_wire

FOLDER = Path(__file__).parent / "recorded"
NIGHTS = sorted(path.stem for path in FOLDER.glob("*.json"))
CASES = [(name, version) for name in NIGHTS for version in ("closed or last", "open")]
WEIGHTS, JOURNAL = "phk-1", "ab" * 32
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩٫", "0123456789.")
_NUMBER = re.compile(r"\d+(?:[.:]\d+)*")


@dataclass(frozen=True)
class Night:
    """One incident with all that is written about it."""

    incident: Incident
    site: Site
    series: SeriesFacts
    sensors: tuple[Sensor, ...]
    raised: tuple[WarningEvent, ...]
    digest: str

    def contents(self, language: Language) -> dict[str, Any]:
        sha256 = digest_of_incident(self.incident)
        evidence = Evidence(sha256, JOURNAL, self.digest, WEIGHTS)
        return content(self.incident, self.site, self.sensors, self.series, language, evidence)

    def statement(self, language: Language) -> str:
        return render_statement(self.incident, self.site, self.series, language)

    def told(self, language: Language) -> list[str]:
        """What the terminal says of the record."""
        return list(Narrator(self.site, language).sentences([Register(self.incident)], None))

    def announced(self, language: Language) -> list[str]:
        """What the terminal says of the warnings, each when it was raised."""
        effects = [Warn(event) for event in self.raised]
        return list(Narrator(self.site, language).sentences(effects, None))

    def wire(self) -> dict[str, Any]:
        """The incident as the console gets it."""
        return dict(incident_to_wire(self.incident, frame_of(self.site), self.site.mode))

    def summary(self) -> dict[str, Any]:
        account = account_of(self.incident, self.site)
        found = summary_of(account, self.series, digest_of_incident(self.incident))
        return dict(json.loads(json.dumps(found, allow_nan=False)))

    def minute(self, t_ns: int) -> str:
        return f"{local_time(t_ns, self.site.utc_offset_s):%H:%M}"

    def second(self, t_ns: int) -> str:
        return f"{local_time(t_ns, self.site.utc_offset_s):%H:%M:%S}"


@lru_cache(maxsize=len(CASES))
def night_of(name: str, version: str) -> Night:
    document = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    sites = Path(str(files("marsad.simulate"))) / "sites"
    site = settings_from_toml((sites / document["site_file"]).read_bytes(), name).build_site()
    sensors = tuple(
        Sensor(
            item["sensor_id"],
            item["name"],
            SensorKind(item["kind"]),
            item["feed"],
            health=SensorHealth(item["health"]),
            last_t_ns=item["last_t_ns"],
            note=item["note"],
        )
        for item in document["sensors"]
    )
    known = {
        item["t_ns"] for item in document["versions"][-1 if version == "closed or last" else 0]["warnings"]
    }
    raised = tuple(
        WarningEvent(
            item["t_ns"],
            WarningEventKind.RAISED,
            item["alarm_id"],
            "raid",
            item["zone_id"],
            Level(item["stage"]),
            item["track_id"],
            TimeLeft(*item["time_left_s"]),
        )
        for item in document["raised"]
        if item["t_ns"] in known
    )
    kept = document["versions"][-1 if version == "closed or last" else 0]
    incident = incident_from_json(json.dumps(kept))
    entries = [series_entry(entry.incident) for entry in seed_january_2022(exercise=True)]
    return Night(incident, site, series_facts(incident, entries), sensors, raised, document["digest"])


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def night(request: pytest.FixtureRequest) -> Night:
    return night_of(*request.param)


def strings_of(tree: Any) -> list[str]:
    """Every string of a nested document, in order."""
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, dict):
        return [text for key in sorted(tree) for text in strings_of(tree[key])]
    return [text for item in tree for text in strings_of(item)] if isinstance(tree, list | tuple) else []


def numbers_of(text: str) -> Counter[str]:
    return Counter(_NUMBER.findall(re.sub("<[^>]*>", " ", text).translate(_DIGITS)))


def sections_of(night: Night, language: Language) -> dict[str, Any]:
    """What a report holds, without the drawings and the fixed words."""
    found = night.contents(language)
    fixed = ("words", "language", "maps", "digits", "date", "not_live")
    return {key: found[key] for key in found if key not in fixed}


def test_the_five_nights_are_of_five_kinds() -> None:
    last = [night_of(name, "closed or last").incident for name in NIGHTS]
    assert len(last) == 5
    assert {incident.outcome for incident in last} == {Outcome.STOPPED, Outcome.LANDED, Outcome.UNKNOWN}
    assert any(incident.closed_t_ns is None for incident in last)
    assert any(len({item.outcome for item in incident.objects}) == 2 for incident in last)
    assert any(
        account_of(night_of(name, "closed or last").incident, night_of(name, "open").site).entered[0]
        for name in NIGHTS
    )


def test_both_languages_of_a_report_hold_the_same_numbers_cell_by_cell(night: Night) -> None:
    english, arabic = (strings_of(sections_of(night, language)) for language in ("en", "ar"))
    assert len(english) == len(arabic)
    for one, other in zip(english, arabic, strict=True):
        if re.search(r"\d(st|nd|rd|th)\b", one):
            continue
        assert numbers_of(one) == numbers_of(other), (one, other)


def test_both_languages_of_a_statement_hold_the_same_numbers(night: Night) -> None:
    english, arabic = (night.statement(language) for language in ("en", "ar"))
    assert numbers_of(english) == numbers_of(arabic)
    for language in LANGUAGES:
        text = night.statement(language)
        faults = lint_statement(text, night.incident, language, site=night.site, series=night.series)
        assert faults == []


def test_the_times_of_a_statement_are_those_of_what_it_tells(night: Night) -> None:
    objects = night.incident.objects
    stopped = bool(objects) and all(item.outcome is Outcome.STOPPED for item in objects)
    told = [night.minute(item.outcome_t_ns or 0) for item in objects] if stopped else []
    expected = {min(told), max(told)} if stopped else {night.minute(night.incident.opened_t_ns)}
    if night.incident.closed_t_ns is None:
        expected.add(night.minute(last_known_t_ns(night.incident)))
    for language in LANGUAGES:
        text = night.statement(language).translate(_DIGITS)
        assert set(re.findall(r"\d\d:\d\d", text)) == expected, text


def test_every_document_gives_each_outcome_its_time_and_its_reporter(night: Night) -> None:
    wire = incident_to_wire(night.incident, frame_of(night.site), night.site.mode)
    known = [item for item in night.incident.objects if item.outcome is not Outcome.UNKNOWN]
    assert night.summary()["outcome_times_t_ns"] == sorted(item.outcome_t_ns or 0 for item in known)
    lines = [entry.t_ns for entry in night.incident.timeline if ".outcome." in entry.what.code]
    assert set(night.summary()["report_times_t_ns"]) <= set(lines)
    reported = {night.second(t_ns) for t_ns in night.summary()["report_times_t_ns"]}
    for language in LANGUAGES:
        rows = night.contents(language)["objects"]["rows"]
        told = [sentence for sentence in night.told(language) if "closed" not in sentence]
        told = [sentence for sentence in told if "أُغلق" not in sentence]
        inside = [sentence for sentence in told if "tracked into" in sentence or "إلى داخل" in sentence]
        told = [sentence for sentence in told if sentence not in inside]
        entered = zip(night.incident.objects, night.summary()["zones_entered"], strict=True)
        assert len(inside) == sum(bool(zones) for item, zones in entered if item in known)
        assert len(told) == len(known)
        assert len(rows) == len(night.incident.objects) == len(wire["objects"])
        for item, row, shown in zip(night.incident.objects, rows, wire["objects"], strict=True):
            word = catalogue(language)[f"report.outcome.{item.outcome.value}"]
            assert row[7] == word
            assert shown["outcome"] == item.outcome.value
            if item.outcome is Outcome.UNKNOWN:
                assert (row[8:], shown["outcome_t_ms"]) == (["—"] * 3, None)
                continue
            assert item.outcome_t_ns is not None
            at = night.second(item.outcome_t_ns)
            assert row[8].translate(_DIGITS) == at
            assert shown["outcome_t_ms"] == item.outcome_t_ns // 1_000_000
            (sentence,) = [text for text in told if f" {item.track_ids[-1]}:" in text]
            assert at in sentence and word in sentence
            assert row[9].translate(_DIGITS) in reported and row[9].translate(_DIGITS) >= at
            assert row[10].strip("\u2068\u2069") in sentence  # who reported it has one name everywhere


def test_every_document_counts_alike(night: Night) -> None:
    counts = Counter(item.outcome for item in night.incident.objects)
    summary, wire = night.summary(), incident_to_wire(night.incident, frame_of(night.site), night.site.mode)
    assert summary["outcomes"] == {outcome.value: count for outcome, count in counts.items()}
    assert summary["stopped"] == counts[Outcome.STOPPED] == night.incident.stopped
    assert summary["objects"] == len(wire["objects"])
    for language in LANGUAGES:
        facts = night.contents(language)["facts"]
        words = catalogue(language)
        told = next(value for name, value in facts if name == words["report.outcome"]).translate(_DIGITS)
        for outcome, count in counts.items():
            word = words[f"report.outcome.{outcome.value}"]
            assert (f"{word}: {count}" if len(counts) > 1 else word) in told
        if night.incident.closed_t_ns is not None:
            closed = words[f"report.outcome.{night.incident.outcome.value}"]
            assert closed in told
            (sentence,) = [text for text in night.told(language) if night.incident.incident_id in text]
            assert told in sentence.translate(_DIGITS)
        brief = " ".join(night.contents(language)["summary"]).translate(_DIGITS)
        unknown = words["report.summary.unknown"]
        assert (unknown in brief) == (set(counts) == {Outcome.UNKNOWN} and night.incident.closed_t_ns is None)


def in_s(written: str) -> int:
    """Seconds of "3:05"."""
    minutes, seconds = written.split(":")
    return 60 * int(minutes) + int(seconds)


def test_a_lead_time_is_one_number_in_every_document(night: Night) -> None:
    """Table, timeline, terminal, console and summary; worked out here from the event that raised it."""
    summary, wire = night.summary()["warnings"], night.wire()
    expected = [round(round(event.time_left.likely_s, 1)) for event in night.raised]
    assert len(expected) == len(night.incident.warnings) >= 1
    assert [item["lead_s"] for item in summary] == expected
    assert [item["lead_s"] for item in wire["warnings"]] == expected
    lines = [line["what"]["arguments"] for line in wire["timeline"]]
    assert [line["time_left_s"] for line in lines if "time_left_s" in line] == expected
    for language in LANGUAGES:
        content = night.contents(language)
        assert [in_s(row[4].translate(_DIGITS)) for row in content["warnings"]["rows"]] == expected
        left = {"en": r"time left (\d+:\d\d)", "ar": r"الوقت المتبقي (\d+:\d\d)"}[language]
        timeline = " ".join(row[2] for row in content["timeline"]["rows"]).translate(_DIGITS)
        assert [in_s(found) for found in re.findall(left, timeline)] == expected
        terminal = {"en": r"(\d+:\d\d) left", "ar": r"الوقت المتبقي (\d+:\d\d)"}[language]
        told = " ".join(night.announced(language)).translate(_DIGITS)
        assert [in_s(found) for found in re.findall(terminal, told)] == expected
        least = night.summary()["shortest_lead_s"]
        facts = dict(content["facts"])
        shown = facts[catalogue(language)["report.lead"]].translate(_DIGITS)
        brief = " ".join(content["summary"]).translate(_DIGITS)
        if least is None:
            assert shown == catalogue(language)["value.not_recorded"]
        else:
            whole = round(least)
            written = f"{whole // 60}:{whole % 60:02}"
            assert shown.startswith(f"{written} ") and f" {written}" in brief


def test_the_first_detection_is_one_time_in_every_document(night: Night) -> None:
    at = night.second(night.summary()["first_detection_t_ns"])
    assert min(night.second(item.first_t_ns) for item in night.incident.objects) == at
    for language in LANGUAGES:
        content = night.contents(language)
        assert (
            dict(content["facts"])[catalogue(language)["report.first_detection"]]
            .translate(_DIGITS)
            .startswith(at)
        )
        assert content["response"]["rows"][0][1].translate(_DIGITS) == at
        assert at in [row[3].translate(_DIGITS) for row in content["objects"]["rows"]]


def test_casualties_are_told_alike(night: Night) -> None:
    status, counted = night.summary()["casualties"], night.incident.accounted
    assert status == ("none" if counted and night.incident.closed_t_ns is not None else "unknown")
    known = {"en": "not known", "ar": "غير معروفة"}
    for language in LANGUAGES:
        content, words = night.contents(language), catalogue(language)
        fact, statement = dict(content["facts"])[words["report.casualties"]], night.statement(language)
        open_question = words["report.unknown.casualties"] in content["unknowns"]
        assert (known[language] in fact.lower()) == open_question == (status == "unknown")
        key = "none" if status == "none" else "open_counted" if counted else "open"
        assert words[f"statement.casualties.{key}"] in statement
        assert fact == words[f"report.casualties.{key}"]
        uncounted = words["report.accounted.no"] == dict(content["facts"])[words["report.accounted"]]
        assert uncounted == (not counted)


def test_no_document_calls_an_attack_what_is_not_counted_as_one(night: Night) -> None:
    """Of an incident that is not counted the one sentence that says so speaks of an attack."""
    if night.summary()["series"]["counted"]:
        return
    for language in LANGUAGES:
        attack, words = {"en": r"\battacks?\b", "ar": "هجوم|هجمات|هجمة"}[language], catalogue(language)
        fixed = {words["report.series.not_counted"], words["report.series_note_not_live"]}
        told = [*strings_of(sections_of(night, language)), night.statement(language), *night.told(language)]
        for text in told:
            without = re.sub("one-way attack drone", "", text, flags=re.IGNORECASE)
            assert text in fixed or not re.search(attack, without), text


def test_why_a_sensor_is_not_well_is_said(night: Night) -> None:
    ill = [row for row, sensor in enumerate(night.sensors) if sensor.health is SensorHealth.DEGRADED]
    assert ill or night.incident.site_id != "ain-al-asad"  # there two cameras stand askew
    for language in LANGUAGES:
        rows = night.contents(language)["sensors"]["rows"]
        assert all(rows[row][4] not in ("—", catalogue(language)["sensor_note.not_given"]) for row in ill)
    assert all(not re.search("[A-Za-z]", night.contents("ar")["sensors"]["rows"][row][4]) for row in ill)


def test_a_statement_is_headed_by_what_it_is(night: Night) -> None:
    kind = "interim" if night.incident.closed_t_ns is None else "final"
    for language in LANGUAGES:
        title = catalogue(language)[f"statement.title.{kind}"]
        assert night.statement(language).startswith(f"{title} — ")


def test_every_number_of_the_summary_is_explained(night: Night) -> None:
    assert keys_of(night.summary()) - {f"outcomes.{outcome.value}" for outcome in Outcome} == set(
        ABOUT_SUMMARY
    )


def keys_of(tree: Any, before: str = "") -> set[str]:
    """The keys of nested data, such as "warnings[].zone"."""
    found: set[str] = set()
    for key, value in tree.items():
        found.add(before + key)
        if isinstance(value, dict):
            found |= keys_of(value, f"{before}{key}.")
        elif isinstance(value, list):
            for item in value:
                found |= keys_of(item, f"{before}{key}[].") if isinstance(item, dict) else set()
    return found


def test_what_was_tracked_into_a_zone_is_said_in_every_report(night: Night) -> None:
    """Worked out here again, point by point."""
    for number, item in enumerate(night.incident.objects):
        end = item.last_t_ns if item.outcome_t_ns is None else item.outcome_t_ns
        path = [
            (night.incident.opened_t_ns + t_s * 1e9, e, n) for t_s, e, n in night.incident.paths_enu[number]
        ]
        path = [point for point in (*path, (item.last_t_ns, *item.last_position_enu[:2])) if point[0] <= end]
        times, east, north = (np.array(column, float) for column in zip(*path, strict=True))
        fine = np.linspace(times[0], times[-1], 20_000)
        points = np.stack([np.interp(fine, times, east), np.interp(fine, times, north)], axis=1)
        inside = [zone for zone in night.site.zones if bool(np.any(contains(zone.corners_enu, points)))]
        entered = night.summary()["zones_entered"][number]
        assert [zone.zone_id for zone in inside] == entered
        for language in LANGUAGES:
            told = [
                sentence
                for sentence in night.contents(language)["objects"]["entered"]
                if str(number + 1) in sentence.translate(_DIGITS).split(":")[0].split(" was ")[0]
            ]
            names = [zone.name_ar if language == "ar" else zone.name_en for zone in inside]
            assert bool(told) == bool(entered)
            assert all(name in told[0] for name in names)
        if entered and item.outcome is Outcome.STOPPED:
            assert "inside the site" in night.statement("en")
            assert "داخل الموقع" in night.statement("ar")


@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.TEST])
def test_every_document_has_the_same_mark(night: Night, mode: Mode) -> None:
    marked = replace(night, site=replace(night.site, mode=mode))
    assert marked.summary()["mode"] == mode.value == marked.contents("en")["not_live"]
    assert site_to_wire(marked.site, None, "")["mode"] == mode.value
    assert incident_to_wire(marked.incident, frame_of(marked.site), mode)["mode"] == mode.value
    other = Mode.TEST if mode is Mode.EXERCISE else Mode.EXERCISE
    for language in LANGUAGES:
        mark, wrong = (catalogue(language)[f"report.{item.value}"] for item in (mode, other))
        text = marked.statement(language)
        assert text.count(f"{mark}.") == 2 and f"{wrong}." not in text
        note = marked.contents(language)["series"]["note"]
        assert note == catalogue(language)["report.series_note_not_live"]


def test_the_series_is_the_same_everywhere(night: Night) -> None:
    series = night.summary()["series"]
    for language in LANGUAGES:
        cells = [int(value.translate(_DIGITS)) for _, value in night.contents(language)["series"]["cells"]]
        keys = ("within_48_h", "within_30_days", "site_within_30_days", "total", "site_total")
        assert cells == ([series[key] for key in keys] if series["counted"] else [])
        place = {"en": "the Baghdad Diplomatic Support Center", "ar": "مركز بغداد للدعم الدبلوماسي"}[language]
        told = series["counted"] and series["within_48_h"] > 1
        assert (place in night.statement(language)) == told
        assert (place in " ".join(night.contents(language)["series"]["sentences"])) == series["counted"]


def test_no_document_shows_an_identifier_where_there_is_a_name(night: Night) -> None:
    ids = {night.site.site_id, night.series.previous_site_id, "duty officer", "air defence", "compound guard"}
    ids |= {zone.zone_id for zone in night.site.zones}
    for language in LANGUAGES:
        for text in (
            *strings_of(sections_of(night, language)),
            night.statement(language),
            *night.told(language),
        ):
            without = text.replace(night.incident.incident_id, "")
            found = {name for name in ids - {""} if re.search(rf"\b{re.escape(name)}\b", without)}
            if language == "en":  # what people call it may be what the record calls it
                found = {name for name in found if "-" in name}
            assert found == set(), text
            if language == "ar":
                words = re.sub(r"ADS-B|SHA-256|UTC[+\d:]*|phk-\d|[0-9a-f]{64}", "", without)
                assert not re.search("[A-Za-z]", words), text


def text_of(pdf: bytes, tmp_path: Path) -> str:
    """The text of a PDF, by poppler where it is there, in the order in which it is written."""
    if shutil.which("pdftotext"):
        path = tmp_path / "report.pdf"
        path.write_bytes(pdf)
        done = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True)
        return done.stdout.decode("utf-8")
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NIGHTS)
def test_the_printed_report_holds_hashes_weights_times_and_mark(
    name: str, language: Language, tmp_path: Path
) -> None:
    night = night_of(name, "closed or last")
    pdf = render_incident(
        night.incident,
        night.site,
        night.sensors,
        night.series,
        language,
        night.digest,
        weights_version=WEIGHTS,
        journal_sha256=JOURNAL,
    )
    text = text_of(pdf, tmp_path).translate(_DIGITS)
    squeezed = re.sub(r"\s+", "", text)
    for proof in (
        night.summary()["record_sha256"],
        night.digest,
        JOURNAL,
        WEIGHTS,
        night.incident.incident_id,
    ):
        assert proof in squeezed
    for t_ns in night.summary()["outcome_times_t_ns"]:
        assert night.second(t_ns) in text
    assert night.second(night.incident.opened_t_ns) in text
    missing = catalogue(language)["value.not_recorded"]
    assert plain_text(missing) not in plain_text(text.split(night.summary()["record_sha256"])[-1])
