"""Settings of the feeds: where they listen or connect, limits, and what is known of each node."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from marsad.feeds.sapient.node_id import is_node_id
from marsad.model.endpoint import Dialled, Listened
from marsad.model.intruder import ThreatKind
from marsad.model.peer import is_loopback
from marsad.model.sensor import SensorKind
from marsad.model.settings import (
    FilePath,
    Finding,
    Network,
    Settings,
    ShortName,
    check,
    skipping_unknown,
)

FeedName = ShortName
Probability = Annotated[float, Field(ge=0, le=1)]
Azimuth = Annotated[float, Field(ge=0, lt=360)]
Elevation = Annotated[float, Field(ge=-90, le=90)]
Datum = Literal["true", "grid", "magnetic", "platform"]
_TLS = ("tls_certificate", "tls_key", "tls_authorities")


def _is_local(endpoint: str) -> bool:
    return is_loopback(endpoint.rpartition(":")[0].strip("[]"))


class NodeSettings(Settings):
    """What the site knows better than the node itself; None leaves the node's own word."""

    name: str | None = Field(None, max_length=100, description="Name shown; default: the node's own.")
    kind: SensorKind | None = Field(None, description="Principle of the sensor, when it registers wrongly.")
    range_min_m: float | None = Field(None, ge=0, description="Closer than this it sees nothing.")
    range_max_m: float | None = Field(
        None, gt=0, description="Farther than this it sees nothing; the standard has no field for it."
    )
    sees_m: dict[ThreatKind, Annotated[float, Field(gt=0, le=1_000_000)]] = Field(
        default_factory=dict,
        description="By kind of intruder the range at which it sees one in half of its looks, as data sheets "
        "say: for maps of coverage only. Default: by range_max_m and detection_probability, alike for all.",
    )
    place: tuple[Annotated[float, Field(ge=-89, le=89)], Annotated[float, Field(ge=-180, le=180)]] | None = (
        Field(
            None,
            description="[latitude, longitude] in degrees where it is to stand: for maps of coverage made of "
            "this file alone. Where it says itself that it stands goes first everywhere else.",
        )
    )
    antenna_m: float = Field(
        10.0, ge=0, le=500, description="Height above the ground at place, if height_m is not given."
    )
    detection_probability: tuple[Probability, Probability] | None = Field(
        None, description="Chance to see an object at range 0 and at range_max_m."
    )
    clutter_per_scan: float | None = Field(None, ge=0, description="Mean number of false plots per scan.")
    scan_period_s: float | None = Field(None, gt=0, description="Time between two looks at one place.")
    azimuth_sector_deg: tuple[float, float] | None = Field(
        None, description="From, to, clockwise from true north; (350, 10) is 20 degrees wide."
    )
    elevation_sector_deg: tuple[float, float] | None = Field(
        None, description="Lowest and highest elevation above the horizon at the sensor."
    )
    range_rate_min_mps: float | None = Field(
        None, ge=0, le=50, description="A Doppler radar loses what has less range rate, either way; 0: no."
    )
    decorrelation_s: float | None = Field(
        None,
        ge=0,
        le=60,
        description="Its reports are a tracker's estimates, whose errors stay alike for so long: some five "
        "of its updates; 0: plots. Default: 5 s for a node of kind fusion, plots for all others.",
    )
    error_correlation_s: float | None = Field(
        None,
        ge=0,
        le=60,
        description="Its errors stay alike for so long: glare, haze, reflections; 0: each look errs anew. "
        "Default: as its kind's do, then learned.",
    )
    miss_correlation_s: float | None = Field(
        None,
        ge=0,
        le=60,
        description="What hides an object from it does so for so long: a mast, the sun, haze; 0: it misses "
        "each look anew. Default: as its kind's do, then learned.",
    )
    horizon_deg: list[tuple[Azimuth, Elevation]] | None = Field(
        None,
        max_length=720,
        description="[azimuth, elevation] of what terrain and buildings hide below it, as seen from the "
        "sensor, clockwise from true north, straight between.",
    )
    sigmas: tuple[float, float, float, float] | None = Field(
        None, description="Default one-sigma errors of range (m), azimuth, elevation (rad), range rate (m/s)."
    )
    axis_order: Literal["xy", "yx"] = Field(
        "xy",
        description="xy: x is easting or longitude, as the standard says. yx: this node has them swapped; "
        "never guessed, because a silent swap would move the picture.",
    )
    height_m: float | None = Field(
        None, description="Ellipsoidal height of the node; overrides its own, many report 0."
    )
    azimuth_datum: Datum | None = Field(
        None, description="What its azimuths are counted from, whatever it says: many say grid and mean true."
    )
    azimuth_offset_deg: float = Field(
        0.0, ge=-360, le=360, description="Added to every azimuth: mounting error, or heading of a platform."
    )
    address: Network | None = Field(
        None, description="It may speak from this address or network only; default: from everywhere."
    )
    certificate: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="On a certified feed: a name in its certificate, or the SHA-256 fingerprint of that. "
        "Default: the certificate must name the node_id itself, as a common name or as urn:uuid:….",
    )

    @check
    def _horizon(self) -> Iterator[Finding]:
        azimuths = [azimuth for azimuth, _ in self.horizon_deg or ()]
        given_twice = sorted({azimuth for azimuth in azimuths if azimuths.count(azimuth) > 1})
        if given_twice:
            listed = ", ".join(f"{azimuth:g}" for azimuth in given_twice)
            yield Finding(("horizon_deg",), f"azimuths given twice: {listed}")

    @check
    def _ranges(self) -> Iterator[Finding]:
        if self.range_max_m is not None and (self.range_min_m or 0) >= self.range_max_m:
            yield Finding(("range_min_m",), "range_min_m must be smaller than range_max_m")

    @check
    def _elevations(self) -> Iterator[Finding]:
        if self.elevation_sector_deg is not None:
            low, high = self.elevation_sector_deg
            if not -90 <= low < high <= 90:
                sentence = "elevation_sector_deg must be [lowest, highest] within -90 to 90"
                yield Finding(("elevation_sector_deg",), sentence)

    @check
    def _errors(self) -> Iterator[Finding]:
        if self.sigmas is not None and any(sigma <= 0 for sigma in self.sigmas):
            sentence = "sigmas must be greater than 0, or nan for what it does not measure"
            yield Finding(("sigmas",), sentence)


