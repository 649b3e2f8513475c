"""What an object may say of itself: how each kind of aircraft can fly, and what a breach weighs."""

from collections.abc import Iterator
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from marsad.assessment.schedule import Schedule
from marsad.errors import ReceivedError
from marsad.model.settings import Finding, Settings, check, skipping_unknown

Steps = tuple[tuple[float, float], ...]
"""(height above sea level in m, limit) pairs, straight between and constant outside."""


class ClaimKind(IntEnum):
    """What kind of aircraft a claim says it is; the order of ClaimSettings.envelopes."""

    AIRCRAFT = 0  # says nothing but that it is one
    OPERATOR = 1  # callsign of an operator: an airliner, but also a helicopter of a rescue service
    AIRLINER = 2  # emitter category of a large aircraft, or a flight on the schedule
    LIGHT = 3
    HELICOPTER = 4
    GLIDER = 5
    ULTRALIGHT = 6
    BALLOON = 7
    UNMANNED = 8  # a large unmanned aircraft with a transponder
    DRONE = 9  # Remote ID


class FlightEnvelope(Settings):
    """How aircraft of one kind can fly, wind included."""

    speed_min_mps: Steps = Field(description="Over the ground, by height: slower it would fall.")
    speed_max_mps: Steps = Field(description="Over the ground, by height, with the strongest tail wind.")
    climb_max_mps: float = Field(gt=0, description="Steadily, pulling up included.")
    descent_max_mps: float = Field(gt=0, description="In an emergency descent.")
    load_factor_max: float = Field(gt=1, description="In a level turn: structure or crew allow no more.")
    acceleration_max_mps2: float = Field(gt=0, description="Along the course, braking included.")
    height_max_m: float = Field(description="Ceiling above sea level.")

    @check
    def _in_order(self) -> Iterator[Finding]:
        for name in ("speed_min_mps", "speed_max_mps"):
            with skipping_unknown:
                heights = [height for height, _ in getattr(self, name)]
                if not heights or heights != sorted(set(heights)):
                    yield Finding((name,), f"{name}: heights must be given, rising and each once")


def _envelope(
    slowest: Steps, fastest: Steps, climb: tuple[float, float], load: float, acceleration: float, top_m: float
) -> FlightEnvelope:
    return FlightEnvelope(
        speed_min_mps=slowest,
        speed_max_mps=fastest,
        climb_max_mps=climb[0],
        descent_max_mps=climb[1],
        load_factor_max=load,
        acceleration_max_mps2=acceleration,
        height_max_m=top_m,
    )


# Load factors: CS-25.337 (2.5), CS-23.337 (3.8, aerobatic 6), CS-27/29.337 (3.5), CS-22.337 (5.3).
# Airliners: 250 kt below 10,000 ft (ICAO Annex 11, app. 4), which with the height makes 129 to 150 m/s, and
# 20 m/s of wind; above it Vmo 350 kt and Mmo 0.9, tail wind up to 110 m/s in a jet stream. Slowest 130 kt
# calibrated clean and 100 kt with flaps, 160 kt above 30,000 ft where only jets fly, less a head wind of 20
# to 90 m/s.
# An airliner on a test flight has been recorded to zoom at 72 m/s, which no steady climb reaches.
# Helicopters: Vne 185 kt and a wind of 30 m/s. Gliders: Vne 150 kt; climbs are those of winch and pull-up.
# Remote ID: ASTM F3411 drones, the fastest toys; the same limit of 80 m/s as the rule of jumps.
_ALOFT: Steps = ((4500, 0), (6000, 30), (9000, 50), (10_500, 75), (13_000, 80))
_LINER_FAST: Steps = (
    (0, 155),
    (1500, 170),
    (3000, 210),
    (3500, 260),
    (6000, 320),
    (10_000, 375),
    (14_000, 375),
)
_ENVELOPES = {
    "aircraft": _envelope(((0, 0),), ((0, 360), (10_000, 400)), (150, 200), 9.0, 30.0, 21_000),
    "operator": _envelope(_ALOFT, _LINER_FAST, (80, 90), 4.0, 7.0, 16_000),
    "airliner": _envelope(
        ((0, 38), (3000, 45), (6000, 50), (9000, 60), (10_500, 75), (13_000, 80)),
        _LINER_FAST, (80, 90), 2.5, 6.0, 16_000,
    ),
    "light": _envelope(
        ((0, 0), (6000, 10), (9000, 40)), ((0, 190), (3000, 230), (9000, 300)), (40, 60), 6.0, 10.0, 14_000
    ),
    "helicopter": _envelope(((0, 0),), ((0, 125), (3000, 135)), (25, 40), 3.5, 8.0, 7500),
    "glider": _envelope(((0, 0),), ((0, 110), (6000, 150)), (35, 60), 7.0, 12.0, 13_000),
    "ultralight": _envelope(((0, 0),), ((0, 110),), (25, 40), 6.0, 10.0, 7000),
    "balloon": _envelope(((0, 0),), ((0, 40), (3000, 60), (10_000, 120)), (12, 15), 1.5, 3.0, 40_000),
    "unmanned": _envelope(((0, 0),), ((0, 200), (10_000, 320)), (60, 80), 6.0, 15.0, 21_000),
    "drone": _envelope(((0, 0),), ((0, 80),), (30, 40), 5.0, 20.0, 7000),
}  # fmt: skip


