"""The public statement says what the record holds, nothing more, and refuses the rest."""

from dataclasses import replace

import pytest

from marsad.errors import ReceivedError
from marsad.model.incident import (
    Casualties,
    Fact,
    FactStatus,
    Incident,
    Outcome,
    SeriesFacts,
    TimelineEntry,
)
from marsad.model.reason import Reason
from marsad.model.site import Mode, Name, Site
from marsad.register.seeds import seed_january_2022
from marsad.report.account import account_of
from marsad.report.facts import outcomes_text
from marsad.report.statement import KINDS, Kind, lint_statement, statement
from marsad.report.wording import LANGUAGES, Language


def false_alarm(incident: Incident) -> Incident:
    objects = tuple(replace(item, outcome=Outcome.LEFT) for item in incident.objects)
    return replace(incident, objects=objects, outcome=Outcome.LEFT)


def test_what_how_many_where_when_and_the_series(incident: Incident, site: Site, series: SeriesFacts) -> None:
    text = statement(incident, site, series, "en", "final")
    assert (
        "Early on Tuesday 4 January 2022, at 02:47 local time, the defences of Ain al-Asad air base "
        "stopped two fixed-wing drones. It was the second attack in less than two days; the one before "
        "it was on another site."
    ) in text
    assert "There were no casualties; everybody is accounted for." in text
    assert "Whether anybody has claimed responsibility is not known." in text


def test_an_hour_that_nobody_measured_is_not_told(site: Site, series: SeriesFacts) -> None:
    (entry,) = seed_january_2022()
    place = replace(site, name_en="the diplomatic centre")
    text = statement(entry.incident, place, series, "en", "final")
    assert "Early on Monday 3 January 2022 the defences of the diplomatic centre stopped two" in text
    assert ":30" not in text


def test_the_same_in_arabic(incident: Incident, site: Site, series: SeriesFacts) -> None:
    text = statement(incident, site, series, "ar", "final")
    assert "أوقفت دفاعات قاعدة عين الأسد الجوية طائرتين مسيّرتين ثابتتي الجناح" in text
    assert "وهذا هو الهجوم الثاني خلال أقل من يومين، وكان الذي سبقه على موقع آخر." in text
    assert "الثلاثاء ٤ كانون الثاني ٢٠٢٢" in text
    assert "لا خسائر بشرية؛ اكتمل تعداد الأفراد، ولا مفقودين." in text


@pytest.mark.parametrize("status", [FactStatus.NONE, FactStatus.UNKNOWN])
def test_no_casualties_only_after_the_head_count(
    incident: Incident, site: Site, series: SeriesFacts, status: FactStatus
) -> None:
    uncounted = replace(incident, accounted=False, casualties=Casualties(status))
    text = statement(uncounted, site, series, "en", "update")
    assert "There were no casualties" not in text
    assert (
        "Casualties are not known: none have been reported so far, and the head count is not complete."
        in text
    )
    assert "لا خسائر بشرية" not in statement(uncounted, site, series, "ar", "update")