class SapientSettings(Settings):
    """A SAPIENT (BSI Flex 335 v2.0) feed: edge nodes or a middleware."""

    name: FeedName = Field(description="Name of the feed.")
    standard: Literal["sapient"] = Field("sapient", description="What is spoken: BSI Flex 335 v2.0.")
    listen: Listened | None = Field(None, description="host:port for edge nodes; 5020 is the usual port.")
    connect: Dialled | None = Field(None, description="host:port of a middleware's peer port; 5001 is usual.")
    access: Literal["open", "listed", "certified"] | None = Field(
        None,
        description="Who may speak where it listens. open: whoever connects, on a loopback address only; "
        "listed: the nodes named here and those that an operator admits; certified: by TLS, each node by its "
        "own certificate. Default: open on a loopback address, else listed.",
    )
    tls_certificate: FilePath | None = Field(
        None, description="PEM chain of a certified feed's own certificate."
    )
    tls_key: FilePath | None = Field(None, description="PEM private key of tls_certificate.")
    tls_authorities: FilePath | None = Field(
        None, description="PEM certificates of the authorities that sign the nodes' certificates."
    )
    node_id: str | None = Field(
        None, description="Our own UUID; default: derived from the feed's name and the site's place."
    )
    strict: bool = Field(
        False,
        description="Refuse what a strict reader of the standard refuses: identifiers in the wrong case, "
        "UUIDs of another version or for ULIDs, confidences beyond 1. Off, since a lost report helps nobody.",
    )
    forgive_registration: bool = Field(
        True,
        description="Acknowledge a Registration whose only faults lie in parts an observer does not use: "
        "capabilities, tasks and settle times of modes, configuration data. The answer and the sensor's "
        "note list them. Off: refuse it, as the standard says.",
    )
    message_bytes_max: int = Field(
        1 << 20, ge=1024, le=64 << 20, description="Longest message; 1 MiB is what Apex allows."
    )
    messages_per_s_max: int = Field(
        2000,
        ge=1,
        description="Per node, a long message counting once for each KiB; ten times the busiest radar. The "
        "rest of the second is refused.",
    )
    faults_per_s_max: int = Field(
        20,
        ge=1,
        description="Per node, and per connection for what others say on it: refusals told and Errors sent; "
        "the rest is only counted.",
    )
    nodes_max: int = Field(256, ge=1, description="Nodes remembered.")
    nodes_per_link_max: int = Field(
        128, ge=1, description="Nodes on one connection, unless they are listed: a middleware has many."
    )
    askers_max: int = Field(
        64,
        ge=1,
        description="Nodes remembered that may not speak; the latest of the busiest address gives way.",
    )
    links_max: int = Field(256, ge=1, description="Connections open at one time.")
    link_bytes_per_s_max: int = Field(
        4 << 20,
        ge=65_536,
        description="Read from a connection on which a known node speaks; the rest waits at the other end. "
        "From others together 256 KiB from one address.",
    )
    greeting_max_s: float = Field(
        10.0, gt=0, description="A connection on which no known node has spoken by then is closed."
    )
    past_max_s: float = Field(
        30.0, gt=0, description="A detection older than this on arrival is refused: its clock is wrong."
    )
    future_max_s: float = Field(
        2.0,
        ge=0,
        description="A detection further ahead of our clock than this is counted; it is used all the same, "
        "as of its arrival. NTP keeps 0.1 s.",
    )
    silent_intervals_max: int = Field(
        3, ge=1, description="Status intervals without a word until a node is lost (standard: 3)."
    )
    status_interval_max_s: float = Field(
        60.0, ge=1, description="Longest interval believed; the standard recommends 1 to 60 s."
    )
    registration_keep_s: float = Field(
        120.0, gt=0, description="Longer away than this, a node is asked to register again (standard: 2 min)."
    )
    link_idle_max_s: float = Field(
        300.0, gt=0, description="A listening feed closes a connection that is silent for so long."
    )
    distance_max_m: float = Field(
        1_000_000.0, gt=0, description="Farther from the site than this a position must be an error."
    )
    geoid_undulation_m: float = Field(
        0.0,
        ge=-120,
        le=120,
        description="Geoid above ellipsoid at the site, for heights above the geoid; one number does.",
    )
    magnetic_declination_deg: float | None = Field(
        None,
        ge=-180,
        le=180,
        description="Magnetic north clockwise from true north; None: such azimuths are refused.",
    )
    nodes: dict[str, NodeSettings] = Field(
        default_factory=dict, description="By node_id: what the site knows better than the node."
    )

    @check
    def _one_end(self) -> Iterator[Finding]:
        if self.listen is not None and self.connect is not None:
            sentence = "give listen or connect; neither is for recordings and simulations"
            yield Finding(("connect",), sentence)

    @check
    def _access(self) -> Iterator[Finding]:
        with skipping_unknown:
            if self.access is None or self.access == "certified":
                return
            if self.listen is None:
                yield Finding(
                    ("access",), f"access is {self.access!r}, which a feed is that listens: give listen"
                )
            elif self.access == "open" and not _is_local(self.listen):
                yield Finding(
                    ("access",),
                    f"access is 'open', and listen is {self.listen!r}, which others than this machine reach: "
                    'set access = "listed" and name the nodes under nodes, or "certified", or listen on '
                    "127.0.0.1",
                )

    @check
    def _certified(self) -> Iterator[Finding]:
        given = [name for name in _TLS if getattr(self, name) is not None]
        if self.access == "certified" and self.listen is None:
            yield Finding(("access",), "access is 'certified', which a feed is that listens: give listen")
        if self.access == "certified" and (missing := [name for name in _TLS if name not in given]):
            yield Finding(("access",), f"access is 'certified'; that needs {', '.join(missing)} as well")
        elif self.access != "certified" and given:
            yield Finding((given[0],), f'{given[0]} counts with access = "certified" only')

    @check
    def _certificates(self) -> Iterator[Finding]:
        if self.access == "certified":
            return
        for node_id, node in self.nodes.items():
            if node.certificate is not None:
                sentence = 'certificate counts with access = "certified" only'
                yield Finding(("nodes", node_id, "certificate"), sentence)

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it where it listens."""
        return _is_local(self.listen or "")

    @check
    def _own_id(self) -> Iterator[Finding]:
        if self.node_id is not None and not is_node_id(self.node_id):
            yield Finding(("node_id",), "node_id must be a lower-case UUID of version 4")

    @check
    def _node_ids(self) -> Iterator[Finding]:
        for node in self.nodes:
            if not is_node_id(node, strict=False) or node != node.lower():
                yield Finding(("nodes", node), f"{node!r} is not a lower-case UUID")


class SbsSettings(Settings):
    """A BaseStation (SBS) feed of an ADS-B receiver: dump1090, readsb and the like."""

    name: FeedName = Field(description="Name of the feed.")
    standard: Literal["sbs"] = Field("sbs", description="What is spoken: BaseStation lines.")
    connect: Dialled = Field(description="host:port of the receiver; 30003 is the usual port.")
    line_bytes_max: int = Field(512, ge=128, le=65536, description="Longest line; a real one has 150 bytes.")
    aircraft_max: int = Field(5000, ge=1, description="Aircraft remembered; the oldest gives way.")
    lines_per_s_max: int = Field(20_000, ge=1, description="The rest of the second is refused.")
    faults_per_s_max: int = Field(20, ge=1, description="Refusals told per second; the rest is only counted.")
    velocity_fresh_s: float = Field(
        3.0, gt=0, description="A velocity older than this is not joined to a position; both come each 0.5 s."
    )
    aircraft_keep_s: float = Field(60.0, gt=0, description="Silent for so long, an aircraft is forgotten.")
    silent_max_s: float = Field(
        60.0, gt=0, description="No line for so long: the receiver is lost. An empty sky is quiet, too."
    )
    past_max_s: float = Field(30.0, gt=0, description="A generated time older than this is not believed.")
    future_max_s: float = Field(2.0, ge=0, description="A generated time ahead of this is not believed.")
    position_sigma_m: float = Field(
        50.0, gt=0, description="One sigma east and north: the line does not carry the integrity category."
    )
    surveyed_sigma_m: float = Field(
        150.0,
        gt=0,
        description="One sigma east and north of what ground stations computed (MLAT) or relay (TIS-B).",
    )
    ground_speed_max_mps: float = Field(
        110.0, gt=0, description="Faster than this nothing rolls: a ground flag is counted and not believed."
    )
    ground_height_max_m: float = Field(
        2500.0, gt=0, description="Nor is it of what reports to be higher above the site than this."
    )
    height_sigma_m: float = Field(
        100.0, gt=0, description="One sigma up: pressure altitude is not a WGS-84 height, weather moves it."
    )
    pressure_offset_m: float = Field(
        0.0, ge=-1000, le=1000, description="Added to the pressure altitude, from the QNH and the geoid."
    )
    velocity_sigma_mps: float = Field(3.0, gt=0, description="One sigma of each velocity component.")
    distance_max_m: float = Field(1_000_000.0, gt=0, description="Farther from the site is an error.")


FeedSettings = Annotated[SapientSettings | SbsSettings, Field(discriminator="standard")]
