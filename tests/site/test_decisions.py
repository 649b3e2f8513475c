"""Who acts, as what, and who has the watch: in the frames, so that a replay decides alike."""

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest

from marsad.model.action import Acknowledge, Action, HandOver, Release, TakeWatch
from marsad.model.effect import Announce, Effect, Refuse
from marsad.model.frame import CONFIGURATION, OPERATOR, TICK, Frame
from marsad.model.role import Role
from marsad.model.threat import Level
from marsad.site.actions import action_from_json, json_from_action
from marsad.site.fold import SiteFold

from ..example_site import example_site
from .test_fold import SECOND, START, hello, inbound

H = 3_600 * SECOND
PEOPLE = """
[server]
operators = [
  { name = "Huda", role = "supervisor", password_hash = "" },
  { name = "Lina", role = "operator", password_hash = "" },
  { name = "Guest", password_hash = "" },
]
"""
AFTER = """
[authority]
watch_hours = 10
[[authority.person]]
name = "Huda"
[[authority.duty]]
decides = "release"
people = ["Huda"]
deputies = ["Huda"]
[[checklist.owner]]
id = "harbour"
name_en = "Harbour master"
name_ar = "ربّان الميناء"
[[checklist.item]]
id = "tugs"
level = "attack"
owner = "harbour"
text_en = "Recall the tugs"
text_ar = "استدعِ القاطرات"
due_s = 60
[[output]]
name = "gate"
standard = "webhook"
drills = true
[[release]]
people = 2
decide_within_s = 1
deputy_within_s = 3600
"""


class Run:
    """A site that is under attack, and the frames that led there."""

    def __init__(self, after: str = AFTER + PEOPLE) -> None:
        self.frames: list[Frame] = []
        configuration = Frame(CONFIGURATION, START, example_site(after=after).encode())
        self.site = SiteFold(configuration)
        self.configuration = configuration
        self.effects: list[Effect] = []

    def fold(self, frame: Frame) -> list[Effect]:
        self.frames.append(frame)
        effects = self.site.fold(frame)
        self.effects += effects
        return effects

    def act(self, action: Action, at_ns: int = 0) -> list[Effect]:
        return self.fold(Frame(OPERATOR, at_ns or self.site.t_ns, json_from_action(action)))

    def attack(self, seconds: int = 80) -> None:
        hello(self)  # type: ignore[arg-type]
        inbound(self, seconds)  # type: ignore[arg-type]

    @property
    def warned(self) -> str:
        return next(one.alarm_id for one in self.site.picture().alarms if one.stage is Level.WARN)


@pytest.fixture(scope="module")
def attacked() -> bytes:
    run = Run()
    run.act(TakeWatch("Lina", role=Role.OPERATOR))
    run.attack()
    return pickle.dumps(run)


@pytest.fixture
def run(attacked: bytes) -> Run:
    found: Run = pickle.loads(attacked)
    assert found.warned and not any(isinstance(one, Announce) for one in found.effects)
    return found


def refused(effects: list[Effect]) -> list[str]:
    return [effect.reason for effect in effects if isinstance(effect, Refuse)]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.INSTRUCTOR, Role.ADMINISTRATOR])
def test_the_frame_of_somebody_who_may_not_never_counts_as_a_word(run: Run, role: Role) -> None:
    assert refused(run.act(Release("Guest", run.warned, role=role))) == ["role"]
    assert run.site.picture().telling.pending[0].released_by == ()
    run.act(Release("Lina", run.warned, role=Role.OPERATOR))
    assert refused(run.act(Release("Guest", run.warned, role=role))) == ["role"]
    assert refused(run.act(Acknowledge("Guest", run.warned, role=role))) == ["role"]
    assert not any(isinstance(effect, Announce) for effect in run.effects)
    assert dict(run.site.picture().counters)["refused.role"] == 3


def test_a_role_that_there_is_not_is_refused_with_what_is_allowed(run: Run) -> None:
    data = json.dumps({"action": "release", "by": "Guest", "role": "king", "alarm_id": run.warned})
    (refusal,) = run.fold(Frame(OPERATOR, run.site.t_ns, data.encode()))
    assert isinstance(refusal, Refuse) and "'king'" in refusal.detail and "supervisor" in refusal.detail


def test_two_people_of_whom_one_is_a_supervisor_and_a_replay_decides_alike(run: Run) -> None:
    assert refused(run.act(Release("Lina", run.warned, role=Role.OPERATOR))) == []
    assert refused(run.act(Release("Lina", run.warned, role=Role.OPERATOR))) == ["second-person-needed"]
    assert refused(run.act(Release("Rana", run.warned, role=Role.OPERATOR))) == ["supervisor-needed"]
    words = [
        one for one in run.act(Release("Huda", run.warned, role=Role.SUPERVISOR)) if isinstance(one, Announce)
    ]
    assert [word.announcement.by for word in words] == ["Lina, Huda"]
    again = SiteFold(run.configuration)
    effects = [effect for frame in run.frames for effect in again.fold(frame)]
    assert again.digest() == run.site.digest()
    assert [one for one in effects if isinstance(one, Announce | Refuse)] == [
        one for one in run.effects if isinstance(one, Announce | Refuse)
    ]


def test_a_record_of_before_there_were_roles_means_what_it_meant() -> None:
    run = Run(AFTER)
    run.attack()
    for name in ("Layla", "Omar"):
        assert refused(run.act(Release(name, run.warned))) == []
    assert any(isinstance(effect, Announce) for effect in run.effects)
    assert b"role" not in run.frames[-1].data


def test_the_record_of_an_attack_says_who_had_the_watch(run: Run) -> None:
    assert run.site.picture().watch.holder == "Lina"
    incident = run.site.incident()
    assert incident is not None
    (held,) = [entry for entry in incident.timeline if entry.what.code == "watch.held"]
    assert dict(held.what.arguments)["holder"] == "Lina"
    run.act(HandOver("Lina", "Huda", role=Role.OPERATOR))
    run.act(TakeWatch("Huda", role=Role.SUPERVISOR))
    run.fold(Frame(TICK, run.site.t_ns + 6 * SECOND))
    later = run.site.picture().incident
    assert later is not None
    told = [(entry.what.code, entry.by) for entry in later.timeline if entry.what.code.startswith("watch.")]
    assert told == [("watch.held", ""), ("watch.offered", "Lina"), ("watch.taken_from", "Huda")]


def test_a_watch_ends_by_itself_in_the_fold(run: Run) -> None:
    run.fold(Frame(TICK, START + 11 * H))
    assert run.site.picture().watch.holder == ""


def test_the_site_works_by_its_own_checklist_and_names_the_deputy(run: Run) -> None:
    duties = run.site.picture().response.duties
    assert [(duty.text_key, duty.owner) for duty in duties] == [("checklist.own.tugs", "own.harbour")]
    names = {name.of: (name.name_en, name.name_ar) for name in run.site.site.names}
    assert names["checklist.own.tugs"] == ("Recall the tugs", "استدعِ القاطرات")
    assert names["role.own.harbour"] == ("Harbour master", "ربّان الميناء")
    assert run.site.picture().telling.pending[0].deputies == ("Huda",)


@pytest.mark.parametrize("role", list(Role))
def test_the_role_is_in_the_frame(role: Role) -> None:
    action = replace(Acknowledge("Lina", "x"), role=role)
    record: dict[str, Any] = json.loads(json_from_action(action))
    assert record == {"action": "acknowledge", "by": "Lina", "role": role.value, "alarm_id": "x"}
    assert action_from_json(json_from_action(action)).role is role
