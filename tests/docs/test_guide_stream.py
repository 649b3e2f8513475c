"""The page on building on it: its messages, its codes and its kinds are those of the stream."""

import json
import re
from pathlib import Path

import pytest

from marsad.server import sockets
from marsad.stream.mailbox import Wanted
from marsad.stream.records import KINDS, RECORDS
from marsad.stream.wishes import wish_from_text

from ..server.stream.following import judged

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
PAGES = [GUIDE / language / "build-on-it.md" for language in ("en", "ar")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_the_page_shows_what_is_sent_and_understood(page: Path) -> None:
    text = page.read_text("utf-8")
    message, wish = re.findall(r"```json\n(.*?)```", text, re.S)
    assert judged(message)["how"] == "retracted"
    assert wish_from_text(wish, Wanted()) == Wanted(("alarm", "delivery"), 2)
    named = set(re.findall(r"`(\w+)`", text))
    kinds = {record.__annotations__["kind"].__args__[0] for record in RECORDS}
    assert kinds | set(KINDS) <= named
    codes = {sockets.BAD_WISH, sockets.UNKNOWN, sockets.NOT_READING, sockets.TOO_MANY}
    assert {int(code) for code in re.findall(r"^\| (44\d\d) \|", text, re.M)} == codes


def test_the_message_of_the_page_is_spelled_as_it_is_sent() -> None:
    (message, _) = re.findall(r"```json\n(.*?)```", PAGES[0].read_text("utf-8"), re.S)
    assert list(json.loads(message))[:2] == ["version", "sequence"]
