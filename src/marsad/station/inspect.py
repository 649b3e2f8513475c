"""What a journal holds, as a table."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from marsad.model.frame import Frame
from marsad.site.fold import SiteFold, fold_of
from marsad.site.journal import JournalReader, segments


def inspect_journal(path: Path, console: Console) -> None:
    """Print frames, bytes and times by feed, then what folding them counted and refused."""
    reader = JournalReader(path)
    frames: Counter[str] = Counter()
    size: Counter[str] = Counter()
    span: list[int] = []
    fold: SiteFold | None = None
    for frame in reader.frames():
        frames[frame.feed] += 1
        size[frame.feed] += len(frame.data)
        span = [span[0] if span else frame.t_ns, frame.t_ns]
        fold = _folded(fold, frame)
    console.print(f"{path}: {len(segments(path))} segments, {sum(frames.values())} frames")
    for sentence in reader.torn:
        console.print(sentence)
    if not span or fold is None:
        return
    console.print(
        f"from {_utc(span[0])} to {_utc(span[1])}, site {fold.site.site_id} ({fold.site.mode.value})"
    )
    table = Table("feed", "frames", "bytes")
    for feed, count in sorted(frames.items()):
        table.add_row(feed, str(count), str(size[feed]))
    console.print(table)
    counts = Table("counter", "count")
    for name, count in fold.picture().counters:
        counts.add_row(name, str(count))
    console.print(counts)
    console.print(f"digest {fold.digest()}", highlight=False)


def _folded(fold: SiteFold | None, frame: Frame) -> SiteFold:
    if fold is None:
        return fold_of(frame)
    fold.fold(frame)
    return fold


def _utc(t_ns: int) -> str:
    return datetime.fromtimestamp(t_ns * 1e-9, UTC).isoformat(timespec="seconds")
