"""A COURAGEOUS log of ground truth as paths of objects.

Each uas_id of its tracks is one object. Of what it is the format knows UAV or Other; more may be said in
``identification`` of any record, as free text that the format allows: words such as
``class=owa hostile=yes friend=no``, with a class of ours.
"""

import re
from dataclasses import replace

import numpy as np

from marsad.evaluate.courageous import Document, Log, TrackSet
from marsad.evaluate.foreign_log import LogReader
from marsad.evaluate.look import DRONE_WORDS, Subject
from marsad.evaluate.paths import LoggedPaths, Segment, arrivals_s, segment_of
from marsad.geo.local import LocalFrame
from marsad.model.reason import Reason
from marsad.model.site import Site
from marsad.model.threat import THREAT_CLASSES

_SAID = re.compile(r"\b(class|hostile|friend)=([a-z_]+)")
_GATES_M = {"owa": 300.0, "crewed": 500.0, "ballistic": 500.0, "Other": 300.0}
_GATE_M = 150.0
_RIGHT = {
    "UAV": DRONE_WORDS,
    "Other": frozenset({"Other", "crewed", "balloon", "bird", "ballistic"}),
    "Unknown": frozenset({"Unknown", "unknown"}),
}


def start_of(document: Document) -> int:
    """The first time of a truth, UTC nanoseconds; 0 if it holds no record."""
    return min((record.time for part in document.tracks for record in part.records), default=0) * 1_000_000


def read_truth(
    log: Log, frame: LocalFrame, geoid_m: float, site: Site | None, start_t_ns: int
) -> tuple[LoggedPaths, list[Reason]]:
    """The paths of a truth in a frame, and what of it could not be used."""
    reader = LogReader(frame, start_t_ns, geoid_m)
    eye = log.document.static_cuas_location
    segments: dict[int, list[Segment]] = {}
    parts: dict[int, list[TrackSet]] = {}
    unused = 0
    for part in log.document.tracks:
        records = [record for record in part.records if record.classification != "GCS"]
        states = [(reader.seconds(record), reader.state(record, eye)) for record in records]
        good = [(t_s, state) for t_s, state in states if state is not None and np.isfinite(state[2])]
        unused += len(states) - len(good)
        if good:
            t_s, placed = np.array([t for t, _ in good]), np.array([state for _, state in good])
            segments.setdefault(part.uas_id, []).append(segment_of(t_s, placed))
            parts.setdefault(part.uas_id, []).append(part)
    zones = () if site is None else site.zones
    subjects = []
    for uas_id, some in segments.items():
        subject = _subject(uas_id, parts[uas_id])
        arrivals = arrivals_s(some, zones) if subject.wanted else {}
        end_s = max(float(segment.t_s[-1]) for segment in some)
        subjects.append(replace(subject, arrivals_s=arrivals, end_s=end_s))
    notes = []
    if unused:
        notes.append(Reason("evaluate.note.truth-unplaced", (("number", float(unused)),)))
    if not subjects:
        notes.append(Reason("evaluate.note.empty-truth"))
    return LoggedPaths(start_t_ns, tuple(subjects), list(segments.values())), notes


def _subject(uas_id: int, parts: list[TrackSet]) -> Subject:
    said: dict[str, str] = {}
    classification = "Unknown"
    for part in parts:
        for record in part.records:
            said.update(_SAID.findall(record.identification or ""))
            if record.classification in ("UAV", "Other"):
                classification = record.classification
    name = next((part.name for part in parts if part.name), f"uas {uas_id}")
    own = said.get("class", "")
    class_name, right = classification, _RIGHT[classification]
    if own in THREAT_CLASSES:
        class_name, right = own, frozenset({own, classification})
    hostile = {"yes": True, "no": False}.get(said.get("hostile", ""))
    gate_m = _GATES_M.get(class_name, _GATE_M)
    return Subject(name, class_name, right, hostile, said.get("friend") == "yes", gate_m)


def said_of(subject: Subject) -> str:
    """What `identification` of a truth of ours says."""
    words = [f"class={subject.class_name}"]
    if subject.hostile is not None:
        words.append(f"hostile={'yes' if subject.hostile else 'no'}")
    words.append(f"friend={'yes' if subject.friend else 'no'}")
    return " ".join(words)
