"""What outlives the program: a checkpoint taken up goes on with what the site has said and people decided."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marsad.errors import RecordingError
from marsad.model.action import Acknowledge, AllClear, SetIdentity, TakeWatch
from marsad.model.announcement import AnnouncementKind
from marsad.model.threat import Identity
from marsad.site.checkpoint import checkpoint, taken_up
from marsad.site.fold import SiteFold

from .test_adoption import act, attacked, full, said, site, ticks, unlike, warned


def decided() -> SiteFold:
    fold = attacked()
    (alarm,) = warned(fold)
    act(fold, TakeWatch("Rana"))
    act(fold, Acknowledge("Rana", alarm.alarm_id))
    act(fold, SetIdentity("Rana", 1, Identity.HOSTILE))
    ticks(fold, 1.2)
    return fold


def test_alarm_incident_watch_identity_and_tracks_go_on_and_the_end_is_told() -> None:
    fold = decided()
    again, lost = taken_up(checkpoint(fold))
    assert lost == ""
    for one in (fold, again):
        ticks(one, 1.2)
    before, after = fold.picture(), again.picture()
    assert after.alarms == before.alarms and after.watch == before.watch
    assert after.incident == before.incident and again.digest() == fold.digest()
    assert [one.identity for one in after.assessments] == [Identity.HOSTILE]
    assert after.tracks.track_id.tolist() == before.tracks.track_id.tolist()
    assert after.sensors == before.sensors and after.telling.deliveries == before.telling.deliveries
    words = act(again, AllClear("Rana", "gate"))
    assert said(words) == [("hub", AnnouncementKind.ALL_CLEAR), ("tak", AnnouncementKind.ALL_CLEAR)]


def test_every_setting_of_every_part_leaves_it_writable_and_readable() -> None:
    fold = site(full())
    again, lost = taken_up(checkpoint(fold))
    assert lost == ""
    assert all("['_t_ns']" in place for place in unlike(again, fold)), "but for when settings were taken"


def test_it_is_json_and_holds_no_code() -> None:
    document = json.loads(checkpoint(decided()))
    assert document["format"] == 1 and set(document) == {
        *("format", "t_ns", "configuration", "parts", "feeds", "values", "rebuilt")
    }


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("format",), 7, "format 7"),
        (("parts", "_warner", "_colour"), 1, "_colour"),
        (("parts", "_siren"), {}, "_siren"),
        (("parts", "_time", "tie"), {"o": ["os:system", {}]}, "no class of Marsad"),
        (("parts", "_time", "tie"), {"o": ["marsad.errors:sys", {}]}, "no 'marsad.errors:sys'"),
        (("values", "counters"), {"e": ["marsad.model.site:Mode", "war"]}, "war"),
    ],
)
def test_what_this_program_does_not_know_is_refused_by_name(
    path: tuple[str, ...], value: object, named: str
) -> None:
    document = json.loads(checkpoint(decided()))
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(RecordingError, match=named):
        taken_up(json.dumps(document).encode())


def test_tracks_of_another_program_come_again_and_no_number_is_given_twice() -> None:
    fold = decided()
    document = json.loads(checkpoint(fold))
    document["rebuilt"]["_tracker"]["_store"] = {"o": ["marsad.tracking.store:OldStore", {}]}
    again, lost = taken_up(json.dumps(document).encode())
    assert "OldStore" in lost and len(again.picture().tracks) == 0
    assert [alarm.alarm_id for alarm in warned(again)] == [alarm.alarm_id for alarm in warned(fold)]
    assert again._tracker._next_id >= fold._tracker._next_id


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda held: held.pop("_pending"), "nothing is known of field '_pending'"),
        (lambda held: held.update(nonsense=1), "has no field 'nonsense'"),
    ],
)
def test_a_part_of_a_part_with_other_fields_is_refused_before_anything_is_folded(
    change: Callable[[dict[str, Any]], object], named: str
) -> None:
    document = json.loads(checkpoint(decided()))
    change(next(held for kind, held in objects(document["feeds"]) if kind.endswith(":Deframer")))
    with pytest.raises(RecordingError, match=named):
        taken_up(json.dumps(document).encode())


def objects(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in what was written, by its class."""
    if isinstance(value, dict):
        if isinstance(held := value.get("o"), list):
            yield held[0], held[1]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from objects(one)
