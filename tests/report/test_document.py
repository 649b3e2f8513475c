"""The incident report as PDF."""

import io
import re
from dataclasses import replace
from math import nan
from pathlib import Path

import pytest
from pypdf import PdfReader

import marsad.report.typefaces as typefaces
from marsad.errors import RecordingError
from marsad.model.incident import (
    Casualties,
    Fact,
    FactStatus,
    Incident,
    IncidentObject,
    IncidentTelling,
    Outcome,
    SeriesFacts,
    TimelineEntry,
)
from marsad.model.reason import Reason
from marsad.model.sensor import Sensor
from marsad.model.site import Mode, MonthNames, Name, Numerals, Site
from marsad.register.seeds import seed_january_2022
from marsad.report.content import content
from marsad.report.document import render_report
from marsad.report.map import map_svgs
from marsad.report.tables import Evidence, objects_table, told_table
from marsad.report.wording import LANGUAGES, Language
from marsad.report.writer import Writer

try:
    typefaces.typeface_folder()
except RecordingError as missing:
    pytest.skip(f"no typeface: {missing}", allow_module_level=True)

Sensors = tuple[Sensor, ...]


def text_of(pdf: bytes) -> str:
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", " ".join(pages))


def test_the_report_holds_the_numbers_of_the_record(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts
) -> None:
    text = text_of(
        render_report(
            incident, site, sensors, series, "en", record_sha256="ab" * 32, weights_version="weights-3"
        )
    )
    for part in (
        "two fixed-wing drones",
        "02:46:10",
        "23:46:10",
        "UTC+03:00",
        "7.4 km",
        "north-west",
        "52 m/s",
        "1:11",
        "1:04",
        "Stopped",
        "C-RAM north",
        "None — head count complete",
        "fragments on the northern road",
        "second attack in less than two days",
        "22 hours earlier",
        "antenna iced",
        "ab" * 32,
        "weights-3",
        "Page 1 of",
        "Whether anyone has claimed responsibility.",
    ):
        assert part in text, part


def test_the_arabic_report_has_arabic_digits_and_words(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts
) -> None:
    pdf = render_report(incident, site, sensors, series, "ar")
    text = text_of(pdf)
    for part in ("كانون", "الثاني", "C-RAM north", "ain-al-asad-20220103-234610"):
        assert part in text, part
    assert set("٠١٢٣٤٥٦٧٨٩") & set(text)
    document = PdfReader(io.BytesIO(pdf))
    assert str(document.root_object["/Lang"]) == "ar"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_record_gives_the_same_bytes_for_the_archive(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts, language: Language
) -> None:
    first = render_report(incident, site, sensors, series, language)
    assert first == render_report(incident, site, sensors, series, language)
    metadata = PdfReader(io.BytesIO(first))
    assert b"pdfaid" in first  # PDF/A-2a
    assert b"pdfuaid" in first  # PDF/UA-1
    assert metadata.metadata is not None
    assert str(metadata.metadata.creation_date).startswith("2022-01-04 00:11:10")


def test_casualties_are_never_none_before_the_head_count(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts
) -> None:
    uncounted = replace(incident, accounted=False)
    text = text_of(render_report(uncounted, site, sensors, series, "en"))
    assert "None — head count complete" not in text
    assert "Not known — none reported so far, head count not complete" in text
    assert "The head count is not complete." in text


def test_what_is_unknown_is_said(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts
) -> None:
    unknown = replace(
        incident,
        objects=tuple(replace(item, outcome=Outcome.UNKNOWN) for item in incident.objects),
        outcome=Outcome.UNKNOWN,
        casualties=Casualties(),
        damage=Fact(),
        closed_t_ns=None,
    )
    text = text_of(render_report(unknown, site, sensors, replace(series, counted=False), "en"))
    for part in (
        "The outcome of 2 of 2 objects.",
        "The outcome is not known.",
        "Whether there were casualties.",
        "Whether there was damage.",
        "not counted as an attack",
        "OPEN",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("mode", "mark"),
    [(Mode.LIVE, "EXERCISE"), (Mode.EXERCISE, "EXERCISE"), (Mode.TEST, "TEST")],
)
def test_what_is_not_live_is_marked_on_every_page(
    incident: Incident,
    site: Site,
    sensors: Sensors,
    series: SeriesFacts,
    mode: Mode,
    mark: str,
) -> None:
    subject, place = replace(incident, exercise=True), replace(site, mode=mode)
    pages = PdfReader(io.BytesIO(render_report(subject, place, sensors, series, "en"))).pages
    for page in pages:
        text = page.extract_text()
        assert f"{mark} — {mark} — {mark}" in text
        assert text.count(mark) == 4  # three in the strip, one across the page
        assert "RESTRICTED" not in text


