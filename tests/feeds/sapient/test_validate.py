from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format  # type: ignore[import-untyped]

from marsad.feeds.sapient import edge
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.validate import VIOLATIONS_MAX, violations
from marsad.feeds.sapient.wire import SapientMessage

VECTORS = Path(__file__).parents[3] / ".." / "shared" / "data" / "sapient"
T0 = 1_641_290_400_000_000_000


def vectors(kind: str) -> list[Any]:
    paths = sorted((VECTORS / kind).glob("*.json"))
    if not paths:
        reason = "the recordings of ../shared/data/sapient are not here"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=path.stem) for path in paths]


def message_of(path: Path) -> Any:
    # some files carry a field of an older draft beside the fault they are about
    return json_format.Parse(path.read_text("utf-8-sig"), SapientMessage(), ignore_unknown_fields=True)


@pytest.mark.parametrize("path", vectors("accept"))
def test_what_the_harness_accepts_is_valid(path: Path) -> None:
    assert violations(message_of(path)) == []


@pytest.mark.parametrize("path", vectors("reject"))
def test_what_the_harness_rejects_is_refused_for_that_reason(path: Path) -> None:
    try:
        message = message_of(path)
    except json_format.ParseError:
        assert path.stem.startswith("0001."), "only the unreadable time cannot be parsed"
        return
    found = violations(message)
    if path.stem.startswith("0111."):
        assert found == [], "the field it lacks has left the standard; the one it has is enough"
        return
    assert found
    parts = [part for part in path.stem.split(".")[1:] if part.lower() not in {"missing", "error", "empty"}]
    said = " ".join(f"{violation.path}" for violation in found).lower()
    assert any(part.lower()[:6] in said for part in parts), (parts, said)


@pytest.fixture
def registration(radar: edge.EdgeNode) -> Any:
    return SapientMessage.FromString(edge.registration(radar, T0)[4:])


@pytest.fixture
def detection(radar: edge.EdgeNode) -> Any:
    framed = edge.polar_detection(radar, T0, ulid(T0, 1), ulid(T0, 2), 1.0, 0.1, classes=[("bird", 0.5)])
    return SapientMessage.FromString(framed[4:])


def rules(message: Any, *, strict: bool = True) -> list[tuple[str, str]]:
    return [(found.rule, found.path) for found in violations(message, strict=strict)]


def test_our_own_words_are_valid(
    radar: edge.EdgeNode, camera: edge.EdgeNode, registration: Any, detection: Any
) -> None:
    assert rules(registration) == []
    assert rules(detection) == []
    for framed in (
        edge.registration(camera, T0),
        edge.status(radar, T0, ulid(T0, 1), first=True),
        edge.alert(radar, T0, ulid(T0, 1), "A"),
        edge.location_detection(camera, T0, ulid(T0, 1), ulid(T0, 2), 33.0, 42.0, None, 10.0),
    ):
        assert rules(SapientMessage.FromString(framed[4:])) == []


@pytest.mark.parametrize("version", ["BSI_Flex_335_v2.0", "bsi flex 335  v2.0"])
def test_known_spellings_of_the_version_pass(registration: Any, version: str) -> None:
    registration.registration.icd_version = version
    assert rules(registration) == []


@pytest.mark.parametrize("version", ["BSI Flex 335 v1.0", "SAPIENT", "\x00"])
def test_another_version_is_refused_and_quoted(registration: Any, version: str) -> None:
    registration.registration.icd_version = version
    (found,) = violations(registration, strict=False)
    assert found.rule == "icd-version"
    assert repr(version) in found.detail


def test_an_interval_must_be_positive(registration: Any) -> None:
    registration.registration.status_definition.status_interval.value = 0.0
    assert [rule for rule, _ in rules(registration)] == ["status-interval"]


def test_concurrent_tasks_are_mandatory_only_when_strict(registration: Any) -> None:
    registration.registration.mode_definition[0].task.ClearField("concurrent_tasks")
    assert rules(registration) == [("field-missing", "registration.modeDefinition[0].task.concurrentTasks")]
    assert rules(registration, strict=False) == []


def test_an_answer_must_name_its_receiver(radar: edge.EdgeNode) -> None:
    message = SapientMessage(node_id=radar.node_id)
    message.timestamp.seconds = 1
    message.registration_ack.acceptance = True
    assert rules(message) == [("field-missing", "destinationId")]


def test_a_timestamp_beyond_its_range_is_refused(detection: Any) -> None:
    detection.timestamp.nanos = 1_000_000_000
    assert rules(detection) == [("timestamp", "timestamp")]


def test_an_unspecified_choice_is_refused_where_one_is_mandatory(detection: Any) -> None:
    detection.detection_report.range_bearing.datum = 0
    assert [rule for rule, _ in rules(detection, strict=False)] == ["choice-unspecified"]


def test_an_unknown_choice_is_refused_where_one_is_mandatory(detection: Any) -> None:
    raw = detection.SerializeToString()
    detection.detection_report.range_bearing.ClearField("datum")
    patched = SapientMessage.FromString(raw.replace(b"\x40\x01", b"\x40\x63"))
    assert [rule for rule, _ in rules(patched, strict=False)] == ["choice-unknown"]


def test_confidences_beyond_one_are_refused_only_when_strict(detection: Any) -> None:
    detection.detection_report.classification[0].confidence = 1.5
    assert [rule for rule, _ in rules(detection)] == ["probability"]
    assert rules(detection, strict=False) == []


def test_a_uuid_for_a_ulid_passes_only_the_lenient_reader(detection: Any) -> None:
    detection.detection_report.object_id = "33faed64-6a79-4aae-ac04-6b7ab457b50d"
    assert rules(detection) == [("ulid", "detectionReport.objectId")]
    assert rules(detection, strict=False) == []
    detection.detection_report.object_id = "track 5"
    assert [rule for rule, _ in rules(detection, strict=False)] == ["ulid"]


def test_a_giant_message_is_examined_only_so_far(detection: Any) -> None:
    for _ in range(6_000):
        detection.detection_report.classification.add()
    found = violations(detection)
    assert len(found) == VIOLATIONS_MAX
    report = detection.detection_report
    report.ClearField("classification")
    report.classification.extend([report.DetectionReportClassification(type="Human")] * 6_000)
    assert [rule for rule, _ in rules(detection)] == ["too-many-elements"]
