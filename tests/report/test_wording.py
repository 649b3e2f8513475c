"""The catalogues of both languages say the same things, and numbers read as people write them."""

import json
import re
from datetime import datetime
from importlib.resources import files
from math import nan, pi
from pathlib import Path
from string import Formatter

import pytest

import marsad.report.wording as wording
from marsad.errors import RecordingError
from marsad.model.action import SetIdentity
from marsad.model.incident import FactStatus, Outcome
from marsad.model.reason import Reason
from marsad.model.sensor import SensorHealth, SensorKind
from marsad.model.site import MonthNames, Numerals
from marsad.model.threat import THREAT_CLASSES, Identity
from marsad.report.facts import NOUNS
from marsad.report.wording import (
    LANGUAGES,
    Language,
    Style,
    catalogue,
    counted,
    filled,
    isolated,
    number,
    plural_category,
    say,
    word,
)
from marsad.report.wording.dates import (
    clock,
    compass,
    duration,
    gap,
    local_time,
    long_date,
    offset,
    ordinal,
    part_of_day,
)

FOLDER = Path(str(files("marsad.report.wording")))
ARABIC = Style("ar", Numerals.ARABIC_INDIC)
ROOMS = sorted({path.name for language in LANGUAGES for path in (FOLDER / language).glob("*.json")})


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_the_same_keys_and_placeholders_in_both_languages(room: str) -> None:
    arabic = json.loads((FOLDER / "ar" / room).read_text("utf-8"))
    english = json.loads((FOLDER / "en" / room).read_text("utf-8"))
    assert sorted(arabic) == sorted(english)
    for key in english:
        assert fields(arabic[key]) == fields(english[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_have_the_forms_that_the_console_knows(language: Language) -> None:
    for key, sentence in catalogue(language).items():
        for _, name, spec, conversion in Formatter().parse(sentence):
            if name is None:
                continue
            assert name.isidentifier(), key
            assert conversion is None, key
            assert not spec or re.fullmatch(r"\.\d+f|m:ss", spec), key


LIVE = ("assessment", "claims", "flights", "incident", "narrator", "procedure", "telling", "warning")


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_long_something_takes_has_one_form_wherever_people_read_it(language: Language) -> None:
    for room in LIVE:
        sentences = json.loads((FOLDER / language / f"{room}.json").read_text("utf-8"))
        for key, sentence in sentences.items():
            if not key.startswith("cap."):  # said aloud
                assert not re.search(r"_s:\.0f\}", sentence), (room, key)
    assert say("report.lead_had", language, seconds=185.4).startswith("3:05 ")
    assert filled("incident.raised.warn", language, {"zone_id": "x", "time_left_s": 59.6}).count("1:00") == 1


_BARE_COUNT = re.compile(r"\{\w+:\.0f\} (sensor|zone|frame|kernel|feed|track|segment|byte|alert|warning)s")


def test_no_sentence_of_the_terminal_writes_one_sensors() -> None:
    for room in ("station.json", "narrator.json"):
        sentences = json.loads((FOLDER / "en" / room).read_text("utf-8"))
        bare = [key for key, text in sentences.items() if _BARE_COUNT.search(text)]
        assert [key for key in bare if not key.startswith("count.")] == []


def test_arabic_sentences_are_arabic_and_have_arabic_digits() -> None:
    own = [json.loads((FOLDER / "ar" / room).read_text("utf-8")) for room in ("report.json", "incident.json")]
    for key, sentence in (own[0] | own[1]).items():
        literal = "".join(part for part, *_ in Formatter().parse(sentence))
        text = literal.replace("SHA-256", "")
        assert not any(character in "0123456789" for character in text), key
        assert not any("a" <= character.lower() <= "z" for character in literal) or any(
            word_ in literal for word_ in ("UTC", "SHA-256", "ADS-B", "Remote ID", "CAP")
        ), key


def test_one_key_in_two_rooms_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "a.json").write_text('{"same": "one"}', "utf-8")
    (folder / "b.json").write_text('{"same": "two"}', "utf-8")
    monkeypatch.setattr(wording, "files", lambda package: tmp_path)
    catalogue.cache_clear()
    try:
        with pytest.raises(RecordingError, match=r"'same' is in a\.json and in b\.json"):
            catalogue("en")
        (folder / "b.json").write_text('{"twice": "1", "twice": "2"}', "utf-8")
        with pytest.raises(RecordingError, match="there twice"):
            catalogue("en")
    finally:
        catalogue.cache_clear()


def test_every_code_the_keeper_can_write_has_a_sentence() -> None:
    codes = ["incident.acknowledged", "incident.all_clear", "incident.all_clear_everywhere"]
    codes += ["incident.head_count_complete", "incident.head_count_open", "incident.head_count_again"]
    codes += ["incident.track_ended", "incident.track_rejoined", "incident.public_statement"]
    codes += [f"incident.first_detected.{name}" for name in THREAT_CLASSES]
    codes += [f"incident.identity.{item.value}" for item in Identity]
    codes += [f"incident.{kind}.{item.value}" for kind in ("outcome", "closed") for item in Outcome]
    for stage in ("alert", "warn"):
        codes += [f"incident.{kind}.{stage}" for kind in ("raised", "raised_untimed", "grew", "passed")]
    assert [code for code in codes if code not in catalogue("ar")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_class_has_one_name_wherever_it_is_told(language: Language) -> None:
    console = Path(__file__).parents[2] / "console" / "src" / "i18n" / f"{language}.json"
    sentences = dict(catalogue(language)) | json.loads(console.read_text("utf-8"))
    for name in THREAT_CLASSES:
        called = sentences[f"evaluate.class.{name}"]
        for key in (f"report.class.{name}", f"class.{name}"):
            assert sentences[key] == called[0].upper() + called[1:], key
        for told in ("alarm.track", "class.mix", "incident.first_detected"):
            assert called in sentences[f"{told}.{name}"], f"{told}.{name}"


def test_every_value_a_report_can_print_has_a_word() -> None:
    keys = [f"report.outcome.{item.value}" for item in Outcome]
    keys += [f"report.class.{name}" for name in THREAT_CLASSES]
    keys += [f"report.health.{item.value}" for item in SensorHealth]
    keys += [f"report.sensor_kind.{item.value}" for item in SensorKind]
    keys += [
        f"{room}.{kind}.{item.value}" for room in ("report.fact",) for kind in ("",) for item in FactStatus
    ]
    keys = [key.replace("..", ".") for key in keys]
    keys += [f"statement.{kind}.{item.value}" for kind in ("damage", "claim") for item in FactStatus]
    keys += [f"count.{noun}.{form}" for noun in NOUNS.values() for form in ("zero", "two_oblique", "many")]
    assert [key for key in keys if key not in catalogue("ar")] == []


@pytest.mark.parametrize(
    ("count", "arabic", "english"),
    [
        (0, "zero", "other"),
        (1, "one", "one"),
        (2, "two", "other"),
        (3, "few", "other"),
        (10, "few", "other"),
        (11, "many", "other"),
        (99, "many", "other"),
        (100, "other", "other"),
        (102, "other", "other"),
        (103, "few", "other"),
        (111, "many", "other"),
        (200, "other", "other"),
    ],
)
def test_plural_categories_are_those_of_cldr(count: int, arabic: str, english: str) -> None:
    assert plural_category(count, "ar") == arabic
    assert plural_category(count, "en") == english


def test_fewer_than_none_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="-1"):
        plural_category(-1, "ar")


@pytest.mark.parametrize(
    ("count", "arabic"),
    [
        (1, "طائرة مسيّرة واحدة"),
        (2, "طائرتان مسيّرتان"),
        (3, "٣ طائرات مسيّرة"),
        (11, "١١ طائرة مسيّرة"),
        (100, "١٠٠ طائرة مسيّرة"),
    ],
)
def test_drones_are_counted_as_arabic_counts(count: int, arabic: str) -> None:
    assert counted("drone", count, ARABIC) == arabic


def test_the_dual_bends_as_an_object_and_the_rest_does_not() -> None:
    assert counted("drone", 2, "ar", case="accusative") == "طائرتين مسيّرتين"
    assert counted("rocket", 12, ARABIC, case="genitive") == "١٢ صاروخاً"
    assert counted("rocket", 1, "ar", case="accusative") == "صاروخاً واحداً"
    assert counted("rocket", 1, "ar", case="genitive") == "صاروخ واحد"
    assert [counted("drone", count, "en") for count in (0, 1, 2, 3)] == [
        "no drones",
        "one drone",
        "two drones",
        "3 drones",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_counted_in_a_sentence_has_every_form_of_its_noun(language: Language) -> None:
    sentences = catalogue(language)
    nouns = {
        name.removesuffix("_count")
        for sentence in sentences.values()
        for name in fields(sentence)
        if name.endswith("_count")
    }
    assert {"zone", "sensor", "kernel", "frame"} <= nouns
    forms = ("zero", "one", "one_accusative", "two", "two_oblique", "few", "many", "other")
    assert [
        f"{noun}.{form}" for noun in nouns for form in forms if f"count.{noun}.{form}" not in sentences
    ] == []


@pytest.mark.parametrize(
    ("count", "english", "arabic"),
    [
        (0, "no sensors, no tracks", "لا مستشعرات، لا أهداف"),
        (1, "one sensor, one track", "مستشعر واحد، هدف واحد"),
        (2, "two sensors, two tracks", "مستشعران، هدفان"),
        (3, "3 sensors, 3 tracks", "3 مستشعرات، 3 أهداف"),
        (11, "11 sensors, 11 tracks", "11 مستشعراً، 11 هدفاً"),
        (100, "100 sensors, 100 tracks", "100 مستشعر، 100 هدف"),
    ],
)
def test_a_counted_number_comes_with_its_noun_in_its_form(count: int, english: str, arabic: str) -> None:
    reason = Reason("station.status", (("sensor_count", float(count)), ("track_count", float(count))))
    assert word(reason, "en") == english
    assert word(reason, "ar") == arabic


def test_a_reason_becomes_a_sentence_with_its_numbers_and_names() -> None:
    reason = Reason("incident.raised.warn", (("zone_id", "z1"), ("time_left_s", 71.4)))
    assert word(reason, "en", {"z1": "Living area"}) == (
        "Warning to take cover raised for Living area; time left 1:11."
    )
    assert (
        word(reason, ARABIC, {"z1": "منطقة السكن"})
        == "إطلاق إنذار الاحتماء في منطقة السكن؛ الوقت المتبقي ١:١١."
    )


def test_numbers_of_tracks_have_the_digits_of_the_document_and_latin_names_are_set_apart() -> None:
    reason = Reason("incident.grew.warn", (("zone_id", "gate 4"), ("track_id", 17.0)))
    assert "17" in word(reason, "ar")
    sentence = word(reason, ARABIC)
    assert "١٧" in sentence and "17" not in sentence
    assert "\u2068gate 4\u2069" in sentence


@pytest.mark.parametrize("text", ["04-01-2022", "٠٤-٠١-٢٠٢٢", "+0.23°", "± 5", "−3", "raid 7", "1–5"])
def test_what_would_turn_round_in_arabic_is_isolated(text: str) -> None:
    assert isolated(text, "ar") == f"\u2068{text}\u2069"
    assert isolated(isolated(text, "ar"), "ar") == isolated(text, "ar")
    assert isolated(text, "en") == text


@pytest.mark.parametrize("text", ["٠٥:٤٦:١٠", "1.5", "المدرج الشمالي", "1/2"])
def test_what_reads_right_in_arabic_anyway_stays(text: str) -> None:
    assert isolated(text, "ar") == text


def test_numbers_below_zero_have_a_true_minus_and_zero_has_none() -> None:
    assert [number(value, ".0f", "en") for value in (-0.4, -0.6, 2.5, 0.0)] == ["0", "−1", "2", "0"]
    assert number(-1.5, ".1f", ARABIC) == "\u2066−١٫٥\u2069"
    assert number(-0.04, ".1f", ARABIC) == "٠٫٠"


def test_what_is_missing_is_said_to_be_unknown_and_a_strange_code_stands_as_it_is() -> None:
    assert "unknown" in word(Reason("incident.raised.warn", (("time_left_s", nan),)), "en")
    assert word(Reason("of.tomorrow", (("a", 1.0),)), "ar") == "of.tomorrow"


def test_braces_in_what_a_person_typed_are_only_text() -> None:
    action = SetIdentity("duty", 1, Identity.HOSTILE, "{track_id} {0} {")
    reason = Reason("incident.identity.hostile", (("track_id", 1.0), ("note", action.reason)))
    assert word(reason, "en").endswith("{track_id} {0} {")


NIGHT = local_time(1_641_253_570_000_000_000, 10800)


def test_dates_are_written_as_in_iraq() -> None:
    assert long_date(NIGHT, ARABIC) == "الثلاثاء ٤ كانون الثاني ٢٠٢٢"
    assert long_date(NIGHT, "en") == "Tuesday 4 January 2022"
    assert clock(NIGHT, ARABIC) == "٠٢:٤٦:١٠"
    assert clock(NIGHT, "ar") == "02:46:10"
    assert clock(NIGHT, "en", seconds=False) == "02:46"
    assert part_of_day(NIGHT, "en") == "Early on Tuesday 4 January 2022"
    assert part_of_day(NIGHT, ARABIC) == "في الساعات الأولى من يوم الثلاثاء ٤ كانون الثاني ٢٠٢٢"


def test_a_site_of_the_gulf_has_its_own_months_and_may_have_latin_digits() -> None:
    gulf = Style("ar", Numerals.LATIN, MonthNames.GULF)
    assert long_date(NIGHT, gulf) == "الثلاثاء 4 يناير 2022"


def test_every_month_weekday_and_part_of_day_has_its_words() -> None:
    for language in LANGUAGES:
        for names in MonthNames:
            style = Style(language, month_names=names)
            months = {long_date(datetime(2022, month, 1), style) for month in range(1, 13)}  # noqa: DTZ001
            assert len(months) == 12
        parts = {part_of_day(NIGHT.replace(hour=hour), language) for hour in range(24)}
        assert len(parts) == 5


@pytest.mark.parametrize(
    ("seconds", "english", "arabic"),
    [
        (0, "0 s", "٠ ث"),
        (75.4, "75 s", "٧٥ ث"),
        (119.6, "2 min 0 s", "٢ د ٠ ث"),
        (725, "12 min 5 s", "١٢ د ٥ ث"),
        (7260, "2 h 1 min", "٢ س ١ د"),
        (-5, "−5 s", "\u2066−٥\u2069 ث"),
        (-0.4, "0 s", "٠ ث"),
        (nan, "unknown", "غير معروف"),
    ],
)
def test_durations(seconds: float, english: str, arabic: str) -> None:
    assert duration(seconds, "en") == english
    assert duration(seconds, ARABIC) == arabic


def test_gaps_ordinals_offsets_and_directions() -> None:
    assert (gap(80170, "en"), gap(80170, ARABIC)) == ("22 hours", "٢٢ ساعة")
    assert gap(2 * 3600, ARABIC) == "ساعتين"
    assert (gap(260_000, "en"), gap(260_000, ARABIC)) == ("3 days", "٣ أيام")
    assert (ordinal(2, "en"), ordinal(2, ARABIC), ordinal(14, ARABIC)) == ("second", "الثاني", "رقم ١٤")
    assert [ordinal(count, "en") for count in (11, 12, 21, 22, 23, 24)] == [
        "11th",
        "12th",
        "21st",
        "22nd",
        "23rd",
        "24th",
    ]
    assert offset(10800, "en") == "UTC+03:00"
    assert offset(-12600, ARABIC) == "\u2066UTC-03:30\u2069"
    assert compass(0.1, "en") == "north"
    assert compass(2 * pi - 0.1, ARABIC) == "شمال"
    assert compass(-pi / 4, "en") == "north-west"
    assert compass(nan, "en") == "unknown"
    assert say("unit.km", ARABIC, value=7.44) == "٧٫٤ كم"
