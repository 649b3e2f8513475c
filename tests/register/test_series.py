"""How incidents follow each other."""

from dataclasses import replace
from math import isnan

import pytest

from marsad.model.incident import Incident, IncidentObject, Outcome, TimelineEntry
from marsad.model.reason import Reason
from marsad.register.series import IncidentSummary, is_attack, series_facts

HOUR = 3_600_000_000_000
T0 = 19_000 * 24 * HOUR


def incident(
    hours: float = 0.0,
    name: str = "now",
    site: str = "asad",
    *,
    outcome: Outcome = Outcome.STOPPED,
    exercise: bool = False,
) -> Incident:
    return Incident(name, site, 1, T0 + round(hours * HOUR), None, exercise, outcome=outcome)


def summary(
    hours: float, site: str = "asad", *, attack: bool = True, exercise: bool = False
) -> IncidentSummary:
    return IncidentSummary(f"{site}{hours}", site, T0 + round(hours * HOUR), attack, exercise)


def test_the_first_attack_stands_alone() -> None:
    facts = series_facts(incident(), [])
    assert (facts.counted, facts.total, facts.within_48_h, facts.previous_id) == (True, 1, 1, "")
    assert isnan(facts.gap_s)


def test_the_second_in_less_than_two_days_at_another_site() -> None:
    facts = series_facts(incident(), [summary(-22, "baghdad")])
    assert facts.within_48_h == 2
    assert facts.previous_site_id == "baghdad"
    assert facts.gap_s == 22 * 3600
    assert (facts.total, facts.site_total) == (2, 1)


@pytest.mark.parametrize(("hours", "count"), [(-47.99, 2), (-48.0, 1), (-48.01, 1)])
def test_two_days_are_less_than_forty_eight_hours(hours: float, count: int) -> None:
    assert series_facts(incident(), [summary(hours)]).within_48_h == count


def test_thirty_days_by_site_and_everywhere() -> None:
    others = [
        summary(-24 * day, site) for day, site in ((1, "asad"), (10, "erbil"), (29, "asad"), (31, "asad"))
    ]
    facts = series_facts(incident(), others)
    assert (facts.within_30_days, facts.site_within_30_days) == (4, 3)
    assert (facts.total, facts.site_total) == (5, 4)
    assert facts.repeat_sites == (("asad", 4),)
    assert facts.first_t_ns == T0 - 31 * 24 * HOUR


def test_exercises_false_alarms_and_what_came_later_do_not_count() -> None:
    others = [summary(-5, exercise=True), summary(-6, attack=False), summary(+7)]
    assert series_facts(incident(), others).total == 1


def test_an_exercise_counts_exercises_and_no_real_incident() -> None:
    facts = series_facts(incident(exercise=True), [summary(-5), summary(-6, exercise=True)])
    assert (facts.counted, facts.total, facts.gap_s) == (True, 2, 6 * 3600)


def test_an_older_version_of_the_incident_itself_is_not_another_attack() -> None:
    own = incident()
    stored = IncidentSummary(own.incident_id, own.site_id, own.opened_t_ns, True, False)
    assert series_facts(own, [stored]).total == 1


def test_hours_are_local_where_the_offset_is_known() -> None:
    facts = series_facts(incident(1.0), [summary(-24, "erbil")], lambda site: 10800)
    assert facts.hours_local[4] == 1
    assert facts.hours_local[3] == 1
    assert sum(facts.hours_local) == 2


@pytest.mark.parametrize(
    ("outcome", "attack"),
    [
        (Outcome.STOPPED, True),
        (Outcome.MISSED, True),
        (Outcome.LANDED, True),
        (Outcome.LEFT, False),
        (Outcome.UNKNOWN, False),
    ],
)
def test_an_attack_is_what_the_record_shows_to_be_one(outcome: Outcome, attack: bool) -> None:
    assert is_attack(incident(outcome=outcome)) is attack
    item = IncidentObject((1,), "owa", 0, (0, 0, 0), 0, 0, 0, (0, 0, 0), 0, (), outcome)
    whole = Incident("i", "s", 1, T0, None, False, objects=(item,))
    assert is_attack(whole) is attack


def test_an_incident_that_goes_on_is_one_with_that_which_it_continues() -> None:
    before = summary(-22, "baghdad")
    closed = summary(-1.0)
    going_on = replace(summary(-0.5), continues=closed.incident_id, attack=False)
    facts = series_facts(incident(5.0), [before, closed, going_on])
    assert (facts.total, facts.site_total, facts.within_48_h) == (3, 2, 3)
    assert facts.previous_id == closed.incident_id and facts.gap_s == 6 * 3600
    said = TimelineEntry(T0, Reason("incident.continues", (("incident", closed.incident_id),)))
    itself = replace(incident(0.0), timeline=(said,))
    again = series_facts(itself, [before, closed])
    first = series_facts(replace(incident(-1.0), incident_id=closed.incident_id), [before])
    assert again == first, "both stand where the first does"
    assert again.total == 2
