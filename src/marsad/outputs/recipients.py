"""Whom a mail server or an SMS gateway tells: a list in a file of its own, and who of it has an announcement.

The settings of a site begin its journal, and no journal or log holds anybody's number or address: so these
stand in a file that the settings name, and are spoken of by the line where they stand there.
"""

import asyncio
import csv
import hashlib
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from marsad.errors import LinkError, OutrankedError
from marsad.links.plain_file import plain_bytes
from marsad.model.announcement import DrillAnnouncement, LiveAnnouncement
from marsad.outputs.kept import Kept
from marsad.outputs.precedence import rank, supersedes, whole_id
from marsad.report.wording import LANGUAGES as EACH
from marsad.report.wording import Language

RECIPIENTS_MAX = 500
FILE_BYTES_MAX = 100_000
Kind = Literal["address", "number"]
WRITTEN_IN = ("ar", "en", "both")
_COLUMNS = ["to", "language", "zones"]
_GOOD = {
    "address": re.compile(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
    ),
    "number": re.compile(r"\+[1-9][0-9]{6,14}"),
}
_SUCH = {"address": "mail address such as officer@site.example", "number": "number such as +9647901234567"}
_REMEMBERED = 100
_SALT = os.urandom(16)  # of this run: a label found in an old log leads to nobody


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person or group that is told; what it prints as holds no number and no address.

    zones  those that concern it; () for all
    line   where it stands in its file
    """

    to: str = field(repr=False)
    language: str
    zones: tuple[str, ...]
    line: int

    @property
    def label(self) -> str:
        """What it is called in logs and in the journal."""
        return f"line {self.line} ({hashlib.sha256(_SALT + self.to.encode()).hexdigest()[:6]})"

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages in which it is told."""
        return tuple(one for one in EACH if self.language in (one, "both"))

    def concerns(self, zone_id: str) -> bool:
        """Whether it is told of a zone; what concerns everybody concerns it."""
        return not self.zones or zone_id in ("", *self.zones)


def recipients_from(path: Path, kind: Kind) -> tuple[Recipient, ...]:
    """The recipients in a file. Raises LinkError, with the line and never what stands in it."""
    try:
        data = plain_bytes(path, FILE_BYTES_MAX)
        lines = data.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise LinkError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise LinkError(f"{path}: is no UTF-8 text") from error
    found: dict[str, Recipient] = {}
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and line.strip()[0] != "#"]
    if not rows or [one.strip() for one in rows[0][1].split(",")] != _COLUMNS:
        where = rows[0][0] if rows else 1
        raise LinkError(f"{path}, line {where}: the first line is {','.join(_COLUMNS)}")
    for number, line in rows[1:]:
        one = _recipient(f"{path}, line {number}", kind, number, line)
        if one.to in found:
            raise LinkError(f"{path}, line {number}: the same stands in line {found[one.to].line}")
        found[one.to] = one
    if not 1 <= len(found) <= RECIPIENTS_MAX:
        raise LinkError(f"{path}: has {len(found)} recipients; 1 to {RECIPIENTS_MAX} are needed")
    return tuple(found.values())


def _recipient(where: str, kind: Kind, number: int, line: str) -> Recipient:
    cells = [cell.strip() for cell in next(csv.reader([line]))]
    if not 2 <= len(cells) <= 3:
        raise LinkError(f"{where}: has {len(cells)} cells; {','.join(_COLUMNS)} are expected")
    to, language, zones = (*cells, "")[:3]
    if not _GOOD[kind].fullmatch(to):
        raise LinkError(f"{where}: the first cell is no {_SUCH[kind]}")
    if language not in WRITTEN_IN:
        raise LinkError(f"{where}: language is {language[:20]!r}; it is one of {', '.join(WRITTEN_IN)}")
    return Recipient(to, language, tuple(zones.split()), number)


