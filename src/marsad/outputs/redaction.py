"""What servers and gateways answer, without any number, address or secret in it: it goes into the journal.

A gateway may say a number back as it pleases: in groups, in brackets, in other digits, or encoded for an
address. So what it says is read as a person would read it first, and that is what is shown.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

SAID_MAX = 120
WITHHELD = "… (it holds a number of the list)"
_READ_MAX = 2_000
_ROUNDS = 3  # encoded so often, at the most
# seven digits or more, whatever but letters stands between them: nobody's number is shorter
_NUMBER = re.compile(r"\+?\d(?:[\W_]*\d){6,}")
_ADDRESS = re.compile(r"[^\s<>\"':;,]+@[^\s<>\"':;,]+")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_CUT = re.compile(r"[\d\W_]+$")
_TAIL = 7  # so many last digits tell a number


def hidden(said: str, *secrets: str, numbers: Iterable[str] = ()) -> str:
    """What a server said, on one line, short, and without any number, address or secret in it.

    numbers  those of a list: where what is left still has one in it, nothing of it is said
    """
    read = as_read(said[:_READ_MAX])
    if len(said) > _READ_MAX:
        read = _CUT.sub(" ", read)  # half a number is one, too
    for one in secrets:
        read = read.replace(as_read(one), "…") if one else read
    shown = "".join(one if one.isprintable() else " " for one in read)
    shown = _ADDRESS.sub("…", _NUMBER.sub("…", shown))[:SAID_MAX].strip()
    return WITHHELD if holds_number(shown, numbers) else shown


def holds_number(said: str, numbers: Iterable[str]) -> bool:
    """Whether a number of a list can be read in what is said, whatever stands between its digits."""
    digits = "".join(one for one in as_read(said) if one.isdecimal())
    return any(_last(one) in digits for one in numbers)


def as_read(said: str) -> str:
    """A text as a person reads it: without encodings of addresses, pages and JSON, digits as 0 to 9."""
    for _ in range(_ROUNDS):
        plain = html.unescape(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), unquote(said)))
        if plain == said:
            break
        said = plain
    folded = unicodedata.normalize("NFKC", said)
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in folded)


def _last(number: str) -> str:
    return "".join(one for one in number if one.isdecimal())[-_TAIL:]
