"""What ended alarms and was taken back, and when each alarm reached people: alike in every document."""

from dataclasses import replace
from typing import Any

import pytest

from marsad.errors import ReceivedError
from marsad.model.announcement import AnnouncementKind, Delivery, DeliveryState
from marsad.model.drill import Drill, DrillRow, Verdict
from marsad.model.incident import Amendment, Incident, IncidentTelling, Outcome, SeriesFacts
from marsad.model.reason import Reason
from marsad.model.site import Site
from marsad.model.threat import Level
from marsad.report.account import account_of
from marsad.report.content import content
from marsad.report.endings import EndKind, endings_of
from marsad.report.statement import lint_statement, statement
from marsad.report.tables import Evidence
from marsad.report.wording import LANGUAGES, Language, word

from .conftest import at, line


def said_of(
    incident: Incident, site: Site, series: SeriesFacts, drill: Drill | None = None
) -> dict[str, Any]:
    return content(incident, site, (), series, "en", Evidence(), drill)


def with_lines(incident: Incident, *lines: tuple[float, str, str]) -> Incident:
    added = [line(t_s, code, "duty", **({"zone_id": zone} if zone else {})) for t_s, code, zone in lines]
    return replace(incident, timeline=tuple(sorted((*incident.timeline, *added), key=lambda one: one.t_ns)))


RETRACTED = (100.0, "incident.retracted", "zone-1")
MISTAKE = (160.0, "incident.retraction_taken_back", "zone-1")
CLEAR_WRONG = (800.0, "incident.all_clear_taken_back_everywhere", "")


