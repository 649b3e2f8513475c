"""What tracks say of themselves, compared with what independent sensors see."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import hypot, isfinite, sqrt

import numpy as np
from pydantic import Field

from marsad.assessment.columns import Flags, Floats, Objects, Small, Times, column
from marsad.assessment.intake import Plot, within
from marsad.model.detection import Claim, Distress, Measurement
from marsad.model.settings import Settings
from marsad.model.site import Friend

ADSB, REMOTE_ID, OTHER = 1, 2, 3
_SYSTEMS = {"icao": ADSB, "remote_id": REMOTE_ID}
_LATENCY_S = 0.5  # one sigma of the age of a claimed position, mostly along the course


class ClaimLimits(Settings):
    """How long a claim stands, and what contradicts it."""

    claim_fresh_s: float = Field(default=10.0, description="ADS-B and Remote ID report every 1 to 3 s")
    authenticated_fresh_s: float = Field(default=5.0, description="then the hold below WARN expires")
    disagree_sigmas: float = Field(3.0, description="a claim and a plot further apart than this disagree…")
    disagree_m: float = Field(150.0, description="…if they are also this far apart")
    disagree_times: int = Field(default=2, description="in a row; one may be an association error")
    compare_within_s: float = Field(default=3.0, description="claim and plot further apart do not compare")
    adsb_speed_max_mps: float = Field(
        400.0, description="a claim that jumps faster than this is not believed"
    )
    remote_id_speed_max_mps: float = Field(default=80.0, description="faster is no multirotor and no toy")


@dataclass
class ClaimState:
    """The latest claim of each track and the latest plot to hold against it.

    said                 the Claim; None if there never was one
    system, t_ns         by which system (ADSB, REMOTE_ID, OTHER), and when the site heard it
    enu, velocity, sigma_m   what it says of its place at place_t_ns
    plot_enu, plot_covariance   of an independent sensor, at plot_t_ns
    disagreements        in a row; offset_m: how far claim and plot were apart
    hijack_t_ns          when it last said so, if the newest claim says so
    """

    said: Objects = column(object, blank=None)
    system: Small = column(np.int8)
    t_ns: Times = column(np.int64)
    place_t_ns: Times = column(np.int64)
    enu: Floats = column(np.float64, 2)
    velocity: Floats = column(np.float64, 2)
    sigma_m: Floats = column(np.float64)
    plot_t_ns: Times = column(np.int64)
    plot_enu: Floats = column(np.float64, 2)
    plot_covariance: Floats = column(np.float64, 2, 2)
    authentic_t_ns: Times = column(np.int64)
    listed_t_ns: Times = column(np.int64)
    agrees_t_ns: Times = column(np.int64)
    disagrees_t_ns: Times = column(np.int64)
    disagreements: Small = column(np.int8)
    offset_m: Floats = column(np.float64)
    hijack_t_ns: Times = column(np.int64)


@dataclass(frozen=True)
class Standing:
    """The standing of every track's claim, flags (n,).

    disagrees   sensors see it elsewhere, or the claim leaps; misplaced: of these, sensors see it elsewhere
    hijacked    its code calls for help against unlawful interference
    refuted     what flies so is not what it says
    doubted     so much speaks against it that it is no longer taken for what it says
    declared  sends the identifier of a declared flight, and flies as declared
    vouched   the owner of a declared flight called it his, and it flies as declared
    off_plan  it is said to be a declared flight, by itself or its owner, but does not fly as declared
    placed    declared with a place: more than the label of a friend who may be anywhere
    """

    fresh: Flags
    adsb: Flags
    remote_id: Flags
    agrees: Flags
    disagrees: Flags
    authentic: Flags
    listed: Flags
    misplaced: Flags
    hijacked: Flags
    refuted: Flags
    doubted: Flags
    declared: Flags
    vouched: Flags
    off_plan: Flags
    placed: Flags

    @cached_property
    def unopposed(self) -> Flags:
        """Claims that stand and that no sensor contradicts."""
        return np.asarray(self.fresh & ~self.disagrees)

    @cached_property
    def honest(self) -> Flags:
        """Claims that stand and that nothing contradicts, and by all that is known may be true."""
        return np.asarray(self.unopposed & ~self.doubted)

    def examined(self, refuted: Flags, doubted: Flags) -> "Standing":
        """The same, with what their own words say against them."""
        return replace(self, refuted=refuted & self.fresh, doubted=doubted & self.fresh)


def standing(state: ClaimState, t_ns: int, limits: ClaimLimits) -> Standing:
    """The standing of claims at a time."""
    fresh = within(t_ns, state.t_ns, limits.claim_fresh_s)
    latest = within(t_ns, state.disagrees_t_ns, limits.claim_fresh_s)
    disagrees = fresh & latest & (state.disagrees_t_ns >= state.agrees_t_ns)
    compared = np.abs(state.plot_t_ns - state.place_t_ns) <= int(limits.compare_within_s * 1e9)
    nothing = np.zeros(len(fresh), bool)
    return Standing(
        fresh,
        fresh & (state.system == ADSB),
        fresh & (state.system == REMOTE_ID),
        fresh & ~disagrees & within(t_ns, state.agrees_t_ns, limits.claim_fresh_s),
        disagrees,
        ~disagrees & within(t_ns, state.authentic_t_ns, limits.authenticated_fresh_s),
        ~disagrees & within(t_ns, state.listed_t_ns, limits.claim_fresh_s),
        disagrees & compared & (state.place_t_ns > 0),
        within(t_ns, state.hijack_t_ns, limits.claim_fresh_s),
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
    )


class ClaimComparer:
    """Holds each claim against the friends of the site and the plots of its sensors."""

    def __init__(self, limits: ClaimLimits, friends: tuple[Friend, ...]) -> None:
        self._limits = limits
        self._listed: tuple[Friend, ...] = ()
        self._friends: dict[str, list[Friend]] = {}
        self.expect(friends)

    def expect(self, friends: tuple[Friend, ...]) -> None:
        """Take over a new list of friends."""
        if friends == self._listed:
            return
        self._listed, self._friends = friends, {}
        for friend in friends:
            self._friends.setdefault(friend.label, []).append(friend)

    def hear(self, state: ClaimState, row: int, plot: Plot, velocity: Floats) -> None:
        """One plot of the track in that row, whose own horizontal velocity (2,) was this of late."""
        if plot.detection.claim is not None:
            self._claimed(state, row, plot, plot.detection.claim, velocity)
        elif state.place_t_ns[row] and not plot.cooperative:
            # only a track that claims a place has one to compare: most plots end before this
            place = plot.place()
            if place is not None:
                state.plot_t_ns[row] = plot.detection.t_ns
                state.plot_enu[row], state.plot_covariance[row] = place
                self._compare(state, row, plot.t_ns, velocity)

    def leaves(self, state: ClaimState, row: int) -> None:
        """What spoke for the track in that row speaks for another now: of this one it says nothing more."""
        state.t_ns[row] = state.listed_t_ns[row] = state.agrees_t_ns[row] = 0

    def friend_of(self, claim: Claim, t_ns: int) -> Friend | None:
        """The listed friend the claim names and expects now."""
        for friend in self._friends.get(claim.label, ()):
            if friend.from_t_ns <= t_ns <= friend.until_t_ns:
                return friend
        return None

    def _claimed(self, state: ClaimState, row: int, plot: Plot, claim: Claim, track_velocity: Floats) -> None:
        t_ns = plot.t_ns
        state.said[row] = claim
        state.system[row] = _SYSTEMS.get(claim.system, OTHER)
        state.t_ns[row] = t_ns
        state.hijack_t_ns[row] = t_ns if claim.state.distress is Distress.UNLAWFUL_INTERFERENCE else 0
        # whoever borrows a friend's name is none, and which of the two does it nobody knows
        shared = claim.elsewhere is not None and not claim.authenticated
        friend = None if shared else self.friend_of(claim, t_ns)
        if friend is not None and claim.authenticated:
            state.authentic_t_ns[row] = t_ns
        if friend is not None and not friend.authenticated_only:
            state.listed_t_ns[row] = t_ns
        if not plot.cooperative:
            # the sensor itself put the claim on an object it sees: as good as an agreeing plot
            state.agrees_t_ns[row] = t_ns
            return
        place = plot.place()
        if place is None:
            return
        positioned = plot.detection.measurement is Measurement.POSITION
        velocity = np.array(plot.detection.values[3:5]) if positioned else np.full(2, np.nan)
        if self._impossible(state, row, plot.detection.t_ns, place[0], velocity):
            self._disagrees(state, row, t_ns)
        state.place_t_ns[row] = plot.detection.t_ns
        state.enu[row] = place[0]
        state.velocity[row] = velocity
        state.sigma_m[row] = sqrt((place[1][0, 0] + place[1][1, 1]) / 2)
        self._compare(state, row, t_ns, track_velocity)

    def _impossible(self, state: ClaimState, row: int, t_ns: int, place: Floats, velocity: Floats) -> bool:
        """Whether the claim says, or jumps, faster than anything of its kind flies."""
        limits = self._limits
        slow = state.system[row] == REMOTE_ID
        limit = limits.remote_id_speed_max_mps if slow else limits.adsb_speed_max_mps
        if hypot(*velocity.tolist()) > limit:
            return True
        before = state.place_t_ns[row]
        elapsed = (t_ns - int(before)) / 1e9
        if before == 0 or not 0.5 <= elapsed <= limits.claim_fresh_s:
            return False
        slack = limits.disagree_sigmas * state.sigma_m[row] * 2
        jump = hypot(*(place - state.enu[row]).tolist())
        return bool(jump - slack > limit * elapsed and jump > limits.disagree_m)

    def _compare(self, state: ClaimState, row: int, t_ns: int, track_velocity: Floats) -> None:
        """The latest claimed place against the latest plot of an independent sensor."""
        plot_t, claim_t = int(state.plot_t_ns[row]), int(state.place_t_ns[row])
        between = (plot_t - claim_t) / 1e9
        if not plot_t or not claim_t or abs(between) > self._limits.compare_within_s:
            return
        east_mps, north_mps = state.velocity[row].tolist()
        if not isfinite(east_mps + north_mps):
            east_mps, north_mps = track_velocity.tolist()
        (plot_east, plot_north), (east, north) = state.plot_enu[row].tolist(), state.enu[row].tolist()
        east, north = plot_east - east - east_mps * between, plot_north - north - north_mps * between
        (a, b), (_, c) = state.plot_covariance[row].tolist()
        # numbers, not arrays: of two by two they cost a tenth
        claimed, late = max(float(state.sigma_m[row]), 1.0) ** 2, _LATENCY_S**2
        a, c = a + claimed + late * east_mps**2, c + claimed + late * north_mps**2
        b += late * east_mps * north_mps
        away = hypot(east, north)
        state.offset_m[row] = away
        sigmas = sqrt((c * east**2 - 2 * b * east * north + a * north**2) / (a * c - b * b))
        if away > self._limits.disagree_m and sigmas > self._limits.disagree_sigmas:
            self._disagrees(state, row, t_ns)
        else:
            state.agrees_t_ns[row] = t_ns
            state.disagreements[row] = 0

    def _disagrees(self, state: ClaimState, row: int, t_ns: int) -> None:
        state.disagreements[row] = min(int(state.disagreements[row]) + 1, 100)
        if state.disagreements[row] >= self._limits.disagree_times:
            state.disagrees_t_ns[row] = t_ns


def name_of(said: Claim | None) -> str:
    """What a track calls itself: callsign, else identifier, "" if nothing."""
    return "" if said is None else said.callsign or said.identifier
