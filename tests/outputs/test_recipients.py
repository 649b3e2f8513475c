"""Lists of recipients: read with the line of what is wrong, and nobody's number or address in any word."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.errors import LinkError
from marsad.model.announcement import AnnouncementKind, LiveAnnouncement
from marsad.outputs.precedence import remaining
from marsad.outputs.recipients import RECIPIENTS_MAX, Rounds, recipients_from, unreached
from marsad.outputs.redaction import SAID_MAX, hidden, holds_number

from .conftest import announced

HEAD = "to,language,zones\n"


def read(tmp_path: Path, text: str, kind: str = "number") -> object:
    path = tmp_path / "list.csv"
    path.write_text(text, "utf-8")
    return recipients_from(path, kind)  # type: ignore[arg-type]


def test_a_list_has_remarks_zones_and_languages(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "\ufeff# of June\n\n" + HEAD + "+9647901234567,ar,fuel hq\n+9647901234568, both\n", "utf-8"
    )
    first, second = recipients_from(path, "number")
    assert (first.line, first.language, first.zones) == (4, "ar", ("fuel", "hq"))
    assert second.languages == ("ar", "en") and second.concerns("fuel")
    assert first.concerns("fuel") and first.concerns("") and not first.concerns("gate")
    assert first.label.startswith("line 4 (") and "790" not in first.label and first.label != second.label


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the first line is to,language,zones"),
        ("+9647901234567,ar\n", "line 1: the first line is to,language,zones"),
        (HEAD, "has 0 recipients"),
        (HEAD + "07901234567,ar\n", "line 2: the first cell is no number such as"),
        (HEAD + "officer@site.example,ar\n", "line 2: the first cell is no number"),
        (HEAD + "+9647901234567,fr\n", "line 2: language is 'fr'; it is one of ar, en, both"),
        (HEAD + "+9647901234567\n", "line 2: has 1 cells"),
        (HEAD + "+9647901234567,ar,a,b\n", "line 2: has 4 cells"),
        (HEAD + "+9647901234567,ar\n+9647901234567,en\n", "line 3: the same stands in line 2"),
        (HEAD + "".join(f"+96479012{n:05},ar\n" for n in range(RECIPIENTS_MAX + 1)), "has 501 recipients"),
        (HEAD + "#" * 200_000, "at most 100000 are read"),
    ],
)
def test_what_is_wrong_is_said_by_its_line_and_never_quoted(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LinkError, match=said) as raised:
        read(tmp_path, text)
    assert "7901" not in str(raised.value).replace("+9647901234567", "").replace(str(tmp_path), "")
    assert "officer@" not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["a@b@c", "a b@c.example", "a@", "<a@b.example>", "a@b.example\x00", "é@b.c"]
)
def test_what_is_no_mail_address_is_none(tmp_path: Path, address: str) -> None:
    with pytest.raises(LinkError, match="no mail address"):
        read(tmp_path, HEAD + f"{address},en\n", "address")


def test_a_list_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="cannot be read"):
        recipients_from(tmp_path / "none.csv", "number")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LinkError, match="no UTF-8"):
        recipients_from(tmp_path / "bytes.csv", "number")


def test_what_servers_say_is_shown_without_numbers_addresses_and_secrets() -> None:
    said = "550 <officer@site.example> +964 790 123 45 67 or 07901234567 token hush\r\n\x1b[31m"
    shown = hidden(said, "hush", "")
    assert shown.startswith("550 <…> … or … token …") and shown.isprintable()
    assert len(hidden("x" * 10_000)) <= 120


NUMBER = "+9647901234567"
EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
AS_WRITTEN = (
    str,
    lambda text: text.translate(EASTERN),
    lambda text: text.translate(WIDE),
    lambda text: "".join(f"%{ord(one):02X}" for one in text),
    lambda text: quote(text.translate(EASTERN)),
    lambda text: "".join(f"&#{ord(one)};" for one in text),
    lambda text: "".join(f"&#x{ord(one):x};" for one in text),
    lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    lambda text: quote(quote(text)),
)
BETWEEN = st.one_of(
    st.sampled_from(["", " ", ".", "/", ") ", "-", " - ", "\u200f", "_", " . . . . "]), st.text(max_size=4)
)


@given(
    before=st.text(max_size=60),
    between=st.lists(BETWEEN, min_size=13, max_size=13),
    written=st.sampled_from(AS_WRITTEN),
    after=st.text(max_size=60),
)
def test_however_a_gateway_writes_a_number_nobody_reads_it_in_what_is_shown(
    before: str, between: list[str], written: Callable[[str], str], after: str
) -> None:
    said = before + "".join(written(one) + gap for one, gap in zip(NUMBER[1:], between, strict=False)) + after
    shown = hidden(said, numbers=[NUMBER])
    digits = "".join(str(unicodedata.decimal(one)) for one in shown if one.isdecimal())
    assert NUMBER[-7:] not in digits and len(shown) <= SAID_MAX
    assert not holds_number(shown, [NUMBER])


@pytest.mark.parametrize("written", AS_WRITTEN)
@pytest.mark.parametrize(
    "shape", ["{}", "00{}", "(964) 790/123.45_67", "964-790-123-4567", "+964 [790] 1234567"]
)
def test_a_number_of_nobody_on_the_list_is_hidden_too(shape: str, written: Callable[[str], str]) -> None:
    said = f"no credit for {written(shape.format(NUMBER[1:]))}, code 402"
    shown = hidden(said)
    assert shown.startswith("no credit for ") and "…" in shown and "code 402" in shown
    assert not any(part in shown for part in ("964", "790", "123", "45", "67"))


def test_what_a_list_prints_as_holds_no_number(tmp_path: Path) -> None:
    assert "790" not in repr(read(tmp_path, HEAD + f"{NUMBER},en\n"))


def test_zones_that_are_not_there_and_zones_that_nobody_watches(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(HEAD + "+9647901234567,ar,fule\n+9647901234568,ar,hq\n")
    found = list(
        unreached(recipients_from(path, "number"), ["fuel", "hq", "gate"], lambda zone: zone != "gate")
    )
    assert found == [
        "line 2: this site has no zone 'fule'; zones: fuel, gate, hq",
        "nobody on the list is told of zone 'fuel'; leave zones empty for who is told of all",
    ]


async def test_rounds_are_bounded_and_remember_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(HEAD + "+9647901234567,both\n+9647901234568,en\n")
    recipients = recipients_from(path, "number")
    rounds = Rounds()
    one = rounds.of(announced(1), recipients)
    one.took(recipients[0], ["ar"])
    assert one.left() == list(recipients) and one.languages_left(recipients[0]) == ["en"] and one.taken == 0
    one.took(recipients[0], ["en"])
    assert rounds.of(announced(1), recipients).left() == [recipients[1]] and one.taken == 1
    for number in range(2, 200):
        rounds.of(announced(number), recipients)
    assert rounds.of(announced(1), recipients).taken == 0, "long ago"


async def test_who_has_what_was_over_for_the_whole_site_is_not_told_it_again_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(HEAD + "+9647901234567,en\n+9647901234568,en\n")
    recipients, rounds = recipients_from(path, "number"), Rounds()
    whole = replace(announced(1, AnnouncementKind.ALL_CLEAR, alarm_id="old"), zone_id="")
    rounds.of(whole, recipients).took(recipients[0], ["en"])
    (part,) = remaining(announced(2), whole, ["fuel", "hq"])
    assert isinstance(part, LiveAnnouncement) and part.zone_id == "hq"
    assert rounds.of(part, recipients).left() == [recipients[1]]