class ClaimWeights(Settings):
    """Decibans that each finding adds to what a claim weighs; above 0 speaks against the claim."""

    speed_low_db: float = Field(8.0, description="slower than its kind stays in the air at this height")
    speed_high_db: float = Field(8.0, description="faster than its kind flies at this height")
    climb_db: float = Field(5.0, description="climbs faster than its kind can")
    descent_db: float = Field(4.0, description="falls faster than its kind does")
    ceiling_db: float = Field(6.0, description="higher than its kind flies")
    turn_db: float = Field(5.0, description="turns harder than its kind can bear")
    acceleration_db: float = Field(5.0, description="gains or loses speed faster than its kind can")
    motion_db: float = Field(6.0, description="claimed velocity and change of claimed places differ")
    jump_db: float = Field(8.0, description="claimed place jumps faster than its kind flies")
    bearing_db: float = Field(6.0, description="not where direction finders or cameras see the object")
    unassigned_db: float = Field(2.0, description="address of no state's block")
    no_identity_db: float = Field(5.0, description="address of zeros or ones: names nobody")
    operator_db: float = Field(0.5, description="address of another state than the operator's: many lease")
    late_db: float = Field(6.0, description="claimed first when already near, after it had been silent")
    close_db: float = Field(3.0, description="first seen claiming near, though it came from where one hears")
    off_schedule_db: float = Field(3.0, description="callsign not on the site's schedule, or not for now")
    on_schedule_db: float = Field(-4.0, description="callsign on the schedule for now")
    doubled_db: float = Field(6.0, description="another uses its identifier at the same time: one lies")
    renamed_db: float = Field(8.0, description="one object that sends several identifiers in turn: it lies")
    cap_db: tuple[float, float] = Field((-5.0, 14.0), description="least and most of all together")


class ClaimSettings(Settings):
    """How claims are tested. Heights are above sea level, as aircraft report them."""

    envelopes: dict[str, FlightEnvelope] = Field(
        _ENVELOPES, description="how each kind can fly; all kinds must be given"
    )
    weights: ClaimWeights = Field(ClaimWeights(), description="what each finding weighs")
    schedule: str = Field(
        "", description="flights expected, CSV with the head line callsign,from,to; empty: none is known"
    )
    refuted_db: float = Field(
        default=6.0, gt=0, description="findings of flight that weigh this much together refute a claim"
    )
    doubted_db: float = Field(
        default=5.0,
        gt=0,
        description="what all findings together weigh, from which a claim is no longer taken for true",
    )
    times: int = Field(default=3, ge=1, le=100, description="a breach counts once it was seen so often…")
    keep_s: float = Field(default=120.0, gt=0, description="…and for so long after it was seen last")
    speed_slack_mps: float = Field(default=6.0, ge=0, description="two sigmas of a claimed speed")
    climb_slack_mps: float = Field(default=3.0, ge=0, description="the same of a claimed vertical speed")
    turn_slack_mps2: float = Field(default=2.5, ge=0, description="the same of an acceleration across")
    height_slack_m: float = Field(default=300.0, ge=0, description="pressure altitude against true height")
    recent_s: float = Field(default=4.0, gt=0, description="turns and accelerations are taken over so long")
    motion_s: float = Field(default=6.0, gt=0, description="claimed places are compared over so long")
    motion_gap_s: float = Field(default=12.0, gt=0, description="unless a report was missing for so long")
    gap_max_s: float = Field(default=30.0, gt=0, description="after a longer gap nothing is compared")
    latency_s: float = Field(
        default=2.0, ge=0, description="a claimed place or velocity may be older than its time by so much"
    )
    late_within_m: float = Field(default=5000.0, gt=0, description="this near to a zone is near…")
    late_within_s: float = Field(default=90.0, gt=0, description="…and so is this short of it")
    late_keep_s: float = Field(default=300.0, gt=0, description="for so long that counts against it")
    silent_for_s: float = Field(
        default=20.0, gt=0, description="a track is silent after so long within reach of a receiver"
    )
    listening_s: float = Field(
        default=60.0, gt=0, description="receivers that have listened for less would have missed it anyway"
    )
    names_max: int = Field(
        default=2, ge=1, le=8, description="identifiers of one system that an honest track may have had…"
    )
    names_s: float = Field(
        default=30.0,
        gt=0,
        description="…within this time: two objects near each other may be taken for one",
    )
    departing_climb_mps: float = Field(default=2.0, description="what climbs like this has just taken off")

    @check
    def _all_kinds(self) -> Iterator[Finding]:
        wanted = {kind.name.lower() for kind in ClaimKind}
        if set(self.envelopes) != wanted:
            yield Finding(("envelopes",), f"envelopes must be exactly {', '.join(sorted(wanted))}")

    @check
    def _schedule_reads(self) -> Iterator[Finding]:
        try:
            Schedule.of_csv(self.schedule)
        except ReceivedError as fault:
            yield Finding(("schedule",), fault.detail)

    def envelope(self, kind: ClaimKind) -> FlightEnvelope:
        """How a kind can fly."""
        return self.envelopes[kind.name.lower()]

    def limits(self, field: str) -> NDArray[np.float64]:
        """One limit of all kinds, in the order of ClaimKind."""
        return np.array([getattr(self.envelope(kind), field) for kind in ClaimKind], float)
