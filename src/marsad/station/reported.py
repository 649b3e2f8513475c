"""Which closed incidents have been reported: of those the journals may be removed, of others not."""

import json
from pathlib import Path

from marsad.errors import MarsadError
from marsad.model.incident import Incident
from marsad.whole_file import write_whole

REPORTED = "reported.json"


def reported_in(directory: Path) -> frozenset[str]:
    """The incidents whose documents were written after they were closed; none where that is not known."""
    try:
        said = json.loads((directory / REPORTED).read_bytes())
        return frozenset(one for one in said if isinstance(one, str))
    except (OSError, ValueError, TypeError):
        return frozenset()


def note_reported(directory: Path, incident: Incident) -> None:
    """Keep in mind that the documents of an incident were written; an open one's are not the last."""
    known = reported_in(directory)
    if incident.closed_t_ns is None or incident.incident_id in known:
        return
    try:
        write_whole(
            directory / REPORTED, json.dumps(sorted({*known, incident.incident_id})).encode(), mode=0o600
        )
    except (OSError, MarsadError):
        return  # it is kept longer than it need be