def test_the_newest_word_that_holds_for_a_zone_is_the_one_taken_back(incident: Incident) -> None:
    twice = with_lines(incident, (50.0, "incident.retracted", "zone-2"), RETRACTED, MISTAKE, CLEAR_WRONG)
    found = [(one.kind, one.zone_id, one.taken_back_t_ns) for one in endings_of(twice)]
    assert found == [
        (EndKind.RETRACTION, "zone-2", None),
        (EndKind.RETRACTION, "zone-1", at(160)),
        (EndKind.ALL_CLEAR, "", at(800)),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_taken_back_is_in_timeline_headline_and_statement(
    incident: Incident, site: Site, series: SeriesFacts, language: Language
) -> None:
    wrong = with_lines(incident, RETRACTED, MISTAKE, CLEAR_WRONG)
    told = content(wrong, site, (), series, language, Evidence())
    headline = " ".join(told["summary"])
    text = statement(wrong, site, series, language, "update")
    arabic = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")
    for moment in ("02:47:50", "02:48:50", "02:58:10", "02:59:30"):
        assert moment in headline.translate(arabic) and moment in text.translate(arabic)
    assert lint_statement(text, wrong, language, site=site, series=series) == []
    with pytest.raises(ReceivedError, match="taken back"):
        statement(wrong, site, series, language, "all_clear")


def test_a_retraction_that_was_a_mistake_denies_nothing(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    left = tuple(replace(item, outcome=Outcome.LEFT) for item in incident.objects)
    quiet = replace(with_lines(incident, RETRACTED), objects=left, outcome=Outcome.LEFT)
    uncounted = replace(series, counted=False)
    assert "it was withdrawn at 02:47" in statement(quiet, site, uncounted, "en", "update")
    mistaken = with_lines(quiet, MISTAKE)
    assert "it was withdrawn" not in statement(mistaken, site, uncounted, "en", "update")


def test_what_people_did_is_printed_however_long_the_timeline_is(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    many = tuple(line(2.0 + n / 100, "incident.track_ended", track_id=float(n)) for n in range(400))
    long = replace(incident, timeline=(*incident.timeline[:4], *many, *incident.timeline[4:]))
    table = said_of(with_lines(long, RETRACTED, MISTAKE), site, series)["timeline"]
    printed = " ".join(row[2] for row in table["rows"])
    assert len(table["rows"]) == 200 and "it was a mistake" in printed and "Incident closed" in printed
    assert [row[1] for row in table["rows"]] == sorted(row[1] for row in table["rows"])


def test_an_attack_is_as_grave_as_its_gravest_object_whatever_became_of_the_others(
    incident: Incident, site: Site
) -> None:
    one, two = incident.objects
    mixed = (replace(one, outcome=Outcome.LANDED), replace(two, outcome=Outcome.UNKNOWN))
    assert not account_of(replace(incident, objects=mixed, outcome=Outcome.LANDED), site).closed_otherwise
    stopped = (one, replace(two, outcome=Outcome.UNKNOWN))
    assert account_of(replace(incident, objects=stopped), site).closed_otherwise


def telling(output: str, got_s: float | None, confirmed_s: float | None = None) -> IncidentTelling:
    times = [None if t_s is None else at(t_s) for t_s in (got_s, confirmed_s)]
    return IncidentTelling(output, "a1", "zone-1", "warn", at(22), times[0], confirmed_t_ns=times[1])


def test_each_alarm_says_when_it_was_decided_and_how_many_had_it_by_when(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    rows = (telling("gate", 23, 31), telling("siren", 29), telling("sms", None))
    told = said_of(replace(incident, told=rows), site, series)["reached"]
    (row,) = told["rows"]
    assert row[2:] == ["02:46:32", "02:46:33", "02:46:39", "02:46:41", "2 of 3"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("got_s", "key"),
    [((23, 29), "all means of warning"), ((23, None), "not all means"), ((None, None), "nothing shows")],
)
def test_the_statement_says_in_one_sentence_whom_the_warning_reached(
    incident: Incident,
    site: Site,
    series: SeriesFacts,
    language: Language,
    got_s: tuple[float | None, ...],
    key: str,
) -> None:
    told = replace(incident, told=tuple(telling(f"o{n}", t_s) for n, t_s in enumerate(got_s)))
    text = statement(told, site, series, language, "final")
    assert language == "ar" or key in text
    assert lint_statement(text, told, language, site=site, series=series) == []


def test_the_statement_tells_of_the_first_word_on_each_means_and_of_later_ones_that_did_not_arrive(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    again = replace(telling("gate", None), alarm_id="a2", made_t_ns=at(90))
    told = replace(incident, told=(telling("gate", 23), telling("siren", 29), again))
    text = statement(told, site, series, "en", "final")
    assert "2 of 2, the first at 02:46:33 and the last at 02:46:39" in text
    assert "0 of 1 are known to have arrived" in text


def drilled(output: str, verdict: Verdict, state: DeliveryState) -> DrillRow:
    reached = [0] * len(DeliveryState)
    reached[state] = at(-3599)
    common = (output, f"t-{output}", "t", "", Level.WARN, AnnouncementKind.TEST, state)
    return DrillRow(
        output, "webhook", verdict, Delivery(*common, at(-3600), at(-3600), at(-3500), tuple(reached), True)
    )


def test_the_report_has_the_last_drill_with_what_was_tested_and_what_failed(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    rows = (
        drilled("gate", Verdict.PASSED, DeliveryState.ACCEPTED),
        drilled("siren", Verdict.FAILED, DeliveryState.TOO_LATE),
        DrillRow("sms", "sms", Verdict.WAITING, for_drills=False),
    )
    drill = Drill("t", "Lina", at(-3600), at(-3580), True, rows)
    table = said_of(incident, site, series, drill)["drill"]
    assert [row[2:5] for row in table["rows"]] == [
        ["works", "—", "1.0 s"],
        ["FAILED", "—", "—"],
        ["not tried", "—", "—"],
    ]
    assert table["note"] == "Failed: siren. Not tried: sms."
    assert "Lina" in table["when"]
    assert said_of(incident, site, series)["drill"]["rows"] == []


def test_a_corrected_outcome_is_in_the_report_with_what_stood_before(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    amended = Amendment(at(2000), "Maj. Ali Karim", 17, Outcome.STOPPED, Outcome.MISSED, "found in the field")
    table = said_of(replace(incident, amendments=(amended,)), site, series)["amendments"]
    (row,) = table["rows"]
    assert row[1:] == ["track 17", "Stopped", "Missed the site", "Maj. Ali Karim", "found in the field"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_were_warned_of_is_told_as_harmless_only_where_that_was_decided(
    incident: Incident, site: Site, series: SeriesFacts, language: Language
) -> None:
    for class_name in ("crewed", "bird", "balloon"):
        objects = tuple(replace(item, class_name=class_name) for item in incident.objects)
        text = statement(replace(incident, objects=objects), site, series, language, "final")
        assert {"en": "unproved", "ar": "لم يثبت نوعهما"}[language] in text
        assert (
            lint_statement(text, replace(incident, objects=objects), language, site=site, series=series) == []
        )


def test_the_shortest_lead_time_says_what_was_left_when_the_first_output_had_it(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    late = IncidentTelling("gate", "a2", "zone-2", "warn", at(56), at(56.2))
    told = replace(incident, told=(telling("gate", 23), late))
    content = said_of(told, site, series)
    (fact,) = [value for key, value in content["facts"] if key == "Shortest lead time"]
    assert fact == "1:04 — Flight line; 0:38 when the first output had it"
    assert any("(Flight line); 0:38 when the first output had it." in line for line in content["summary"])
    never = replace(late, got_t_ns=None)
    content = said_of(replace(told, told=(telling("gate", 23), never)), site, series)
    assert any("nothing shows that an output had it" in line for line in content["summary"])


def test_later_warnings_are_counted_as_warnings_and_as_outputs(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    rows = [
        replace(telling(output, got_s), alarm_id=alarm, made_t_ns=at(made_s))
        for alarm, made_s in (("a1", 22), ("a2", 30), ("a3", 40), ("a4", 50))
        for output, got_s in (("gate", made_s + 1), ("screens", None))
    ]
    text = statement(replace(incident, told=tuple(rows)), site, series, "en", "final")
    assert "warnings to take cover: 3, means of warning on which they were given: 2;" in text
    assert "3 of 6 are known to have arrived" in text
    assert lint_statement(text, replace(incident, told=tuple(rows)), "en", site=site, series=series) == []


def test_when_an_outcome_was_corrected_is_not_when_the_public_is_told_that_it_came_about(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    first, second = incident.objects
    corrected = replace(second, outcome_t_ns=at(3600))
    amendment = Amendment(at(3600), "chief", second.track_ids[0], Outcome.MISSED, Outcome.STOPPED, "seen")
    record = replace(incident, objects=(first, corrected), amendments=(amendment,))
    assert "03:46" not in statement(record, site, series, "en", "first").split("As recorded")[0]


def test_what_people_reported_says_so_and_a_speed_says_of_when_it_is(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    content = said_of(incident, site, series)
    assert {"Last speed", "Reported at", "Reported by"} <= set(content["objects"]["heads"])
    assert "Outcome reported at (local)" in {key for key, _ in content["facts"]}


def test_an_output_is_shown_as_written_where_a_zone_has_the_same_identifier() -> None:
    about = (("output", "gate"), ("zone_id", "gate"), ("people", "Lina, Omar"))
    said = word(Reason("telling.release.people", about), "en", {"gate": "Main gate"})
    assert said == "Main gate: released on gate", "who did it stands beside it"