@pytest.mark.parametrize("mode", Mode)
def test_what_was_real_is_never_called_a_test(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts, mode: Mode
) -> None:
    """Not even when the site has been set to test since."""
    text = text_of(render_report(incident, replace(site, mode=mode), sensors, series, "en"))
    assert "RESTRICTED" in text
    assert "no real event" not in text


def test_an_incident_without_objects_positions_or_sensors_has_a_report(
    site: Site, lone_series: SeriesFacts
) -> None:
    nothing = (nan, nan, nan)
    item = IncidentObject((), "owa", 1, nothing, nan, nan, 1, nothing, nan, ())
    for objects in ((), (item,)):
        bare = Incident("bare", "ain-al-asad", 1, 1_641_253_570_000_000_000, None, False, objects=objects)
        for language in LANGUAGES:
            assert render_report(bare, site, (), lone_series, language).startswith(b"%PDF")


def test_a_public_statement_makes_a_report_without_invented_times(
    site: Site, lone_series: SeriesFacts
) -> None:
    (entry,) = seed_january_2022()
    text = text_of(render_report(entry.incident, site, (), lone_series, "en"))
    assert "Early on Monday 3 January 2022" in text
    assert "It is the first attack in the register." in text
    assert "No warning is recorded." in text
    assert "First detection not recorded" in text
    assert not re.search(r"\d:\d\d", text.replace("UTC+03:00", ""))


def test_what_people_type_cannot_break_the_report(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts
) -> None:
    ugly = '#panic("x") $ \\ [*_`<a>&{x} 火 \u202e \U0001f600'
    typed = replace(
        incident,
        closed_by=ugly,
        damage=Fact(FactStatus.CONFIRMED, ugly),
        timeline=(*incident.timeline, TimelineEntry(incident.opened_t_ns, Reason("of.tomorrow"), ugly)),
    )
    zones = (replace(site.zones[0], name_en=ugly, name_ar=ugly), *site.zones[1:])
    for language in LANGUAGES:
        text = text_of(render_report(typed, replace(site, zones=zones), sensors, series, language))
        assert "panic" in text


def test_a_raid_of_two_hundred_objects_and_a_long_timeline_is_printed_and_cut(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts
) -> None:
    big = replace(
        incident,
        objects=incident.objects * 100,
        paths_enu=incident.paths_enu * 100,
        timeline=incident.timeline * 20,
    )
    text = text_of(render_report(big, site, sensors, series, "en"))
    assert "200 fixed-wing drones" in text
    assert "Not printed, but in the record: 80 further lines." in text


