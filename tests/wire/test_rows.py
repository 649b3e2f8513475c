"""The one rule by which records of the model become records of the wire."""

from dataclasses import dataclass
from enum import StrEnum

import pytest
from typing_extensions import TypedDict

from marsad.wire.rows import row_of


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Thing:
    name: str
    colour: Colour
    parts: tuple[Colour, ...]
    t_ns: int
    seen_t_ns: int
    gone_t_ns: int
    hidden: str = "not for the wire"


class Sent(TypedDict):
    name: str
    colour: str
    parts: list[str]
    t_ms: int
    seen_t_ms: int | None
    gone_t_ms: int | None
    count: int


class Longer(Sent):
    lacking: str


def test_a_row_has_what_the_wire_names_and_nothing_else() -> None:
    thing = Thing("a", Colour.RED, (Colour.RED,), 0, 1_999_999, 0)
    row = row_of(thing, Sent, count=2)
    assert row == {
        **{"name": "a", "colour": "red", "parts": ["red"]},
        **{"t_ms": 0, "seen_t_ms": 1, "gone_t_ms": None, "count": 2},
    }
    assert type(row["colour"]) is str
    with pytest.raises(AttributeError, match="lacking"):
        row_of(thing, Longer, count=2)