@dataclass(slots=True)
class Round:
    """One announcement to its recipients; who has it is not told again when it is tried once more.

    refused      for whom it is refused for good, and why
    names        what the server calls the messages that it took
    is_needless  a later word took its place: whoever has not got it need not
    gives_way    something more urgent waits
    interrupted  one of the two
    """

    kept: Kept[LiveAnnouncement | DrillAnnouncement]
    recipients: tuple[Recipient, ...]
    refused: dict[int, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    is_needless: bool = False
    gives_way: bool = False
    interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    _has: set[tuple[int, str]] = field(default_factory=set)

    @property
    def word(self) -> LiveAnnouncement | DrillAnnouncement:
        """The announcement, by the clock as it is now."""
        return self.kept.word

    def go_on(self) -> None:
        """It is its turn again."""
        self.gives_way = False
        if not self.is_needless:
            self.interrupted.clear()

    def check_turn(self) -> None:
        """Raise LinkError where the next one need not be told, or OutrankedError where not before others."""
        if self.is_needless:
            raise LinkError("a later word about the same came while it was sent", "superseded")
        if self.gives_way:
            raise OutrankedError("something more urgent goes first")

    def take_over(self, whole: "Round") -> None:
        """It says a part of what another round said: whoever has that has this."""
        self._has |= whole._has

    def left(self) -> list[Recipient]:
        """Who has to be told yet."""
        return [one for one in self.recipients if one.line not in self.refused and self.languages_left(one)]

    def languages_left(self, recipient: Recipient) -> list[Language]:
        """The languages in which somebody has to be told yet."""
        return [one for one in recipient.languages if (recipient.line, one) not in self._has]

    def took(self, recipient: Recipient, languages: Iterable[str], name: str = "") -> None:
        """The server has it for one of them, and calls it by a name."""
        self._has |= {(recipient.line, language) for language in languages}
        if name:
            self.names.append(f"line {recipient.line}: {name}")

    @property
    def taken(self) -> int:
        """How many have it, in every language of theirs."""
        return sum(not self.languages_left(one) for one in self.recipients)

    def summary(self) -> str:
        """How many have it, and for whom it was refused."""
        said = f"{self.taken} of {len(self.recipients)} taken"
        if self.refused:
            first = "; ".join(list(self.refused.values())[:3])
            said += f"; refused for {len(self.refused)}: {first}"
        return said + (f"; {'; '.join(self.names)}" if self.names else "")

    def refuse(self, recipient: Recipient, why: str) -> None:
        """The server never takes it for one of them."""
        self.refused[recipient.line] = f"{recipient.label}: {why}"


class Rounds:
    """The rounds of late, by announcement; bounded."""

    def __init__(self, utc_offset_ns: Callable[[], int] = lambda: 0) -> None:
        """utc_offset_ns   UTC minus site time, as the words that are handed on now have it"""
        self._utc_offset_ns = utc_offset_ns
        self._rounds: OrderedDict[str, Round] = OrderedDict()

    def of(self, word: LiveAnnouncement | DrillAnnouncement, recipients: Sequence[Recipient]) -> Round:
        """The round of an announcement, begun or gone on with."""
        if (found := self._rounds.get(word.announcement_id)) is None:
            about = tuple(one for one in recipients if one.concerns(word.zone_id))
            found = self._rounds[word.announcement_id] = Round(Kept(word, self._utc_offset_ns), about)
            whole = self._rounds.get(whole_id(word.announcement_id))
            if whole is not None and whole is not found:
                found.take_over(whole)
            if len(self._rounds) > _REMEMBERED:
                self._rounds.popitem(last=False)
        found.go_on()
        return found

    def foresee(self, word: LiveAnnouncement | DrillAnnouncement) -> None:
        """A word was offered: what it takes the place of is needless, what is less urgent gives way."""
        for announcement_id, one in self._rounds.items():
            if announcement_id == word.announcement_id:
                continue
            one.is_needless |= supersedes(word, one.word)
            one.gives_way |= rank(word) < rank(one.word)
            if one.is_needless or one.gives_way:
                one.interrupted.set()


def unreached(
    recipients: Sequence[Recipient], zones: Sequence[str], serves: Callable[[str], bool]
) -> Iterator[str]:
    """What is wrong between a list and a site: zones that it has not, and zones whose alarms reach nobody.

    serves   whether the output is told of a zone
    """
    known = ", ".join(sorted(zones)) or "none"
    for one in recipients:
        for zone in one.zones:
            if zone not in zones:
                yield f"line {one.line}: this site has no zone {zone[:40]!r}; zones: {known}"
    for zone in zones:
        if serves(zone) and not any(one.concerns(zone) for one in recipients):
            yield f"nobody on the list is told of zone {zone!r}; leave zones empty for who is told of all"
