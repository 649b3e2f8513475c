"""Whether a journal is as it was written, and what a replay of it decides as was decided then.

Two proofs. The files: each record's CRC, its number, the tree over all records of a segment, whose root is
noted each minute, at its end and in the head of the next. The decisions: the fold's digest, noted each
minute, against that of a replay. The first needs no engine and is quick.

What this cannot show: a change by whoever rewrites everything behind it too, up to the newest file's end,
since no secret is in it. To be sure of that the last chain value must be kept elsewhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from marsad.errors import RecordingError
from marsad.model.frame import DIGEST, GAP, RETENTION, Frame
from marsad.model.reason import Reason
from marsad.site.digest import digest_from_json
from marsad.site.fold import SiteFold, fold_of
from marsad.site.journal_files import journals_of, numbered_segments, segment_path
from marsad.site.journal_reader import JournalReader, refuse_foreign
from marsad.site.resumption import taking_place
from marsad.site.retention import removed_in, removed_last
from marsad.site.seal import NOTHING, Seal, Tree
from marsad.site.sealing import take_in
from marsad.site.segment_reader import Damage, Record, SegmentReader, Story
from marsad.site.snapshot import program

_BLOCK_BYTES = 2**20
_FINDINGS_MAX = 200


class Finding(NamedTuple):
    """One thing that is not as it was written, with its place.

    code      of the sentence (`verify.…`)
    frame     so many frames of the file stand before it
    t_ns      of the last frame before it that could be read, 0 if there is none
    frame_count   of those that it is about, such as frames that are lost
    is_note       nothing is amiss by it
    until_t_ns    the change is between t_ns and this, where no place is known better
    """

    code: str
    file: str
    offset: int = 0
    frame: int = 0
    t_ns: int = 0
    frame_count: int = 0
    is_note: bool = False
    until_t_ns: int = 0

    def reason(self, clock: Callable[[int], str]) -> Reason:
        """The finding in words, by the catalogues; `clock` writes a time."""
        return Reason(
            f"verify.{self.code}",
            (
                ("file", self.file),
                ("offset", float(self.offset)),
                ("frame", float(self.frame)),
                ("time", clock(self.t_ns)),
                ("until", clock(self.until_t_ns)),
                ("frame_count", float(self.frame_count)),
            ),
        )


@dataclass(slots=True)
class Verdict:
    """What was found.

    digests   so many noted digests were equal in the replay; None where none was made
    chain     the chain's value behind the last file: kept elsewhere, it proves all of this
    """

    findings: list[Finding] = field(default_factory=list)
    segments: int = 0
    frames: int = 0
    digests: int | None = None
    chain: str = ""
    is_closed: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether nothing is amiss."""
        return all(finding.is_note for finding in self.findings)

    def add(self, finding: Finding) -> None:
        """Keep a finding, and no more than can be read."""
        if len(self.findings) < _FINDINGS_MAX:
            self.findings.append(finding)


def verify(
    path: Path, *, chain_only: bool = False, watch: Callable[[float], None] = lambda share: None
) -> Verdict:
    """Check a journal. Raises RecordingError if there is none, or another file.

    watch   told how much of it is read, 0 to 1
    """
    verdict = Verdict()
    found = numbered_segments(path)
    if not found:
        raise RecordingError(f"{path}: there is no such journal")
    with next(iter(found.values())).open("rb") as stream:
        refuse_foreign(Path(stream.name), stream)
    removed: set[bytes] = set()
    stubs: list[tuple[Finding, bytes]] = []
    before: tuple[int, Seal, str, bool] | None = None  # number, seal, file, whether it has an end
    versions: set[int] = set()
    for number, file in found.items():
        expected = 0 if before is None else before[0] + 1
        if number > expected:
            verdict.add(Finding("missing", segment_path(path, expected).name, frame_count=number - expected))
        checked = _Checked(file, number, verdict, removed)
        checked.read()
        versions.add(checked.story.version)
        checked.compare(before if number == expected else None)
        if checked.story.removed is not None:
            stubs.append(
                (Finding("removed", file.name, frame_count=checked.told.records), checked.told.chain)
            )
        before = number, checked.told, file.name, checked.story.is_closed
        verdict.is_closed = checked.story.is_closed
        if not checked.story.is_closed and number < max(found):
            verdict.add(Finding("crashed", file.name, checked.story.whole_until, is_note=True))
        verdict.segments += 1
        watch(verdict.segments / len(found) * (1.0 if chain_only else 0.3))
    if any(chain not in removed for _, chain in stubs):
        later = [other for other in journals_of(path.parent) if other.name > path.name]
        removed.update(removed_last(later))
    for stub, chain in stubs:
        verdict.add(stub._replace(is_note=True) if chain in removed else stub._replace(code="removed-untold"))
    if before is not None:
        verdict.chain = before[1].chain.hex()
    if versions == {1}:
        verdict.add(Finding("format-1", path.name, is_note=True))
    if not chain_only:
        _compare_with_replay(path, verdict, watch)
    return verdict


