"""The security log of a site, read from its journal."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from marsad.errors import ReceivedError
from marsad.model.frame import CLOCK, CONFIGURATION, SECURITY
from marsad.model.security import Happening, SecurityEvent, event_from_json
from marsad.model.visible import escaped
from marsad.report.wording import Language, catalogue, filled
from marsad.site.journal import Flaw, JournalReader
from marsad.site.security_log import SecurityLine, SecurityLog
from marsad.site.site_time import SiteTime

_COLUMNS = ("time", "what", "by", "of", "address", "count")


def security_of(path: Path) -> tuple[list[SecurityLine], list[Flaw]]:
    """Every line of a journal's security log by UTC, oldest first; and where the journal is damaged."""
    reader, time, configuration = JournalReader(path), SiteTime(), b""
    found: list[SecurityLine] = []
    for frame in reader.frames():
        if frame.feed == CLOCK:
            try:
                time.hear(frame.t_ns, frame.data)
            except ValueError:
                continue
        elif frame.feed == CONFIGURATION:
            if configuration:
                log = SecurityLog()
                log.note_settings(frame.t_ns + time.utc_offset_ns, are_same=frame.data == configuration)
                found += log.lines()
            configuration = frame.data
        elif frame.feed == SECURITY:
            try:
                found.append(SecurityLine(frame.t_ns + time.utc_offset_ns, event_from_json(frame.data)))
            except ReceivedError:
                continue
    return found, reader.flaws


def table_of(lines: Sequence[SecurityLine], language: Language) -> Table:
    """A row for each line; what peers said of themselves rules no terminal."""
    table = Table()
    for code in _COLUMNS:
        table.add_column(filled(f"security.column.{code}", language, {}), no_wrap=code in ("time", "count"))
    for one in lines:
        event = one.event
        what = filled(f"security.{event.what.value}", language, {})
        texts = (escaped(text) for text in (event.by, done_to(event, language), event.address))
        table.add_row(moment(one.t_ns), what, *texts, str(event.count))
    return table


def done_to(event: SecurityEvent, language: Language) -> str:
    """What or whom a line is about, in words: a role, a permission, what became of an account."""
    match event.what:
        case Happening.ACCOUNT if event.was or event.became:
            how = "role" if event.was != event.became else "password"
            how = "made" if not event.was else "gone" if not event.became else how
            was, became = (_word("security.role", code, language) for code in (event.was, event.became))
            return filled(
                f"security.account.{how}", language, {"name": event.of, "was": was, "became": became}
            )
        case Happening.SIGNED_IN:
            return _word("security.role", event.of, language)
        case Happening.REFUSED:
            return _word("permission", event.of, language)
    return event.of


def _word(group: str, code: str, language: Language) -> str:
    """The words for a code; the code itself where there are none."""
    return catalogue(language).get(f"{group}.{code}", code)


def moment(t_ns: int) -> str:
    """A time of UTC to the second."""
    return f"{datetime.fromtimestamp(t_ns // 10**9, UTC):%Y-%m-%d %H:%M:%SZ}"
