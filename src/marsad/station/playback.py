"""Real recordings over real sockets: a site runs, and they are played at it as its sensors would.

A site of its own is put up for it, whose clock shows the recording's own time, so that a night can be seen
at ten times its pace; or it is played at a site that runs already, as if it happened now.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from marsad.errors import ConfigError, ConfigFault, LinkError
from marsad.links.address import Address
from marsad.links.clock import SimulatedClock, SystemClock
from marsad.links.player import Player
from marsad.model.effect import Effect, Warn
from marsad.model.frame import Frame
from marsad.model.picture import Picture
from marsad.model.reason import Reason
from marsad.model.threat import Level
from marsad.model.warning import WarningEventKind
from marsad.register.store import RegisterStore
from marsad.server import ServerSettings
from marsad.simulate import playback
from marsad.site.data_key import key_of
from marsad.site.settings import SiteSettings
from marsad.station.ground import ground_around
from marsad.station.hold import listen_addresses
from marsad.station.record import Record, begun
from marsad.station.rig import Plan, assembled, beside
from marsad.station.settings_file import SettingsFile, read_settings
from marsad.station.station import Station
from marsad.station.terminal import Terminal, say, say_reason

KINDS = ("opensky-csv", "traffic-json", "drone-csv")
_QUIET_NS = 3_000_000_000
# A drone recording says neither when nor who saw it: a morning, and a radar of our own.
_DRONE_START_T_NS = 1_641_283_200_000_000_000
_DRONE_RADAR = "7f0d3c52-9f0e-4f6b-8b1e-0a4a4d1c2b11"


class Recording:
    """Frames of a recording as a source that a player can play."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._next = next(frames, None)
        if self._next is None:
            raise ConfigError("recording", [ConfigFault("frames", "none", "the file holds nothing to play")])
        self.start_t_ns = self._next.t_ns
        self.end_t_ns = 2**63 - 1

    def frames(self, until_t_ns: int) -> list[Frame]:
        """What was received up to a time."""
        ready = []
        while self._next is not None and self._next.t_ns <= until_t_ns:
            ready.append(self._next)
            self._next = next(self._frames, None)
        if self._next is None:
            self.end_t_ns = min(self.end_t_ns, until_t_ns + _QUIET_NS)
        return ready

    def notice(self, effects: Sequence[Effect], picture: Picture | None) -> None:
        """A recording does not react."""


@dataclass(slots=True)
class Played:
    """What a site made of a recording.

    held_s   track number → seconds from its first to its last appearance
    gaps_s   longest time in which the picture held no track between first and last
    """

    frames_sent: int = 0
    bytes_sent: int = 0
    alerts: int = 0
    warnings: int = 0
    tracks_most: int = 0
    gaps_s: float = 0.0
    held_s: dict[int, float] = field(default_factory=dict)
    first_seen_t_ns: dict[int, int] = field(default_factory=dict)
    last_held_t_ns: int = 0

    def reason(self) -> Reason:
        """All of it in one sentence; of a site that ran already only what it was sent."""
        sent = (("frame_count", float(self.frames_sent)), ("byte_count", float(self.bytes_sent)))
        if not self.first_seen_t_ns:
            return Reason("station.played.sent", sent)
        seen = (
            ("track_count", float(len(self.held_s))),
            ("most", float(self.tracks_most)),
            ("held_s", max(self.held_s.values())),
            ("gap_s", self.gaps_s),
            ("alert_count", float(self.alerts)),
            ("warning_count", float(self.warnings)),
        )
        return Reason("station.played", (*sent, *seen))

    def note(self, effect: Effect) -> None:
        """Count the warnings."""
        if isinstance(effect, Warn) and effect.event.kind is WarningEventKind.RAISED:
            if effect.event.stage is Level.WARN:
                self.warnings += 1
            else:
                self.alerts += 1

    def see(self, picture: Picture) -> None:
        """Follow which tracks are held and for how long."""
        self.tracks_most = max(self.tracks_most, len(picture.tracks))
        for track_id in picture.tracks.track_id.tolist():
            first_t_ns = self.first_seen_t_ns.setdefault(track_id, picture.t_ns)
            self.held_s[track_id] = (picture.t_ns - first_t_ns) * 1e-9
        if len(picture.tracks):
            if self.last_held_t_ns:
                self.gaps_s = max(self.gaps_s, (picture.t_ns - self.last_held_t_ns) * 1e-9)
            self.last_held_t_ns = picture.t_ns


