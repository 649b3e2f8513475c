"""What a journal holds, as a table."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from marsad.model.frame import Frame
from marsad.report.wording import Language, filled
from marsad.site.fold import SiteFold, fold_of
from marsad.site.journal import Flaw, JournalReader, segments
from marsad.site.resumption import taking_place


def inspect_journal(path: Path, console: Console, language: Language) -> list[Flaw]:
    """Print frames, bytes and times by feed, then what folding them counted; returns the flaws."""

    def tell(code: str, **arguments: float | str) -> None:
        console.print(filled(f"station.inspect.{code}", language, arguments), highlight=False, markup=False)

    def headers(*codes: str) -> list[str]:
        return [filled(f"station.inspect.{code}", language, {}) for code in codes]

    reader = JournalReader(path)
    frames: Counter[str] = Counter()
    size: Counter[str] = Counter()
    span: list[int] = []
    fold: SiteFold | None = None
    for frame in reader.frames():
        frames[frame.feed] += 1
        size[frame.feed] += len(frame.data)
        span = [span[0] if span else frame.t_ns, frame.t_ns]
        fold = _folded(reader, fold, frame)
    count = float(len(segments(path)))
    tell("file", file=str(path), segment_count=count, frame_count=float(sum(frames.values())))
    if not span or fold is None:
        return reader.flaws
    site = f"{fold.site.site_id} ({fold.site.mode.value})"
    begin, end = (_utc(t_ns + fold.utc_offset_ns) for t_ns in span)
    tell("span", begin=begin, end=end, site=site)
    table = Table(*headers("feed", "frames", "bytes"))
    for feed, number in sorted(frames.items()):
        table.add_row(feed, str(number), str(size[feed]))
    console.print(table)
    counts = Table(*headers("counter", "count"))
    for name, number in fold.picture().counters:
        counts.add_row(name, str(number))
    console.print(counts)
    tell("digest", digest=fold.digest())
    return reader.flaws


def _folded(reader: JournalReader, fold: SiteFold | None, frame: Frame) -> SiteFold:
    if fold is None:
        return fold_of(frame)
    fold = taking_place(reader.path, fold, frame, reader.position)
    fold.fold(frame)
    return fold


def _utc(t_ns: int) -> str:
    return datetime.fromtimestamp(t_ns * 1e-9, UTC).isoformat(timespec="seconds")
