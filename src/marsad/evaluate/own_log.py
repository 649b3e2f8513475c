"""What our site showed, and what was true, written as COURAGEOUS logs.

Heights of ours are above the ellipsoid WGS-84, those of the format above the geoid EGM96: the geoid's height
at the site is taken off, one number for all.
"""

from dataclasses import dataclass, field

import numpy as np

from marsad import __version__
from marsad.evaluate.courageous import (
    Alarm,
    Classification,
    Document,
    Place,
    Position3d,
    TrackingRecord,
    TrackSet,
    Velocity,
)
from marsad.evaluate.ground_truth import said_of
from marsad.evaluate.look import Array
from marsad.evaluate.paths import GAP_MAX_S, Paths
from marsad.geo.local import LocalFrame
from marsad.model.picture import Picture
from marsad.model.site import Site
from marsad.model.threat import DRONE_CLASSES, ThreatAssessment
from marsad.model.warning import AlarmState

VENDOR = "Marsad"
TRUTH_STEP_S = 1.0
_NS_PER_MS = 1_000_000


@dataclass(slots=True)
class _Stretch:
    """One unbroken track on its way to the log."""

    uas_id: int
    name: str
    last_t_ns: int
    records: list[TrackingRecord] = field(default_factory=list)


class _Book:
    """Records gathered into tracks; a gap begins a new one under the same uas_id."""

    def __init__(self, site: Site, geoid_m: float) -> None:
        self._site = site
        self._frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
        self._geoid_m = geoid_m
        self._stretches: list[_Stretch] = []
        self._open: dict[int, _Stretch] = {}
        self._number = 0

    def add(
        self,
        t_ns: int,
        uas_id: int,
        name: str,
        state: Array,
        classification: Classification,
        said: str,
        alarm: Alarm,
    ) -> None:
        """One state (6,) of an object at a time."""
        stretch = self._open.get(uas_id)
        if stretch is None or t_ns - stretch.last_t_ns > GAP_MAX_S * 1e9:
            stretch = self._open[uas_id] = _Stretch(uas_id, name, t_ns)
            self._stretches.append(stretch)
        stretch.last_t_ns = t_ns
        east, north, up = self._velocity(state)
        record = TrackingRecord(
            time=round(t_ns / _NS_PER_MS),
            record_number=self._number,
            classification=classification,
            identification=said,
            alarm=alarm,
            location=self._location(state[:3]),
            velocity=Velocity(east=east, north=north, up=up),
        )
        self._number += 1
        stretch.records.append(record)

    def document(self, system: str) -> Document:
        """Everything so far as a log."""
        site = self._site
        return Document(
            version="0.4.1",
            vendor_name=VENDOR,
            system_name=system,
            static_cuas_location=Place(
                lat=site.latitude_deg,
                lon=site.longitude_deg,
                height_amsl=round(site.height_m - self._geoid_m, 3),
            ),
            detection=(),
            tracks=tuple(
                TrackSet(uas_id=item.uas_id, name=item.name, records=tuple(item.records))
                for item in self._stretches
            ),
        )

    def _location(self, place: Array) -> Position3d:
        latitude, longitude, height = self._frame.geodetic_from_enu(place)
        return Position3d(
            lat=round(float(latitude), 8),
            lon=round(float(longitude), 8),
            height_amsl=round(float(height) - self._geoid_m, 3),
        )

    def _velocity(self, state: Array) -> list[float]:
        """About the object's own place, as the format wants it."""
        own = self._frame.rotation_enu_from_local(state[:3]).T @ state[3:]
        return [round(float(value), 4) for value in own]


class LogWriter:
    """Watches pictures of a site and makes a log of its tracks."""

    def __init__(self, site: Site, geoid_m: float) -> None:
        self._system = f"{__version__}, {site.site_id}"
        self._book = _Book(site, geoid_m)

    def see(self, picture: Picture) -> None:
        """Take in a picture."""
        alarmed = {
            number
            for alarm in picture.alarms
            if alarm.state is AlarmState.ACTIVE
            for number in alarm.active_ids
        }
        for item, state in zip(picture.assessments, picture.tracks.mean, strict=True):
            said = ", ".join(word for word in (item.class_name, item.identity.value, item.name) if word)
            alarm = Alarm(
                active=item.track_id in alarmed, certainty=round(float(np.clip(item.hostility, 0, 1)), 4)
            )
            self._book.add(
                picture.t_ns, item.track_id, f"track {item.track_id}", state, _called(item), said, alarm
            )

    def document(self) -> Document:
        """The log so far."""
        return self._book.document(self._system)


def truth_document(paths: Paths, site: Site, geoid_m: float, duration_s: float) -> Document:
    """A truth as a log of ground truth, a record a second of each object."""
    book = _Book(site, geoid_m)
    for t_s in np.arange(0.0, duration_s + 1e-9, TRUTH_STEP_S).tolist():
        rows, states = paths.at(t_s)
        t_ns = paths.start_t_ns + round(t_s * 1e9)
        for row, state in zip(rows.tolist(), states, strict=True):
            subject = paths.subjects[row]
            alarm = Alarm(active=subject.wanted, certainty=1.0)
            called: Classification = "UAV" if subject.is_drone else "Other"
            book.add(t_ns, row + 1, subject.name, state, called, said_of(subject), alarm)
    return book.document(f"ground truth, {site.site_id}")


def _called(item: ThreatAssessment) -> Classification:
    if item.class_name == "unknown":
        return "Unknown"
    return "UAV" if item.class_name in DRONE_CLASSES else "Other"