def open_recording(
    kind: str, path: Path, settings: SiteSettings, start_t_ns: int | None = None
) -> Iterator[Frame]:
    """The frames of a recorded file, for the site's first feed of the fitting standard.

    start_t_ns   when it begins, in place of its own time

    Raises ConfigError if the kind is unknown or the site has no such feed.
    """
    feed = _feed_for(kind, settings)
    if kind == "opensky-csv":
        return playback.opensky_csv(path, feed, start_t_ns)
    if kind == "traffic-json":
        return playback.traffic_json(path, feed, start_t_ns)
    place = settings.site
    return playback.drone_csv(
        path,
        place.latitude_deg,
        place.longitude_deg,
        place.ellipsoidal_height_m,
        _DRONE_START_T_NS if start_t_ns is None else start_t_ns,
        node_id=_DRONE_RADAR,
        feed=feed,
    )


def _feed_for(kind: str, settings: SiteSettings) -> str:
    if kind not in KINDS:
        raise ConfigError("play", [ConfigFault("kind", kind, f"allowed are {', '.join(KINDS)}")])
    standard = "sapient" if kind == "drone-csv" else "sbs"
    feed = next((feed.name for feed in settings.feed if feed.standard == standard), None)
    if feed is None:
        fault = ConfigFault("feed", "none", f"{kind} needs a [[feed]] with standard = {standard!r}")
        raise ConfigError("site settings", [fault])
    return feed


async def play_recording(
    kind: str, path: Path, settings_file: Path, speed: float, terminal: Terminal, *, port: int | None = None
) -> Played:
    """Run the site of a settings file and play a recording at it over loopback sockets."""
    settings = read_settings(settings_file)
    terminal.utc_offset_s = settings.site.site.utc_offset_s
    source = Recording(open_recording(kind, path, settings.site))
    clock = SimulatedClock(source.start_t_ns, speed)
    played = Played()
    listening = listen_addresses(settings.site.feed)
    served = [feed.name for feed in settings.site.feed if feed.name not in listening]
    player = Player(source, clock, {}, served)
    with tempfile.TemporaryDirectory(prefix="marsad-play-") as directory:
        addresses = {**{name: ("127.0.0.1", 0) for name in listening}, **await player.start()}
        plan = Plan(
            settings,
            Path(directory),
            partial(_record, Path(directory), settings, terminal),
            clock,
            ServerSettings(port=settings.server.port if port is None else port),
            addresses,
            played.note,
        )
        try:
            async with assembled(plan, terminal) as station, beside(_look(station, played)):
                player.addresses = station.addresses
                await player.run()
        finally:
            await player.stop()
    played.frames_sent, played.bytes_sent = player.frames_sent, player.bytes_sent
    return played


async def feed_site(kind: str, path: Path, settings_file: Path, to: Address, terminal: Terminal) -> Played:
    """Play a recording at a site that runs already, at its own pace, as if it happened now.

    to   where the site listens for the recording's sensor; for a receiver that the site dials, where it
         dials it: there the recording waits for the site, as a receiver would

    Only what was sent is known of it afterwards. Raises LinkError if the site is not there, or goes away
    before the recording has ended.
    """
    settings = read_settings(settings_file)
    feed = _feed_for(kind, settings.site)
    clock = SystemClock()
    served = [] if feed in listen_addresses(settings.site.feed) else [feed]
    whole = Recording(open_recording(kind, path, settings.site))  # faults are told before anything is opened
    player = Player(whole, clock, {feed: to}, served)
    player.ends_with_site = True
    try:
        await player.start()
        if served:
            say(terminal, "station.awaits", address=f"{to[0]}:{to[1]}")
            await player.dialled()
        player.source = Recording(open_recording(kind, path, settings.site, clock.now_ns()))
        say(terminal, "station.plays", path=path.name, address=f"{to[0]}:{to[1]}")
        await player.run()
    finally:
        await player.stop()
    if player.site_gone:
        raise LinkError(
            f"the site ended the connection at {to[0]}:{to[1]} before the recording was over; sent "
            f"until then: {player.frames_sent:,} frames, {player.bytes_sent:,} bytes"
        )
    return Played(player.frames_sent, player.bytes_sent)


def _record(directory: Path, settings: SettingsFile, terminal: Terminal, t_ns: int) -> Record:
    register = RegisterStore(f"sqlite:///{directory}/register.sqlite")
    terrain, told = ground_around(settings.site)
    for reason in told:
        say_reason(terminal, reason)
    configuration = settings.journalled(key_of(directory))
    return begun(directory / "journal.mcap", register, configuration, t_ns, terrain)


async def _look(station: Station, played: Played) -> None:
    async for picture in station.subscribe():
        played.see(picture)
