"""The digest of a run: one number that is equal only if every decision was."""

import hashlib
import struct
from collections.abc import Sequence

from marsad.model.flight import TrackFlight
from marsad.model.incident import Incident
from marsad.model.threat import ThreatAssessment
from marsad.model.track import TrackTable
from marsad.model.warning import WarningEvent

_THREAT = struct.Struct("<qBddd")


class RunningDigest:
    """SHA-256 chained over the tracks, threats, warnings, incidents and flights of every cycle."""

    def __init__(self) -> None:
        self._chain = bytes(32)

    def add(
        self,
        table: TrackTable,
        assessments: Sequence[ThreatAssessment],
        events: Sequence[WarningEvent],
        incidents: Sequence[Incident],
        flights: Sequence[TrackFlight] = (),
    ) -> None:
        """Chain one cycle's results on, to the last bit of every float."""
        digest = hashlib.sha256(self._chain)
        digest.update(table.t_ns.to_bytes(8, "little", signed=True))
        for array in (table.track_id, table.mean, table.covariance, table.existence, table.modes):
            digest.update(array.tobytes())
        for item in assessments:
            digest.update(_THREAT.pack(item.track_id, item.level, item.score, item.hostility, item.decibans))
            digest.update(item.identity.encode())
        for record in (*events, *incidents, *flights):
            digest.update(repr(record).encode())
        self._chain = digest.digest()

    def hexdigest(self) -> str:
        """The digest so far, 64 hexadecimal characters."""
        return self._chain.hex()