def test_numbers_of_casualties_only_when_confirmed(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    unconfirmed = replace(incident, casualties=Casualties(FactStatus.UNCONFIRMED, 3, 7))
    assert not {"3", "7"} & set(statement(unconfirmed, site, series, "en", "update").split("Damage")[0][-60:])
    confirmed = replace(incident, casualties=Casualties(FactStatus.CONFIRMED, 1, 7))
    text = statement(confirmed, site, series, "en", "update")
    assert "killed 1, injured 7" in text
    assert "no casualties" not in text.lower()


def test_each_fate_is_told_where_they_differ(incident: Incident, site: Site, series: SeriesFacts) -> None:
    landed = replace(incident.objects[1], outcome=Outcome.LANDED, class_name="ballistic")
    mixed = replace(incident, objects=(incident.objects[0], landed))
    text = statement(mixed, site, series, "en", "update")
    assert "the defences" not in text
    assert "Stopped: one fixed-wing drone. Came down within the site: one rocket." in text


def test_a_closing_that_is_as_grave_as_the_gravest_object_is_no_news(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    landed = replace(incident.objects[1], outcome=Outcome.LANDED)
    mixed = replace(incident, objects=(incident.objects[0], landed), outcome=Outcome.LANDED)
    assert "The incident is closed." in statement(mixed, site, series, "en", "final")
    unknown = replace(landed, outcome=Outcome.UNKNOWN, outcome_t_ns=None)
    open_question = replace(mixed, objects=(incident.objects[0], unknown), outcome=Outcome.STOPPED)
    assert "closed with the outcome: Stopped." in statement(open_question, site, series, "en", "final")


def test_the_series_is_told_only_of_attacks_and_an_exercise_says_what_it_is(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    assert "second" not in statement(incident, site, replace(series, counted=False), "en", "final")
    drill = statement(replace(incident, exercise=True), site, series, "en", "final")
    assert "EXERCISE. This statement concerns an exercise" in drill


@pytest.mark.parametrize(
    ("mode", "language", "mark"),
    [
        (Mode.EXERCISE, "en", "EXERCISE."),
        (Mode.EXERCISE, "ar", "تمرين."),
        (Mode.TEST, "en", "TEST."),
        (Mode.TEST, "ar", "اختبار."),
    ],
)
def test_what_is_not_live_is_marked_first_and_last(
    incident: Incident, site: Site, series: SeriesFacts, mode: Mode, language: Language, mark: str
) -> None:
    subject = replace(incident, exercise=True)
    paragraphs = statement(subject, replace(site, mode=mode), series, language, "final").strip().split("\n\n")
    assert paragraphs[1].startswith(mark)
    assert paragraphs[-1].startswith(mark)


def test_the_times_told_are_those_of_the_outcome(incident: Incident, site: Site, series: SeriesFacts) -> None:
    first, second = incident.objects
    assert second.outcome_t_ns is not None
    later = replace(second, outcome_t_ns=second.outcome_t_ns + 120 * 10**9)
    apart = replace(incident, objects=(first, later))
    text = statement(apart, site, series, "en", "final")
    assert "between 02:47 and 02:49 local time, the defences" in text
    assert lint_statement(text, apart, "en", site=site, series=series) == []
    # one time is missing: then none is told
    unknown = replace(incident, objects=(first, replace(second, outcome_t_ns=None)))
    assert "02:4" not in statement(unknown, site, series, "en", "final")


def test_the_place_of_the_attack_before_has_its_name(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    name = Name(
        "baghdad-diplomatic-centre", "the Baghdad Diplomatic Support Center", "مركز بغداد للدعم الدبلوماسي"
    )
    place = replace(site, names=(name,))
    told = {"en": "was on the Baghdad Diplomatic Support Center.", "ar": "على مركز بغداد"}
    for language in LANGUAGES:
        text = statement(incident, place, series, language, "final")
        assert told[language] in text
        assert lint_statement(text, incident, language, site=place, series=series) == []
    here = replace(series, previous_site_id=site.site_id)
    assert "on this site too" in statement(incident, site, here, "en", "final")


def test_one_object_is_stopped_in_the_accusative(incident: Incident, site: Site, series: SeriesFacts) -> None:
    one = replace(incident, objects=(replace(incident.objects[0], class_name="ballistic"),))
    assert "أوقفت دفاعات قاعدة عين الأسد الجوية صاروخاً واحداً." in statement(one, site, series, "ar", "final")


def test_what_was_stopped_inside_a_zone_is_said_to_have_been(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    inside = replace(incident.objects[0], last_position_enu=(-700.0, 500.0, 20.0))
    subject = replace(incident, objects=(inside, incident.objects[1]))
    told = {"en": "Of these, stopped only inside the site: one fixed-wing", "ar": "أُوقف داخل الموقع"}
    for language in LANGUAGES:
        text = statement(subject, site, series, language, "final")
        assert told[language] in text
        assert lint_statement(text, subject, language, site=site, series=series) == []
    assert "inside the site" not in statement(incident, site, series, "en", "final")
    # what was tracked after it was stopped proves nothing
    early = replace(inside, outcome_t_ns=inside.last_t_ns - 1)
    subject = replace(incident, objects=(early, incident.objects[1]))
    assert "inside the site" not in statement(subject, site, series, "en", "final")


def test_an_incident_closed_otherwise_than_its_objects_says_both(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    open_fate = replace(incident.objects[1], outcome=Outcome.UNKNOWN, outcome_t_ns=None)
    text = statement(replace(incident, objects=(incident.objects[0], open_fate)), site, series, "en", "final")
    assert "Outcome not yet known: one fixed-wing drone." in text
    assert "The incident is closed with the outcome: Stopped. This is the decision of the person" in text


@pytest.mark.parametrize(
    ("language", "said", "decided"),
    [
        (
            "en",
            "A claim of responsibility has been made; the record holds it as confirmed.",
            "by decision of",
        ),
        ("ar", "صدر إعلان مسؤولية، وهو في السجل مؤكد.", "بقرار"),
    ],
)
def test_what_a_person_entered_at_closing_is_told_as_that(
    incident: Incident, site: Site, series: SeriesFacts, language: Language, said: str, decided: str
) -> None:
    claimed = replace(incident, claim=Fact(FactStatus.CONFIRMED, "On their channel"), closed_by="Layla")
    text = statement(claimed, site, series, language, "final")
    assert said in text and "On their channel" not in text
    assert lint_statement(text, claimed, language, site=site, series=series) == []
    unknown = replace(incident.objects[1], outcome=Outcome.UNKNOWN, outcome_t_ns=None)
    beyond = replace(claimed, objects=(incident.objects[0], unknown), outcome=Outcome.STOPPED)
    text = statement(beyond, site, series, language, "final")
    assert lint_statement(text, beyond, language, site=site, series=series) == []
    told = outcomes_text(account_of(beyond, site), language)
    assert decided in told and "Layla" in told


def test_a_correction_says_what_changed(incident: Incident, site: Site, series: SeriesFacts) -> None:
    rockets = replace(incident, objects=tuple(replace(it, class_name="ballistic") for it in incident.objects))
    text = statement(rockets, site, series, "en", "correction", previous=incident)
    assert lint_statement(text, rockets, "en", site=site, series=series, previous=incident) == []
    assert lint_statement(text, rockets, "en", site=site, series=series) != []
    assert "An earlier statement said two fixed-wing drones; the record now says two rockets." in text


def test_a_denial_is_refused_where_the_record_holds_an_attack(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    with pytest.raises(ReceivedError, match="cannot be denied"):
        statement(incident, site, series, "en", "denial")
    open_fate = tuple(replace(item, outcome=Outcome.UNKNOWN) for item in incident.objects)
    with pytest.raises(ReceivedError, match="not known"):
        statement(replace(incident, objects=open_fate, outcome=Outcome.UNKNOWN), site, series, "en", "denial")


def test_a_denial_says_up_to_when_nothing_was_observed(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    text = statement(false_alarm(incident), site, series, "en", "denial")
    assert "No attack on Ain al-Asad air base has been observed up to 03:11 local time" in text
    assert "drones" not in text


def test_no_all_clear_and_no_final_word_before_a_person_gave_it(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    with pytest.raises(ReceivedError, match="all clear"):
        statement(replace(incident, timeline=incident.timeline[:4]), site, series, "en", "all_clear")
    with pytest.raises(ReceivedError, match="open"):
        statement(replace(incident, closed_t_ns=None), site, series, "en", "final")


def test_what_persons_typed_never_goes_out(incident: Incident, site: Site, series: SeriesFacts) -> None:
    typed = replace(incident, claim=Fact(FactStatus.CONFIRMED, "group X says so"))
    for language in LANGUAGES:
        text = statement(typed, site, series, language, "final")
        assert "group X" not in text
        assert "northern road" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_statement_of_ours_passes_its_own_check(
    incident: Incident, site: Site, series: SeriesFacts, language: Language, kind: Kind
) -> None:
    subject = false_alarm(incident) if kind == "denial" else incident
    text = statement(subject, site, series, language, kind)
    assert lint_statement(text, subject, language, site=site, series=series) == []


BASE = "Early on Tuesday 4 January 2022 two fixed-wing drones were stopped at Ain al-Asad air base. "


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        ("The attack was carried out by a militia.", "militia"),
        ("Iranian-made drones were used.", "iranian"),
        ("It was probably retaliation.", "probably"),
        ("They were launched from the desert.", "launched"),
        ("They came from the north-west.", "north-west"),
        ("Radar saw them at 7.4 km.", "radar"),
        ("Personnel went to shelter 3.", "shelter"),
        ("Three drones were seen.", "three"),
        ("The attack was at 02:51 local time.", "02:51"),
        ("It happened on 5 January 2022.", "5"),
        ("It was the third attack in less than two days.", "third"),
        ("There were dozens of attacks since.", "dozens"),
        ("One drone was stopped.", "one"),
        ("Two rockets were stopped.", "rockets"),
        ("The Islamic Resistance did it.", "islamic resistance"),
        ("It was one of 14 attacks.", "14 attacks"),
        ("The living area was hit.", "living area"),
    ],
)
def test_what_must_not_be_said_in_english_is_found(
    incident: Incident, site: Site, series: SeriesFacts, added: str, fault: str
) -> None:
    assert lint_statement(BASE, incident, "en", site=site, series=series) == []
    faults = lint_statement(BASE + added, incident, "en", site=site, series=series)
    assert any(f"“{fault}" in item.casefold() for item in faults), faults


BASE_AR = (
    "في الساعات الأولى من يوم الثلاثاء ٤ كانون الثاني ٢٠٢٢ أُوقفت طائرتان مسيّرتان في قاعدة عين الأسد الجوية. "
)


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        ("ونفّذت الهجوم ميليشيا.", "ميليشيا"),
        ("ويُعتقد أنه انتقام.", "انتقام"),
        ("وقد أُطلقت من الصحراء.", "أُطلقت"),
        ("قدمت من الشمال الغربي.", "الشمال"),
        ("ورصدها الرادار.", "الرادار"),
        ("وهو عمل للميليشيات.", "للميليشيات"),
        ("وبفضلٍ للرادار.", "للرادار"),
        ("وأعلنتها المقاومة الإسلامية.", "المقاومة"),
        ("ونفذها مسلحون.", "مسلحون"),
        ("وهي من صنع ايران.", "ايران"),
        ("وهي من صنع إيران.", "إيران"),
        ("وكشفتها أجهزة الاستشعار.", "أجهزة الاستشعار"),
        ("وكشفتها اجهزة الاستشعار.", "اجهزة الاستشعار"),
        ("واحتمى الأفراد في الملاجئ.", "الملاجئ"),
        ("وشوهدت ثلاث طائرات.", "ثلاث"),
        ("وكان ذلك الساعة ٠٢:٥١.", "02:51"),
        ("في ٥ كانون الثاني ٢٠٢٢.", "5"),
        ("وهذه المرة الثالثة.", "الثالثة"),
        ("بعد عشرات الهجمات.", "عشرات"),
        ("وأُوقف صاروخان.", "صاروخان"),
        ("في منطقة السكن.", "منطقة السكن"),
    ],
)
def test_what_must_not_be_said_in_arabic_is_found(
    incident: Incident, site: Site, series: SeriesFacts, added: str, fault: str
) -> None:
    assert lint_statement(BASE_AR, incident, "ar", site=site, series=series) == []
    faults = lint_statement(BASE_AR + added, incident, "ar", site=site, series=series)
    assert any(fault in item for item in faults), faults


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [3, 10, 11, 22])
def test_a_long_series_is_told_and_passes_the_check(
    incident: Incident, site: Site, series: SeriesFacts, language: Language, count: int
) -> None:
    longer = replace(series, within_48_h=count, within_30_days=count, total=count)
    text = statement(incident, site, longer, language, "final")
    assert lint_statement(text, incident, language, site=site, series=longer) == []
    assert lint_statement(text, incident, language, site=site, series=series) != []


def test_nothing_of_the_series_may_be_said_where_it_cannot_be_checked(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    text = statement(incident, site, series, "en", "final")
    assert lint_statement(text, incident, "en", site=site) != []
    assert lint_statement(text, incident, "en", series=series) == []


def test_dozens_may_be_said_when_the_register_holds_dozens(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    text = BASE + "There were dozens of attacks since."
    assert lint_statement(text, incident, "en", site=site, series=replace(series, total=30)) == []


def retracted(incident: Incident) -> Incident:
    """All of it was a false alarm, and was withdrawn five minutes in."""
    objects = tuple(
        replace(item, outcome=Outcome.FALSE_ALARM, outcome_t_ns=None, outcome_by="")
        for item in incident.objects
    )
    words = (("zone_id", "zone-1"), ("words", "birds"))
    line = TimelineEntry(incident.opened_t_ns + 300 * 10**9, Reason("incident.retracted", words), "duty")
    return replace(
        incident, objects=objects, outcome=Outcome.FALSE_ALARM, timeline=(*incident.timeline, line)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_warning_that_was_withdrawn_is_said_to_have_been(
    incident: Incident, site: Site, series: SeriesFacts, language: Language
) -> None:
    false = retracted(incident)
    for kind in ("final", "denial"):
        text = statement(false, site, replace(series, counted=False), language, kind)
        withdrawn = {
            "en": "The warning given was false; it was withdrawn at 02:51",
            "ar": "كان الإنذار كاذباً، وسُحب",
        }
        assert withdrawn[language] in text
        assert "birds" not in text, "nobody's free text is quoted"
        uncounted = replace(series, counted=False)
        assert lint_statement(text, false, language, site=site, series=uncounted) == []


def test_what_was_withdrawn_beside_an_attack_does_not_deny_it(
    incident: Incident, site: Site, series: SeriesFacts
) -> None:
    first, second = retracted(incident).objects
    mixed = replace(retracted(incident), objects=(first, replace(second, outcome=Outcome.LANDED)))
    text = statement(mixed, site, series, "en", "update")
    assert "False alarm, no danger: one fixed-wing drone." in text
    assert "The warning given was false" not in text