def test_a_missing_typeface_is_named_with_the_remedy(
    incident: Incident,
    site: Site,
    sensors: Sensors,
    series: SeriesFacts,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(typefaces, "files", lambda package: tmp_path)
    with pytest.raises(RecordingError, match=r"typeface is missing .*copy\.py"):
        render_report(incident, site, sensors, series, "en")


def test_the_map_has_a_close_up_where_paths_dwarf_the_site(incident: Incident, site: Site) -> None:
    overview, close_up = map_svgs(incident, site, "en")
    assert overview.count("<polyline") == 2
    assert "Living area" in close_up
    assert ">N<" in overview
    assert "km<" in overview
    (single,) = map_svgs(
        replace(incident, paths_enu=(((0.0, 100.0, 100.0), (9.0, 0.0, 0.0)),), objects=incident.objects[:1]),
        site,
        "ar",
    )
    assert "منطقة السكن" in single
    assert ">\u2067ش\u2069<" in single


def test_the_map_needs_positions(incident: Incident, site: Site) -> None:
    assert map_svgs(replace(incident, paths_enu=()), site, "en") == ()
    assert map_svgs(replace(incident, paths_enu=(((0.0, nan, nan),),)), site, "en") == ()


def test_labels_of_mixed_direction_run_right_to_left_in_arabic(incident: Incident, site: Site) -> None:
    zones = (replace(site.zones[0], name_ar="بوابة A2 (الشمالية)، 15"), *site.zones[1:])
    drawing = map_svgs(incident, replace(site, zones=zones), "ar")[-1]
    assert ">\u2067بوابة A2 (الشمالية)، 15\u2069<" in drawing
    latin = (replace(site.zones[0], name_ar="A2"), *site.zones[1:])
    assert ">A2<" in map_svgs(incident, replace(site, zones=latin), "ar")[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_label_with_its_direction_is_fit_for_the_archive(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts, language: Language
) -> None:
    zones = (replace(site.zones[0], name_ar="بوابة A2"), *site.zones[1:])
    assert b"pdfaid" in render_report(incident, replace(site, zones=zones), sensors, series, language)


def test_an_arabic_report_may_have_latin_digits_and_the_months_of_the_gulf(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts
) -> None:
    gulf = replace(site, numerals=Numerals.LATIN, month_names=MonthNames.GULF)
    text = text_of(render_report(incident, gulf, sensors, series, "ar"))
    assert "يناير" in text and "كانون" not in text
    assert not set("٠١٢٣٤٥٦٧٨٩") & set(text)


def test_people_and_sensors_have_the_names_that_the_site_gives_them(
    incident: Incident, site: Site, sensors: Sensors, series: SeriesFacts
) -> None:
    names = (
        Name("Radar north", "the northern radar", "الرادار الشمالي"),
        Name("Capt. Haider", "Haider", "حيدر"),
    )
    written = content(incident, replace(site, names=names), sensors, series, "ar", Evidence())
    assert written["sensors"]["rows"][0][0] == "الرادار الشمالي"
    assert any(row[3] == "حيدر" for row in written["timeline"]["rows"])
    posts = replace(incident, timeline=(replace(incident.timeline[5], by="duty officer"),))
    assert content(posts, site, sensors, series, "ar", Evidence())["timeline"]["rows"][0][3] == "ضابط الخفر"


def test_scale_bars_are_round_lengths_that_fit(incident: Incident, site: Site) -> None:
    for factor in (0.05, 0.3, 1.0, 7.0, 40.0):
        paths = tuple(
            tuple((t_s, east * factor, north * factor) for t_s, east, north in path)
            for path in incident.paths_enu
        )
        drawing = map_svgs(replace(incident, paths_enu=paths), site, "en")[0]
        label = re.search(r">([125]0*) (m|km)<", drawing)
        assert label is not None


def test_who_got_the_alarm_and_not_yet_the_retraction_is_named(incident: Incident, site: Site) -> None:
    def told(output: str, got_s: int | None, ended_s: int | None) -> IncidentTelling:
        at = [None if one is None else incident.opened_t_ns + one * 10**9 for one in (got_s, ended_s)]
        made = incident.opened_t_ns
        return IncidentTelling(output, "a", "zone-1", "warn", made, at[0], "retraction", made, at[1])

    both = (told("gate", 1, 301), told("town", 2, None), told("dead", None, None))
    writer = Writer(replace(incident, told=both), site, "en")
    table = told_table(writer)
    assert table["open"] and table["note"] == "Received the alarm and not yet its end: town (Living area)."
    assert [row[0] for row in table["rows"]] == ["gate", "town", "dead"]
    gate, town, dead = table["rows"]
    assert gate[3:] == ["02:46:11", "Retraction", "02:51:11"]
    assert town[5] == dead[3] == "no sign of it"
    ended = told_table(Writer(replace(incident, told=both[:1]), site, "en"))
    assert not ended["open"] and ended["note"] == "Everyone the alarm reached was reached by its end."


def test_where_an_object_was_last_seen_is_said_until_somebody_knows_better(
    incident: Incident, site: Site
) -> None:
    first, second = incident.objects
    seen = replace(first, outcome=Outcome.UNKNOWN, outcome_t_ns=None, reached_zone_id="zone-2")
    sentence = "Object 1 was last seen over Flight line; impact is presumed."
    open_ = replace(incident, objects=(seen, second))
    assert sentence in objects_table(Writer(open_, site, "en"))["entered"]
    known = replace(incident, objects=(replace(seen, outcome=Outcome.STOPPED), second))
    assert sentence not in objects_table(Writer(known, site, "en"))["entered"]
