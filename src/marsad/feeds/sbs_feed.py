"""An ADS-B receiver's BaseStation stream as a feed.

Position, velocity and callsign of one aircraft come in different lines; each position line
becomes a detection with the freshest of the others. What an aircraft says of itself is a claim.
"""

from dataclasses import dataclass, replace
from math import cos, hypot, nan, radians, sin

from marsad.errors import ReceivedError
from marsad.feeds.budget import Bucket, Budget
from marsad.feeds.feed import Received, Refusal
from marsad.feeds.position import SiteFrame, Three
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.rhythm import Rhythm
from marsad.feeds.sbs import Line, parsed
from marsad.feeds.settings import SbsSettings
from marsad.feeds.shares import Shares
from marsad.feeds.stamps import Stamps
from marsad.geo.local import LocalFrame
from marsad.model.detection import NOTHING_CLAIMED, Claim, ClaimedState, ClaimSource, Detection, Measurement
from marsad.model.effect import Hangup
from marsad.model.frame import Frame, FrameKind
from marsad.model.overload import Shed
from marsad.model.sensor import Sensor, SensorHealth, SensorKind

FOOT_M = 0.3048
KNOT_MPS = 1852 / 3600
LINKS_MAX = 4
_SAVED_S = 10  # a site that was busy for so long reads what a receiver sent meanwhile at once
_NO_VELOCITY: Three = (nan, nan, nan)


@dataclass(slots=True)
class Aircraft:
    """What an aircraft has said lately; times are those of its lines."""

    last_t_ns: int
    callsign: str = ""
    altitude_ft: float = nan
    altitude_t_ns: int = 0
    geometric: bool = False
    velocity_local: Three = _NO_VELOCITY
    velocity_t_ns: int = 0
    is_on_ground: bool = False
    said: ClaimedState = NOTHING_CLAIMED

    def hear(self, line: Line, t_ns: int) -> None:
        """Take in all that a line says, except where the aircraft is and whether it is on the ground."""
        if line.callsign:
            self.callsign = line.callsign
        if line.altitude_ft == line.altitude_ft:
            self.altitude_ft, self.altitude_t_ns, self.geometric = line.altitude_ft, t_ns, line.geometric
        if line.ground_speed_kt == line.ground_speed_kt and line.track_deg == line.track_deg:
            speed, track = line.ground_speed_kt * KNOT_MPS, radians(line.track_deg)
            climb = line.vertical_rate_fpm * FOOT_M / 60
            self.velocity_local = (speed * sin(track), speed * cos(track), climb)
            self.velocity_t_ns = t_ns
        said = self.said
        told = (
            line.squawk or said.squawk,
            said.alert if line.alert is None else line.alert,
            said.emergency if line.emergency is None else line.emergency,
            said.ident if line.ident is None else line.ident,
        )
        if told != (said.squawk, said.alert, said.emergency, said.ident):
            self.said = ClaimedState(*told)

    def claimed(self, altitude_ft: float, climb_mps: float, source: ClaimSource) -> ClaimedState:
        """What it says of itself with a position, altitude and climb as far as they are fresh (else NaN)."""
        said = self.said
        return ClaimedState(
            said.squawk,
            said.alert,
            said.emergency,
            said.ident,
            self.is_on_ground,
            climb_mps=climb_mps if climb_mps == climb_mps else None,
            altitude_m=altitude_ft * FOOT_M if altitude_ft == altitude_ft else None,
            geometric=self.geometric and altitude_ft == altitude_ft,
            source=source,
        )