class _Checked:
    """One file, read to its end.

    told   its seal by its own end, or as found where it has none
    """

    def __init__(self, file: Path, number: int, verdict: Verdict, removed: set[bytes]) -> None:
        self.file, self.number, self.verdict = file, number, verdict
        self.story = Story()
        self.told = Seal(NOTHING, 0, 0)
        self._removed = removed
        self._tree = Tree()
        self._place = Record(Frame("", 0), 0, 0, 0, 0, False, b"")
        self._good = self._place  # the last one whose noted root was right
        self._is_harmed = self._is_told = False

    def read(self) -> None:
        """Take every record's sum and leaf; tell what is amiss."""
        with self.file.open("rb") as stream:
            reader = SegmentReader(stream)
            for item in reader.items():
                if isinstance(item, Damage):
                    self._tell_damage(item)
                else:
                    self._take(item)
                take_in(self._tree, item)
            self.story = reader.story
            found = Seal(self._tree.root(), self._tree.count, self.story.whole_until, self._previous())
            end = self.story.end
            self.told = found if end is None else end.seal
            if self.story.removed is None:
                self.verdict.frames += self._tree.count
                if end is not None and (end.seal.root, end.seal.records) != (found.root, found.records):
                    self._tell_rewritten()
            if self.story.is_closed and not self._is_harmed and self.story.data_crc and not self._is_summed():
                self._tell("marred", self.story.data_until)

    def compare(self, before: tuple[int, Seal, str, bool] | None) -> None:
        """Hold what the head says of the file before this one against that file."""
        head = self.story.head
        if head is None:
            if self.story.version == 2 and not self._is_harmed:
                self._tell("marred", 0)
            return
        if head.number != self.number:
            self._tell("renamed", 0)
        if self.story.end is not None and self.story.end.seal.previous != head.previous:
            self._tell("chain", 0)
        if before is None:
            return
        _, seal, name, has_end = before
        said = head.before
        if head.before_ended and not has_end:
            self.verdict.add(Finding("end-cut", name, seal.size, seal.records))
        if (said.root, said.records) != (seal.root, seal.records) or said.chain != seal.chain:
            code = "cut" if seal.records < said.records else "changed-since"
            missing = max(said.records - seal.records, 0)
            self.verdict.add(Finding(code, name, seal.size, seal.records, self._place.frame.t_ns, missing))

    def _previous(self) -> bytes:
        return NOTHING if self.story.head is None else self.story.head.previous

    def _take(self, record: Record) -> None:
        if record.is_mended:
            self._tell("mended", record.start)
        if record.frame.feed == DIGEST and not record.is_withheld:
            noted = digest_from_json(record.frame.data)
            if noted is not None and noted.root:
                if noted.root == self._tree.root():
                    self._good = record
                elif not self._is_told:
                    self._tell_rewritten()
        elif record.frame.feed == RETENTION:
            self._removed.update(removed_in(record.frame.data))
        self._place = record

    def _tell_damage(self, damage: Damage) -> None:
        codes = {"broken": "lost" if damage.lost else "damaged", "torn": "torn", "skeleton": "marred"}
        is_note = damage.why == "torn"
        self._is_harmed |= not is_note
        self._is_told |= not is_note
        self._tell(codes.get(damage.why, damage.why), damage.start, damage.lost, is_note=is_note)

    def _tell_rewritten(self) -> None:
        """Every record is whole, and they are not those that were written; or some are known to be lost."""
        if self._is_told:
            return
        self._is_told = True
        good = self._good
        self.verdict.add(
            Finding(
                *("rewritten", self.file.name, good.end, good.number, good.frame.t_ns),
                until_t_ns=self._place.frame.t_ns,
            )
        )

    def _tell(self, code: str, offset: int, count: int = 0, *, is_note: bool = False) -> None:
        place = self._place
        frames = place.number + 1 if place.end else 0
        self.verdict.add(Finding(code, self.file.name, offset, frames, place.frame.t_ns, count, is_note))

    def _is_summed(self) -> bool:
        crc, left = 0, self.story.data_until
        with self.file.open("rb") as whole:
            while left and (block := whole.read(min(left, _BLOCK_BYTES))):
                crc, left = crc32(block, crc), left - len(block)
        return crc == self.story.data_crc


def _compare_with_replay(path: Path, verdict: Verdict, watch: Callable[[float], None]) -> None:
    """Fold it again, and compare at every digest that was noted."""
    fold: SiteFold | None = None
    verdict.digests, last_ns = 0, 0
    reader = JournalReader(path)

    def note(code: str, frame: Frame, **more: Any) -> None:
        file = segment_path(path, reader.position.segment).name
        place = file, reader.position.offset, reader.position.frames
        verdict.add(Finding(code, *place, frame.t_ns)._replace(**more))

    try:
        for frame in _counted(reader, verdict.frames, watch):
            if any(flaw.kind in ("removed", "missing") for flaw in reader.flaws):
                note("partial", frame, is_note=True)
                break  # the frames that decided what is noted from here on are gone
            if fold is None:
                fold = fold_of(frame)
                continue
            if frame.feed == DIGEST:
                noted = digest_from_json(frame.data)
                if noted is None or noted.program != program():
                    note("program", frame, is_note=True)
                    break
                if noted.digest != fold.digest():
                    note("digest", frame, t_ns=last_ns, until_t_ns=frame.t_ns)
                    break
                verdict.digests, last_ns = verdict.digests + 1, frame.t_ns
            elif frame.feed == GAP:
                count = int(frame.data) if frame.data.isdigit() else 0
                note("gap", frame, frame_count=count, is_note=True)
                break  # from here on what happened then depends on what nobody has written down
            fold = taking_place(path, fold, frame, reader.position)
            fold.fold(frame)
    except RecordingError as error:
        verdict.add(Finding("unfoldable", f"{path.name} ({error})"))


def _counted(reader: JournalReader, total: int, watch: Callable[[float], None]) -> Iterator[Frame]:
    for number, frame in enumerate(reader.frames()):
        if number % 1_000 == 0:
            watch(0.3 + 0.7 * min(number / max(total, 1), 1.0))
        yield frame
