import inspect
from typing import Any

import pytest

from marsad.errors import EncodingError
from marsad.feeds.sapient import dialogue, nodes, reply, requests, task
from marsad.feeds.sapient.node_id import node_id
from marsad.feeds.sapient.ulid import ulid
from marsad.feeds.sapient.validate import violations
from marsad.feeds.sapient.wire import Registration, SapientMessage, Task

T0 = 1_641_290_400_000_000_000
OWN = node_id("own")
CAMERA = task.Recipient(node_id("camera"), (Registration.NODE_TYPE_CAMERA,))
EFFECTORS = ["KINETIC", "JAMMER", "CYBER", "LDEW", "RFDEW"]


def parsed(framed: bytes) -> Any:
    return SapientMessage.FromString(framed[4:])


@pytest.mark.parametrize("what", ["Registration", "Status"])
def test_a_report_may_be_asked_for(what: Any) -> None:
    message = parsed(task.request(OWN, CAMERA, T0, ulid(T0, 1), what))
    assert violations(message) == []
    assert message.task.command.request == what
    assert message.destination_id == CAMERA.node_id


@pytest.mark.parametrize("what", ["Reset", "Start", "Stop", "Fire", ""])
def test_nothing_else_may_be_asked_for(what: Any) -> None:
    with pytest.raises(EncodingError, match="observer"):
        task.request(OWN, CAMERA, T0, ulid(T0, 1), what)


@pytest.mark.parametrize(("in_degrees", "azimuth"), [(True, 90.0), (False, 1.5707963267948966)])
def test_a_camera_may_be_turned_in_its_own_units(in_degrees: bool, azimuth: float) -> None:
    message = parsed(
        task.look_at(OWN, CAMERA, T0, ulid(T0, 1), 1.5707963267948966, 0.1, in_degrees=in_degrees)
    )
    assert violations(message) == []
    assert message.task.command.look_at.range_bearing.azimuth == pytest.approx(azimuth)


def test_a_mode_of_observing_may_be_chosen() -> None:
    message = parsed(task.mode_change(OWN, CAMERA, T0, ulid(T0, 1), "Wide search"))
    assert violations(message) == []
    assert message.task.command.mode_change == "Wide search"


@pytest.mark.parametrize("name", EFFECTORS)
def test_no_effector_is_tasked(name: str) -> None:
    effector = task.Recipient(
        node_id("x"), (Registration.NODE_TYPE_CAMERA, Registration.NodeType.Value(f"NODE_TYPE_{name}"))
    )
    with pytest.raises(EncodingError, match=name):
        task.look_at(OWN, effector, T0, ulid(T0, 1), 1.0, 0.0)
    with pytest.raises(EncodingError, match=name):
        task.mode_change(OWN, effector, T0, ulid(T0, 1), "Search")


@pytest.mark.parametrize(
    "mode",
    [*EFFECTORS, "Jamming", "kinetic effect", "RF-Jam wide", "Laser on", "GNSS spoofing", "Fire at will"],
)
def test_no_mode_that_names_an_effect_is_sent(mode: str) -> None:
    with pytest.raises(EncodingError, match="effector"):
        task.mode_change(OWN, CAMERA, T0, ulid(T0, 1), mode)


def test_there_is_no_other_way_to_a_task() -> None:
    builders = {
        name
        for name, member in vars(task).items()
        if inspect.isfunction(member)
        and member.__module__ == task.__name__
        and inspect.signature(member).return_annotation is bytes
    }
    assert builders == {"request", "look_at", "mode_change"}
    for module in (dialogue, nodes, reply, requests):
        assert Task not in vars(module).values()
    assert "task.request" in inspect.getsource(requests)
    assert "task.request" not in inspect.getsource(dialogue) + inspect.getsource(nodes)
    for other in ("task.look_at(", "task.mode_change(", ".move_to", ".patrol", ".follow"):
        assert other not in inspect.getsource(dialogue) + inspect.getsource(requests)


def test_an_effector_that_registers_is_heard_but_never_tasked(talk: Any, parsed_answers: Any) -> None:
    from marsad.feeds.sapient import edge

    message = parsed(edge.registration(talk.node, talk.t_ns))
    message.registration.node_definition[0].node_type = Registration.NODE_TYPE_JAMMER
    answers = parsed_answers(talk.say_message(message))
    talk.wait(60)
    status = parsed(edge.status(talk.node, talk.t_ns, talk.ulid(), first=True))
    answers += parsed_answers(talk.say_message(status))
    assert [answer.WhichOneof("content") for answer in answers] == ["registration_ack"]