class SbsFeed:
    """One receiver; it is the sensor, its aircraft are the objects."""

    def __init__(self, settings: SbsSettings, frame: LocalFrame) -> None:
        self.name = settings.name
        self.settings = settings
        self.counters: dict[str, int] = {}
        self.utc_offset_ns = 0
        self.shares = Shares()
        self._stamps = Stamps(settings.past_max_s, settings.future_max_s)
        self._site = SiteFrame.of(frame)
        self._pending: dict[int, bytes] = {}
        self._overlong: dict[int, None] = {}
        self._aircraft: dict[str, Aircraft] = {}
        self._lines = Bucket(settings.lines_per_s_max, depth_s=1 + _SAVED_S)
        self._faults = Budget(settings.faults_per_s_max)
        sigma = settings.position_sigma_m
        self._sensor = Sensor(
            settings.name,
            settings.name,
            SensorKind.ADSB,
            settings.name,
            sigmas=(sigma, nan, nan, nan),
            health=SensorHealth.LOST,
            note="no line yet",
        )
        self._last_t_ns = 0
        self._rhythm = Rhythm(int(settings.silent_max_s * 1e9))

    def adopt(self, t_ns: int, settings: SbsSettings) -> Received:
        """From now on these settings hold; the aircraft that are known stay."""
        self.settings = settings
        self._stamps.bound(settings.past_max_s, settings.future_max_s)
        self._lines.bound(settings.lines_per_s_max)
        self._faults.per_s_max = settings.faults_per_s_max
        self._sensor = replace(self._sensor, sigmas=(settings.position_sigma_m, nan, nan, nan))
        self._rhythm.silent_max_ns = int(settings.silent_max_s * 1e9)
        return Received(sensors=list(self.sensors()) if self._last_t_ns else [])

    def receive(self, frame: Frame) -> Received:
        """Take one chunk of the stream, or its opening or closing."""
        received = Received()
        if frame.kind is not FrameKind.DATA:
            if self._pending.pop(frame.link, b"").strip():
                self._count(RefusalReason.FRAME_TRUNCATED)
            self._overlong.pop(frame.link, None)
            self._rhythm.link, self._rhythm.is_open = frame.link, frame.kind is FrameKind.OPENED
            self._rhythm.begins(frame.t_ns)
            if frame.kind is FrameKind.CLOSED and self._sensor.health is SensorHealth.OK:
                self._become(SensorHealth.DEGRADED, "connection closed", received)
            return received
        self._rhythm.heard(frame.t_ns, frame.link)
        for line in self._complete_lines(frame, received):
            self._line(line, frame, received)
        return received

    def advance(self, t_ns: int) -> Received:
        """Lose a silent receiver; forget silent aircraft."""
        received = Received()
        keep_ns = int(self.settings.aircraft_keep_s * 1e9)
        while self._aircraft:
            icao, oldest = next(iter(self._aircraft.items()))
            if t_ns - oldest.last_t_ns <= keep_ns:
                break
            del self._aircraft[icao]
            self._count("aircraft-expired")
        silent_ns = int(self.settings.silent_max_s * 1e9)
        if self._sensor.health is not SensorHealth.LOST and t_ns - self._last_t_ns > silent_ns:
            self._count("receiver-lost")
            self._become(SensorHealth.LOST, f"no line for {self.settings.silent_max_s:g} s", received)
        if self._rhythm.is_broken(t_ns):
            # a server that died without closing, or forgot us: a new connection is the only question there is
            self._rhythm.give_up()
            self._count("silent-redialled")
            received.hangups.append(Hangup(self.name, self._rhythm.link, "receiver-silent"))
        return received

    def sensors(self) -> tuple[Sensor, ...]:
        """The receiver; it has no place of its own."""
        return (replace(self._sensor, last_t_ns=self._last_t_ns),)

    def _count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1

    def _become(self, health: SensorHealth, note: str, received: Received) -> None:
        self._sensor = replace(self._sensor, health=health, note=note, last_t_ns=self._last_t_ns)
        received.sensors.append(self._sensor)

    def _refuse(self, fault: ReceivedError, frame: Frame, received: Received) -> None:
        self._count(fault.reason)
        if self._faults.take(frame.t_ns):
            received.refusals.append(
                Refusal(self.name, frame.t_ns, fault.reason, fault.detail, frame.link, self.name)
            )
        else:
            self._count("refusals-untold")

    def _complete_lines(self, frame: Frame, received: Received) -> list[bytes]:
        """The lines completed by a chunk; keeps less than one line of a connection."""
        lines = (self._pending.pop(frame.link, b"") + frame.data).split(b"\n")
        rest = lines.pop()
        if lines and frame.link in self._overlong:
            del self._overlong[frame.link]
            del lines[0]
        kept = []
        for line in lines:
            if len(line) > self.settings.line_bytes_max:
                self._refuse(self._too_long(line), frame, received)
            else:
                kept.append(line)
        if frame.link in self._overlong:
            return kept
        if len(rest) > self.settings.line_bytes_max:
            self._refuse(self._too_long(rest), frame, received)
            self._overlong[frame.link] = None
        elif rest:
            if len(self._pending) >= LINKS_MAX:
                self._pending.pop(next(iter(self._pending)))
                self._count(RefusalReason.FRAME_TRUNCATED)
            self._pending[frame.link] = rest
        return kept

    def _too_long(self, line: bytes) -> ReceivedError:
        return ReceivedError(
            RefusalReason.LINE_TOO_LONG,
            f"{line[:40]!r} … is longer than {self.settings.line_bytes_max} bytes: "
            "is this a BaseStation stream?",
        )

    def _line(self, data: bytes, frame: Frame, received: Received) -> None:
        if not self._lines.take(frame.t_ns):
            received.left_out[Shed.MESSAGES, self.name] += 1
            if self._lines.just_exceeded:
                limit = self.settings.lines_per_s_max
                fault = ReceivedError(
                    RefusalReason.FLOOD, f"more than {limit} lines in a second (lines_per_s_max)"
                )
                self._refuse(fault, frame, received)
            else:
                self._count(RefusalReason.FLOOD)
            return
        if not self.shares.take(self.name, frame.t_ns):
            received.left_out[Shed.SHARE, self.name] += 1
            self._count("over-share")
            self._alive(frame, received)
            return
        self._count("lines")
        try:
            line = parsed(data)
            if line is not None:
                self._take(line, frame, received)
            elif not data.strip():
                self._alive(frame, received)
        except ReceivedError as fault:
            self._refuse(fault, frame, received)

    def _take(self, line: Line, frame: Frame, received: Received) -> None:
        self._alive(frame, received)
        t_ns = self._time(line, frame.t_ns)
        aircraft = self._known(line.icao, t_ns, frame.t_ns)
        for name in line.unread:
            self._count(f"unread-{name}")
        aircraft.hear(line, t_ns)
        aircraft.is_on_ground = self._on_ground(line, aircraft, t_ns)
        if line.latitude_deg == line.latitude_deg and line.longitude_deg == line.longitude_deg:
            if aircraft.is_on_ground:
                self._count("on-ground")
                return
            received.detections.append(self._detection(line, aircraft, t_ns))
            self._count("detections")

    def _alive(self, frame: Frame, received: Received) -> None:
        """It has sent something valid; an empty line says that there is nothing to report."""
        self._last_t_ns = max(self._last_t_ns, frame.t_ns)
        if not received.heard:
            received.heard.append(self.name)
        if self._sensor.health is not SensorHealth.OK:
            self._become(SensorHealth.OK, "", received)

    def _on_ground(self, line: Line, aircraft: Aircraft, t_ns: int) -> bool:
        """Whether it stands or rolls: a place in the air is in the air, a flag that cannot be is counted."""
        says = line.on_ground
        if says is None:
            says = {2: True, 3: False}.get(line.message_type, aircraft.is_on_ground)
        if not says:
            return False
        fresh_ns = int(self.settings.velocity_fresh_s * 1e9)
        speed = hypot(*aircraft.velocity_local[:2]) if t_ns - aircraft.velocity_t_ns <= fresh_ns else nan
        height = aircraft.altitude_ft * FOOT_M - self._site.height_m
        high = t_ns - aircraft.altitude_t_ns <= fresh_ns and height > self.settings.ground_height_max_m
        if high or speed > self.settings.ground_speed_max_mps:
            self._count("ground-flag-contradicted")
            return False
        return True

    def _time(self, line: Line, receive_t_ns: int) -> int:
        """The generated time if it can be right, else the receive time."""
        if line.generated_t_ns is not None:
            generated = self._stamps.site_t_ns(line.generated_t_ns, receive_t_ns, self.utc_offset_ns)
            late_s = (receive_t_ns - generated) / 1e9
            if -self.settings.future_max_s <= late_s <= self.settings.past_max_s:
                return generated
        self._count("time-implausible")
        return receive_t_ns

    def _known(self, icao: str, t_ns: int, receive_t_ns: int) -> Aircraft:
        """The aircraft of an address, now the newest of the table."""
        aircraft = self._aircraft.pop(icao, None)
        if aircraft is None:
            if len(self._aircraft) >= self.settings.aircraft_max:
                del self._aircraft[next(iter(self._aircraft))]
                self._count("aircraft-dropped")
            aircraft = Aircraft(receive_t_ns)
        aircraft.last_t_ns = receive_t_ns
        self._aircraft[icao] = aircraft
        return aircraft

    def _detection(self, line: Line, aircraft: Aircraft, t_ns: int) -> Detection:
        settings = self.settings
        latitude, longitude = radians(line.latitude_deg), radians(line.longitude_deg)
        fresh_ns = int(settings.velocity_fresh_s * 1e9)
        altitude_ft = aircraft.altitude_ft if t_ns - aircraft.altitude_t_ns <= fresh_ns else nan
        # an altitude above the ellipsoid needs no correction for the pressure of the day
        height = altitude_ft * FOOT_M + (0.0 if aircraft.geometric else settings.pressure_offset_m)
        is_level = height != height
        east, north, up = self._site.enu(latitude, longitude, self._site.height_m if is_level else height)
        if east * east + north * north > settings.distance_max_m**2:
            raise ReceivedError(
                RefusalReason.POSITION_IMPLAUSIBLE,
                f"{line.icao} at latitude {line.latitude_deg:g}, longitude {line.longitude_deg:g} "
                f"is farther than {settings.distance_max_m / 1000:g} km from the site",
            )
        velocity, sigma_mps, sigma_up_mps, climb = _NO_VELOCITY, nan, nan, nan
        if t_ns - aircraft.velocity_t_ns <= fresh_ns:
            east_mps, north_mps, climb = aircraft.velocity_local
            is_climb_known = climb == climb
            velocity = self._site.velocity_enu(
                latitude, longitude, (east_mps, north_mps, climb if is_climb_known else 0.0)
            )
            sigma_mps = settings.velocity_sigma_mps
            if is_climb_known:
                sigma_up_mps = sigma_mps
            else:
                velocity = (velocity[0], velocity[1], nan)
        source = _source_of(line)
        sigma = settings.position_sigma_m if source is ClaimSource.OWN else settings.surveyed_sigma_m
        state = aircraft.claimed(altitude_ft, climb, source)
        return Detection(
            self.name,
            t_ns,
            Measurement.POSITION,
            (east, north, nan if is_level else up, *velocity),
            (sigma, sigma, nan if is_level else settings.height_sigma_m, sigma_mps, sigma_mps, sigma_up_mps),
            Claim("icao", line.icao, aircraft.callsign, state=state),
            object_id=line.icao,
        )


def _source_of(line: Line) -> ClaimSource:
    if line.computed:
        return ClaimSource.MULTILATERATION
    return ClaimSource.RELAYED if line.icao.startswith("~") else ClaimSource.OWN
