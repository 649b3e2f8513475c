"""Patterns of traffic that a scenario may ask for, as tables: aircraft that come and go, and birds."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marsad.simulate.kinds import ObjectKind

_STRICT = ConfigDict(frozen=True, extra="forbid")
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
Share = Annotated[float, Field(ge=0, le=1)]
RunwayUser = Literal[ObjectKind.AIRLINER, ObjectKind.TRANSPORT, ObjectKind.LIGHT_AIRCRAFT]
Species = Literal["stork", "pigeon", "circling_pigeon", "jackdaw", "gull", "kestrel"]


class Overflights(BaseModel):
    """Airliners on straight airways at altitude, all with ADS-B."""

    model_config = _STRICT
    pattern: Literal["overflights"]
    id: Identifier
    count: int = Field(ge=1, le=5_000)
    flight_level: tuple[float, float] = (300.0, 400.0)
    speed_mps: tuple[float, float] = (220.0, 255.0)
    airway_azimuth_deg: tuple[float, ...] = Field(
        min_length=1, description="Courses flown, one drawn for each."
    )
    offset_max_m: float = Field(
        default=60_000.0, ge=0, description="How far from overhead an airway may pass."
    )
    radius_m: float = Field(default=150_000.0, gt=10_000, description="Where they appear and vanish.")


class FarAirport(BaseModel):
    """Departures and arrivals of an airport far off, all with ADS-B."""

    model_config = _STRICT
    pattern: Literal["far_airport"]
    id: Identifier
    count: int = Field(ge=1, le=5_000)
    azimuth_deg: float
    range_m: float = Field(ge=30_000, le=400_000)
    runway_azimuth_deg: float


class Flocks(BaseModel):
    """Birds that wander about haunts drawn within a ring round the site."""

    model_config = _STRICT
    pattern: Literal["birds"]
    id: Identifier
    kind: Literal[ObjectKind.SMALL_BIRD, ObjectKind.LARGE_BIRD] = ObjectKind.LARGE_BIRD
    flocks: int = Field(ge=1, le=100)
    members: tuple[int, int] = (1, 4)
    speed_mps: tuple[float, float] = (8.0, 20.0)
    above_ground_m: tuple[float, float] = (20.0, 300.0)
    ring_m: tuple[float, float] = (500.0, 8_000.0)
    haunt_radius_m: float = Field(default=800.0, gt=0)
    turn_sigma_deg_per_s: float = Field(default=6.0, gt=0, le=60)
    stay_s: tuple[float, float] = Field(default=(300.0, 1_800.0), description="How long each flock flies.")


class Recurring(BaseModel):
    """Something that comes again and again, at intervals that vary."""

    model_config = _STRICT
    id: Identifier
    every_s: float = Field(ge=20, le=86_400, description="Mean time between two.")
    jitter_s: float = Field(default=15.0, ge=0, description="Each is so much early or late at most.")
    from_s: float = Field(default=0.0, ge=0, description="The first, from the scenario's start.")
    to_s: float | None = Field(default=None, gt=0, description="No more after this; without it, to the end.")
    silent_share: Share = Field(default=0.03, description="Of them, without a transponder.")

    @model_validator(mode="after")
    def _in_order(self) -> "Recurring":
        if 2 * self.jitter_s > self.every_s:
            raise ValueError(f"jitter_s = {self.jitter_s:g} must be at most half of every_s")
        return self


class Landings(Recurring):
    """Aircraft that come in on a runway of the site: joining, glide path, touchdown, roll-out.

    A time of the pattern is when a threshold is crossed.
    """

    pattern: Literal["landings"]
    runway: Identifier = Field(description="The runway_id of a runway of the site.")
    end: str = Field(description='The end that is landed on, by the direction flown, such as "15L".')
    kinds: dict[RunwayUser, Share] = Field(
        default={ObjectKind.AIRLINER: 0.85, ObjectKind.TRANSPORT: 0.05, ObjectKind.LIGHT_AIRCRAFT: 0.1},
        min_length=1,
        description="Shares of the kinds of aircraft.",
    )
    go_around_share: Share = Field(
        default=0.005, description="Of the approaches, broken off; 1 to 3 of 1,000 at large airports."
    )


class Departures(Recurring):
    """Aircraft that take off from a runway of the site. A time of the pattern is when one begins to roll."""

    pattern: Literal["departures"]
    runway: Identifier = Field(description="The runway_id of a runway of the site.")
    end: str = Field(description='The end that is flown from, by the direction flown, such as "15L".')
    kinds: dict[RunwayUser, Share] = Field(
        default={ObjectKind.AIRLINER: 0.85, ObjectKind.TRANSPORT: 0.05, ObjectKind.LIGHT_AIRCRAFT: 0.1},
        min_length=1,
        description="Shares of the kinds of aircraft.",
    )


class Helicopters(Recurring):
    """Helicopters that follow a route of the site, one way or the other; some land at its place.

    A time of the pattern is when one appears.
    """

    pattern: Literal["helicopters"]
    corridor: Identifier = Field(description="The corridor_id of a corridor of the site.")
    landing_place: Identifier | None = Field(
        default=None, description="The area_id of a landing place near the route; without it none lands."
    )
    landing_share: Share = 0.5
    speed_mps: tuple[float, float] = (45.0, 65.0)
    ground_s: tuple[float, float] = Field(
        default=(60.0, 300.0), description="How long one that landed stands before it leaves."
    )


class Crossings(Recurring):
    """Light aircraft that pass straight across, anywhere within a radius. A time is when one appears."""

    pattern: Literal["crossings"]
    radius_m: float = Field(default=15_000.0, ge=2_000, le=60_000)
    nearest_m: tuple[float, float] = Field(
        default=(0.0, 10_000.0), description="How near to the site's middle they pass."
    )
    above_ground_m: tuple[float, float] = (300.0, 1_500.0)
    speed_mps: tuple[float, float] = (40.0, 65.0)


class Gliders(Recurring):
    """Gliders that circle in thermals and glide to the next. A time is when one appears."""

    pattern: Literal["gliders"]
    ring_m: tuple[float, float] = (2_000.0, 10_000.0)
    above_ground_m: tuple[float, float] = (400.0, 1_600.0)
    stay_s: tuple[float, float] = (900.0, 3_600.0)
    silent_share: Share = Field(default=0.3, description="Of them, without a transponder.")


class BirdLife(BaseModel):
    """Birds of one species as they fly: how they move, in what company, at which hours."""

    model_config = _STRICT
    pattern: Literal["bird_life"]
    id: Identifier
    species: Species
    flocks_per_hour: float = Field(gt=0, le=200, description="On the mean, in their busiest hour.")
    members: tuple[int, int] | None = Field(
        default=None, description="Birds to a flock; without it, as the species does."
    )
    ring_m: tuple[float, float] = Field(
        default=(300.0, 5_000.0), description="How far from the site's middle they stay, or pass."
    )
    above_ground_m: tuple[float, float] | None = Field(
        default=None, description="Without it, as the species does."
    )
    at_all_hours: bool = Field(default=False, description="Every hour is their busiest.")


Traffic = Annotated[
    Overflights | FarAirport | Flocks | Landings | Departures | Helicopters | Crossings | Gliders | BirdLife,
    Field(discriminator="pattern"),
]
