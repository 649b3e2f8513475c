"""Beats as bytes: what is signed is read, what is forged, torn or strange is not."""

import json
from dataclasses import replace

import pytest

from marsad.model.heartbeat import Beat, NoBeat

KEY = b"0123456789abcdef"
BEAT = Beat(
    "example", "live", 1_700_000_000_000, 1_700_000_000_123_456_789, 7, 2.0, 0.21, "faulty", ("a", "b")
)


@pytest.mark.parametrize("key", [None, KEY])
def test_what_is_written_is_read(key: bytes | None) -> None:
    assert Beat.from_bytes(BEAT.to_bytes(key), key) == BEAT
    assert Beat.from_bytes(BEAT.to_bytes(KEY), None) == BEAT, "who has no key cannot judge a signature"


def test_a_beat_of_another_key_without_one_or_changed_is_not_believed() -> None:
    changed = BEAT.to_bytes(KEY).replace(b'"sequence":7', b'"sequence":8')
    for data, why in (
        (BEAT.to_bytes(None), "unsigned"),
        (BEAT.to_bytes(KEY[::-1]), "forged"),
        (changed, "forged"),
    ):
        with pytest.raises(NoBeat, match=why):
            Beat.from_bytes(data, KEY)


@pytest.mark.parametrize(
    "change",
    [{"site": 5}, {"sequence": True}, {"utc_ms": 1e300}, {"utc_ms": None}, {"state": "fine"}, {"faults": "a"},
     {"site": "x" * 81}, {"version": 2}, {"marsad": "other"}, {"due_s": float("nan")}],
)  # fmt: skip
def test_what_is_no_beat_is_unreadable(change: dict[str, object]) -> None:
    record = json.loads(BEAT.to_bytes(None)) | change
    with pytest.raises(NoBeat, match="unreadable"):
        Beat.from_bytes(json.dumps(record).encode(), None)


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 3000, b"{}", b"{" + b" " * 5000 + b"}"])
def test_neither_are_strange_bytes(data: bytes) -> None:
    with pytest.raises(NoBeat, match="unreadable"):
        Beat.from_bytes(data, None)


def test_a_signature_of_no_letters_is_a_forgery() -> None:
    record = json.loads(BEAT.to_bytes(None)) | {"mac": "\ud800"}
    with pytest.raises(NoBeat, match="forged"):
        Beat.from_bytes(json.dumps(record).encode(), KEY)


def test_what_is_shown_of_a_beat_moves_no_cursor() -> None:
    beat = Beat.from_bytes(replace(BEAT, site="a\x1b[2Jb", faults=("x\ry",)).to_bytes(None), None)
    assert beat.site == "a?[2Jb" and beat.faults == ("x?y",)


def test_a_beat_fits_a_datagram_however_much_is_wrong() -> None:
    data = replace(BEAT, faults=tuple(f"fault-{number}" * 9 for number in range(500))).to_bytes(KEY)
    assert len(data) < 1_400
    assert Beat.from_bytes(data, KEY).faults[0].startswith("fault-0")
