from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.feeds.sapient.taxonomy import WIRE_PATH, _pairs, add_classes, classes_of
from marsad.feeds.sapient.wire import DetectionReport
from marsad.model.threat import THREAT_CLASSES


def report_of(*classes: tuple[str, float]) -> DetectionReport:
    report = DetectionReport()
    add_classes(report, classes)
    return report


def test_every_class_of_ours_has_words_on_the_wire() -> None:
    assert set(WIRE_PATH) == set(THREAT_CLASSES)


probabilities = st.lists(st.floats(0.01, 1), min_size=1, max_size=8).map(
    lambda weights: [weight / sum(weights) for weight in weights]
)


@given(probabilities, st.permutations([name for name in THREAT_CLASSES if name != "owa"]))
def test_classes_come_back(weights: list[float], names: list[str]) -> None:
    given_classes = dict(zip(names, weights, strict=False))
    found = dict(classes_of(report_of(*given_classes.items())))
    # the wire cannot tell the two fixed wings apart
    wing = given_classes.pop("fixedwing_small", 0.0)
    expected = given_classes | ({"owa": wing / 2, "fixedwing_small": wing / 2} if wing else {})
    assert found == pytest.approx(expected, abs=2e-6)


def test_a_fixed_wing_drone_may_be_either() -> None:
    assert classes_of(report_of(("owa", 0.8))) == (("fixedwing_small", 0.4), ("owa", 0.4))


def entry(report: Any, name: str, confidence: float | None = None) -> Any:
    added = report.classification.add(type=name)
    if confidence is not None:
        added.confidence = confidence
    return added


@pytest.mark.parametrize("name", ["air vehicle", "sapient_core:Air vehicle", " AIR  VEHICLE ", "Air_Vehicle"])
def test_names_match_whatever_their_case_and_namespace(name: str) -> None:
    report = DetectionReport()
    entry(report, name, 0.5)
    assert classes_of(report) == (("unknown", 0.5),)


def test_what_we_have_no_class_for_says_nothing() -> None:
    report = DetectionReport()
    entry(report, "Human", 0.5)
    entry(report, "Other", 0.2)
    animal = entry(report, "Animal", 0.3)
    animal.sub_class.add(type="Horse", confidence=0.3, level=1)
    assert classes_of(report) == ()


def test_without_a_confidence_the_sensor_says_it_is_so() -> None:
    report = DetectionReport()
    entry(report, "Air vehicle").sub_class.add(type="UAV rotary wing", level=1)
    assert classes_of(report) == (("multirotor", 1.0),)


def test_an_unknown_sub_class_counts_for_its_parent() -> None:
    report = DetectionReport()
    wing = entry(report, "Air vehicle", 0.6).sub_class.add(type="UAV rotary wing", confidence=0.6, level=1)
    wing.sub_class.add(type="Military", confidence=0.6, level=2)
    assert classes_of(report) == (("multirotor", 0.6),)


def test_sub_classes_that_say_more_than_their_parent_are_shares_of_it() -> None:
    report = DetectionReport()
    air = entry(report, "Air vehicle", 0.5)
    air.sub_class.add(type="UAV rotary wing", confidence=0.75, level=1)
    air.sub_class.add(type="Manned rotary wing", confidence=0.25, level=1)
    assert classes_of(report) == (("multirotor", 0.375), ("crewed", 0.125))


def test_nonsense_confidences_never_sum_beyond_one() -> None:
    report = DetectionReport()
    for confidence in (5.0, -1.0, float("nan"), 0.9):
        entry(report, "Bird", confidence)
    assert classes_of(report) == (("bird", 1.0),)


def test_what_is_kept_of_classifications_is_what_reading_them_anew_gives() -> None:
    """Also of one too long to be kept, and of two that differ in their last digit only."""
    report = report_of(("owa", 0.5), ("bird", 0.25))
    long = DetectionReport()
    long.CopyFrom(report)
    long.classification[0].sub_class[0].sub_class.add(type="x" * 2_000, confidence=0.1, level=2)
    other = report_of(("owa", 0.5), ("bird", 0.250001))
    for given_report in (report, long, other, report):
        assert classes_of(given_report) == _pairs(given_report.classification)
    assert classes_of(report) != classes_of(other)
