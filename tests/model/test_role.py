"""Who may see and do what: one table, and every action in it."""

from dataclasses import replace
from typing import get_args

import pytest

from marsad.errors import ReceivedError
from marsad.model.action import (
    Acknowledge,
    Action,
    AdmitNode,
    AllClear,
    AmendOutcome,
    ApplySettings,
    AskOwner,
    CancelFlight,
    CheckOff,
    CloseIncident,
    ConfirmCard,
    DeclareFlights,
    HandOver,
    HeadCount,
    ListNodes,
    RecordImpact,
    RefuseNode,
    Release,
    ReportOutcome,
    Retract,
    SetIdentity,
    TakeBackAllClear,
    TakeBackImpact,
    TakeBackRetraction,
    TakeWatch,
    TryOutputs,
    Withhold,
)
from marsad.model.flight import Answer
from marsad.model.incident import Casualties, Fact, Outcome
from marsad.model.permit import check_permitted, needs_person, permission_of
from marsad.model.role import GRANTED, STOOD_IN, Permission, Role, may, permissions, roles_with
from marsad.model.threat import Identity

ACTIONS: tuple[Action, ...] = (
    Acknowledge("a", "x"),
    AllClear("a"),
    Release("a", "x"),
    Withhold("a", "x"),
    Retract("a", "x", "why"),
    TakeBackAllClear("a", reason="why"),
    TakeBackRetraction("a", "x", "why"),
    AmendOutcome("a", "x", Outcome.LEFT, 1, "why"),
    TryOutputs("a"),
    CheckOff("a", "x"),
    TakeWatch("a"),
    HandOver("a", "b"),
    ConfirmCard("a"),
    ApplySettings("a"),
    SetIdentity("a", 1, Identity.FRIEND),
    ReportOutcome("a", Outcome.LEFT, 1),
    RecordImpact("a", 33.0, 44.0, 1),
    TakeBackImpact("a", 1, 0, "why"),
    HeadCount("a", True),
    CloseIncident("a", Outcome.LEFT, Casualties(), Fact(), Fact()),
    DeclareFlights("a", ()),
    CancelFlight("a", "x"),
    AskOwner("a", 1, Answer.ASKED),
    AdmitNode("a", "f", "n"),
    RefuseNode("a", "f", "n"),
    ListNodes("a", "f", ()),
)
LOOKING = {Permission.SEE, Permission.RECORD, Permission.CARD, Permission.SECURITY}


def test_every_action_needs_a_permission_and_no_action_is_looking() -> None:
    assert {type(action) for action in ACTIONS} == set(get_args(Action))
    needed = {permission_of(action) for action in ACTIONS}
    # the second word of two is a release as well: what makes it one is who has released before
    assert needed == set(Permission) - LOOKING - {Permission.COUNTERSIGN}


@pytest.mark.parametrize("is_supervised", [True, False])
def test_a_viewer_does_nothing(is_supervised: bool) -> None:
    assert permissions(Role.VIEWER, is_supervised=is_supervised) == {Permission.SEE, Permission.RECORD}


@pytest.mark.parametrize("is_supervised", [True, False])
def test_everybody_sees_and_somebody_may_do_each_thing(is_supervised: bool) -> None:
    assert roles_with(Permission.SEE, is_supervised=is_supervised) == tuple(Role)
    assert all(roles_with(one, is_supervised=is_supervised) for one in Permission)


def test_an_operator_does_everything_where_the_site_names_no_supervisor() -> None:
    assert permissions(Role.OPERATOR, is_supervised=False) == set(Permission)
    assert permissions(Role.OPERATOR, is_supervised=True) == set(Permission) - STOOD_IN
    assert GRANTED[Role.SUPERVISOR] == set(Permission)


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.ADMINISTRATOR])
def test_who_teaches_or_looks_after_the_system_decides_nothing_that_is_meant(role: Role) -> None:
    deciding = {Permission.RELEASE, Permission.COUNTERSIGN, Permission.END, Permission.CLASSIFY}
    assert not any(may(role, one, is_supervised=False) for one in deciding)
    assert may(role, Permission.DRILL, is_supervised=True)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
def test_an_action_passes_by_the_role_that_did_it(action: Action, role: Role) -> None:
    acted = replace(action, role=role)
    if permission_of(action) in permissions(role, is_supervised=True):
        check_permitted(acted, is_supervised=True)
        return
    with pytest.raises(ReceivedError) as refused:
        check_permitted(acted, is_supervised=True)
    assert refused.value.reason == "role"
    assert f"a is {role.value}" in refused.value.detail
    assert "supervisor" in refused.value.detail, "it says whose it is"


def test_what_the_site_does_for_itself_has_no_role_and_passes() -> None:
    for action in ACTIONS:
        check_permitted(action, is_supervised=True)


def test_a_person_answers_for_what_ends_or_releases_warnings_and_for_who_may_speak() -> None:
    programs = {type(action).__name__ for action in ACTIONS if not needs_person(action)}
    assert programs == {"CheckOff", "TryOutputs"}
