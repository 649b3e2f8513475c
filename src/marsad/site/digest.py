"""The digest of a run: one number that is equal only if every decision was."""

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from marsad.model.effect import Actuate, Announce
from marsad.model.flight import TrackFlight
from marsad.model.incident import Incident
from marsad.model.threat import ThreatAssessment
from marsad.model.threat_table import IDENTITIES, ThreatTable
from marsad.model.track import TrackTable
from marsad.model.warning import WarningEvent

_THREAT = np.dtype([("track_id", "<i8"), ("level", "u1"), ("weights", "<f8", 3)])
_IDENTITIES = [identity.encode() for identity in IDENTITIES]


class Noted(NamedTuple):
    """What a DIGEST frame says: the fold's digest and cycles after every frame before it, the segment's root.

    root      of the tree over the records of its segment before it, b"" if that is not known
    program   whose digest it is
    """

    digest: str
    cycles: int
    root: bytes
    program: str


def json_from_digest(digest: str, cycles: int, root: bytes, program: str) -> bytes:
    """The data of a DIGEST frame."""
    said = {"digest": digest, "cycles": cycles, "root": root.hex(), "program": program}
    return json.dumps(said, separators=(",", ":")).encode()


def digest_from_json(data: bytes) -> Noted | None:
    """What a DIGEST frame says, None if it cannot be read."""
    try:
        said = json.loads(data)
        root = bytes.fromhex(said["root"])
        return Noted(str(said["digest"]), int(said["cycles"]), root, str(said["program"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


class RunningDigest:
    """SHA-256 chained over tracks, threats, warnings, incidents, flights and announcements of every cycle."""

    def __init__(self) -> None:
        self._chain = bytes(32)

    def add(
        self,
        table: TrackTable,
        assessments: Sequence[ThreatAssessment],
        events: Sequence[WarningEvent],
        incidents: Sequence[Incident],
        flights: Sequence[TrackFlight] = (),
        words: Sequence[Announce | Actuate] = (),
    ) -> None:
        """Chain one cycle's results on, to the last bit of every float."""
        digest = hashlib.sha256(self._chain)
        digest.update(table.t_ns.to_bytes(8, "little", signed=True))
        for array in (table.track_id, table.mean, table.covariance, table.existence, table.modes):
            digest.update(array.tobytes())
        digest.update(_threats(ThreatTable.of(assessments)))
        for record in (*events, *incidents, *flights, *words):
            digest.update(repr(record).encode())
        for word in words:  # beside the rest: without one a run has the digest that it always had
            if isinstance(word, Announce) and word.announcement.former_zone is not None:
                digest.update(repr(word.announcement.former_zone).encode())
        self._chain = digest.digest()

    def hexdigest(self) -> str:
        """The digest so far, 64 hexadecimal characters."""
        return self._chain.hex()


def _threats(threats: ThreatTable) -> bytes:
    """Number, level, score, hostility, decibans and identity of each track."""
    rows = np.empty(len(threats), _THREAT)
    rows["track_id"], rows["level"] = threats.track_id, threats.level
    rows["weights"] = np.stack([threats.score, threats.hostility, threats.decibans], axis=1)
    data, size = rows.tobytes(), _THREAT.itemsize
    shown = enumerate(threats.identity.tolist())
    return b"".join(data[row * size : (row + 1) * size] + _IDENTITIES[one] for row, one in shown)
