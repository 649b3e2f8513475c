"""The fault that takes most from the air picture and from alarms is told first."""

import json
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from marsad.model.site_fault import _RANK, worst_first

ROOT = Path(__file__).parents[2]


def test_a_record_that_was_deleted_is_told_before_what_comes_of_it() -> None:
    raised = ("register.renewing", "journal.unsafe", "disk.low", "record.gone")
    assert worst_first(raised) == ("record.gone", "journal.unsafe", "register.renewing", "disk.low")
    told = worst_first(("record.gone", "output.down:siren-east", "output.down:siren-west"))
    assert told == ("output.down:siren-east", "output.down:siren-west", "record.gone"), "who hears no alarm"


def test_every_fault_that_the_console_words_has_its_rank() -> None:
    words = json.loads((ROOT / "console" / "src" / "i18n" / "en.json").read_text("utf-8"))
    codes = {key.removeprefix("fault.") for key in words if re.match(r"fault\.([a-z]+\.|settings-)", key)}
    codes = {code for code in codes if not code.startswith(("more", "output"))}
    assert codes <= _RANK.keys()
    assert {"journal.unwritable", "record.gone", "settings-refused"} <= codes


@given(st.lists(st.sampled_from([*_RANK, "output.down:a", "output.failing:b", "some.other"])))
def test_no_fault_is_lost_or_told_twice(codes: list[str]) -> None:
    told = worst_first(codes)
    assert sorted(told) == sorted(set(codes)) and worst_first(told) == told
