"""The watch is taken, offered and over by itself; nobody has it without having said so."""

import pickle

import pytest

from marsad.errors import ReceivedError
from marsad.model.action import ConfirmCard, HandOver, HeadCount, TakeWatch
from marsad.model.authority import OnWatch
from marsad.warning import Watchkeeper

S = 1_000_000_000
H = 3_600 * S


def codes(keeper: Watchkeeper) -> list[tuple[str, str]]:
    return [(line.what.code, line.by) for line in keeper.take_lines()]


def test_whoever_says_so_has_the_watch_until_it_ends_by_itself() -> None:
    keeper = Watchkeeper(13)
    keeper.act(5, HeadCount("Omar", True))
    assert keeper.watch == OnWatch() and keeper.opened() == []
    keeper.act(H, TakeWatch("Huda"))
    assert keeper.watch == OnWatch("Huda", H, 14 * H)
    (held,) = keeper.opened()
    assert dict(held.what.arguments) == {"holder": "Huda"}
    keeper.pass_time(14 * H - 1)
    assert keeper.watch.holder == "Huda"
    keeper.pass_time(14 * H)
    assert keeper.watch == OnWatch()
    assert codes(keeper) == [("watch.taken", "Huda"), ("watch.expired", "")]
    keeper.pass_time(15 * H)
    assert codes(keeper) == []


def test_it_is_taken_anew_for_the_whole_time_and_since_the_first() -> None:
    keeper = Watchkeeper(13)
    keeper.act(H, TakeWatch("Huda"))
    keeper.act(10 * H, TakeWatch("Huda"))
    assert keeper.watch == OnWatch("Huda", H, 23 * H)
    assert codes(keeper) == [("watch.taken", "Huda"), ("watch.renewed", "Huda")], "a watch begins once"


def test_who_hands_over_keeps_it_until_the_other_takes_it() -> None:
    keeper = Watchkeeper(13)
    keeper.act(H, TakeWatch("Huda"))
    keeper.act(2 * H, HandOver("Huda", " Omar ", "camera 2 is broken "))
    assert (keeper.watch.holder, keeper.watch.offered_to) == ("Huda", "Omar")
    assert keeper.watch.note == "camera 2 is broken"
    keeper.act(2 * H, HandOver("Huda", ""))
    assert (keeper.watch.offered_to, keeper.watch.note) == ("", "")
    keeper.act(3 * H, HandOver("Huda", "Omar"))
    keeper.act(4 * H, TakeWatch("Omar"))
    assert keeper.watch == OnWatch("Omar", 4 * H, 17 * H, taken_from="Huda")
    assert codes(keeper) == [
        ("watch.taken", "Huda"),
        ("watch.offered", "Huda"),
        ("watch.offered", "Huda"),
        ("watch.taken_from", "Omar"),
    ]


@pytest.mark.parametrize("to", ["Huda", "x" * 81, "a\nb"])
def test_it_is_offered_to_somebody_else_by_a_name(to: str) -> None:
    keeper = Watchkeeper(13)
    keeper.act(H, TakeWatch("Huda"))
    with pytest.raises(ReceivedError, match="name of somebody else"):
        keeper.act(H, HandOver("Huda", to))
    assert keeper.watch.offered_to == ""


def test_nobody_hands_over_what_another_has() -> None:
    keeper = Watchkeeper(13)
    with pytest.raises(ReceivedError, match="nobody has the watch"):
        keeper.act(H, HandOver("Omar", "Rana"))
    keeper.act(H, TakeWatch("Huda"))
    with pytest.raises(ReceivedError, match="Huda has the watch"):
        keeper.act(H, HandOver("Omar", "Rana"))


def test_that_the_card_is_right_outlives_the_watch() -> None:
    keeper = Watchkeeper(1)
    keeper.act(H, TakeWatch("Huda"))
    keeper.act(H + 1, ConfirmCard("Omar"))
    again: Watchkeeper = pickle.loads(pickle.dumps(keeper))
    again.pass_time(9 * H)
    assert again.watch == OnWatch(confirmed_t_ns=H + 1, confirmed_by="Omar")


def test_whoever_it_is_offered_to_may_decline_and_whoever_took_it_give_it_back() -> None:
    keeper = Watchkeeper(13)
    keeper.act(H, TakeWatch("Huda"))
    keeper.act(2 * H, HandOver("Huda", "Omar", "camera 2 is broken"))
    with pytest.raises(ReceivedError, match="Huda has the watch"):
        keeper.act(2 * H, HandOver("Rana", ""))
    keeper.act(2 * H, HandOver("Omar", ""))
    assert (keeper.watch.holder, keeper.watch.offered_to, keeper.watch.note) == ("Huda", "", "")
    keeper.act(3 * H, TakeWatch("Omar"))
    keeper.act(4 * H, TakeWatch("Omar"))
    assert keeper.watch.taken_from == "Huda", "said again: still from her"
    keeper.act(5 * H, HandOver("Omar", keeper.watch.taken_from))
    keeper.act(5 * H, TakeWatch("Huda"))
    assert keeper.watch == OnWatch("Huda", 5 * H, 18 * H, taken_from="Omar")
    assert ("watch.declined", "Omar") in codes(keeper)
