"""From what raids are drawn: the one file of distributions, strictly read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from marsad.simulate.kinds import ObjectKind
from marsad.simulate.layout import checked, read
from marsad.simulate.patterns import Species
from marsad.simulate.scenario import site_names

Suite = Literal["full", "classifying", "one-plain", "two-plain"]
Weather = Literal["clear", "rain", "dust", "wind"]
Fault = Literal["outage", "azimuth-bias", "clock-offset", "latency", "low-detection", "dropped-link"]
Approach = Literal[
    "straight", "weaving", "low", "dog-leg", "two-bearings", "dive", "hover-dash", "swarm", "final"
]
AttackerKind = Literal["one-way-drone", "small-fixed-wing", "multirotor", "jet-drone"]


def _rising(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError(f"{list(value)}: the first must not be above the second")
    return value


def _drawable(value: Mapping[str, float]) -> Mapping[str, float]:
    if sum(value.values()) <= 0:
        raise ValueError("one weight at least must be above 0")
    return value


Span = Annotated[tuple[float, float], AfterValidator(_rising)]
Count = Annotated[tuple[Annotated[int, Field(ge=0, le=50)], int], AfterValidator(_rising)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]


class Strict(BaseModel):
    """A table that allows no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Shares(Strict):
    """Shares of raids that are held."""

    fault: Share
    smallest: Share
    liar: Share
    liar_others: Share
    claim_by_radar: Share


class Times(Strict):
    """When things happen in a raid, seconds."""

    quiet_s: Span
    together_s: float = Field(ge=0)
    after_s: float = Field(ge=0)
    duration_s: Span


class PlainRadar(Strict):
    """A radar without class or Doppler."""

    period_s: float = Field(gt=0)
    antenna_m: float = Field(ge=0)
    range_min_m: float = Field(ge=0)
    range_max_m: float = Field(gt=0)
    range_sigma_m: float = Field(gt=0)
    azimuth_sigma_deg: float = Field(gt=0)
    elevation_sigma_deg: float = Field(gt=0)
    reference_range_m: float = Field(gt=0)
    reference_rcs_dbsm: float
    reference_snr_db: float
    false_plots_per_look: float = Field(ge=0)
    places_m: tuple[tuple[float, float], tuple[float, float]]


class ClassifyingRadar(Strict):
    """What a radar that names classes does better."""

    classifies: float = Field(gt=0, lt=1)


class WeatherEffect(Strict):
    """What weather does to sensors and flight."""

    false_plots: float = Field(default=1.0, ge=0)
    visibility_m: float | None = Field(default=None, gt=10, le=100_000)
    radar_loss_db_per_km: float = Field(default=0.0, ge=0, le=20)
    wind_mps: Span = (0.0, 0.0)


class FaultSizes(Strict):
    """How large each kind of fault is."""

    begins: Span
    outage_s: Span
    azimuth_bias_deg: Span
    clock_offset_s: Span
    latency_s: Span
    detection: float = Field(gt=0, lt=1)
    dropped_s: Span


class Weaving(Strict):
    """Left and right of the straight way."""

    amplitude: Span


class DogLeg(Strict):
    """One turn on the way."""

    turn_deg: Span
    at: Span


class Low(Strict):
    """Behind terrain or buildings."""

    above_ground_m: Span
    mask_deg: Span
    mask_width_deg: Span


class Dive(Strict):
    """From height onto the zone."""

    above_ground_m: Span
    from_m: Span


class HoverDash(Strict):
    """Standing in the air, then straight in."""

    hover_s: Span
    hover_at_m: Span


class TwoBearings(Strict):
    """From two sides at once."""

    apart_deg: Span


class Swarm(Strict):
    """Many from one side."""

    count: Count
    spread_deg: float = Field(ge=0)


class Final(Strict):
    """Down the approach path that airliners use."""

    leaves_m: float = Field(gt=0)


class Approaches(Strict):
    """How attackers come in, with their figures."""

    weaving: Weaving
    dog_leg: DogLeg = Field(alias="dog-leg")
    low: Low
    dive: Dive
    hover_dash: HoverDash = Field(alias="hover-dash")
    two_bearings: TwoBearings = Field(alias="two-bearings")
    swarm: Swarm
    final: Final


class AttackerCount(Strict):
    """How many come, but in a swarm."""

    count: Count


class AttackerDraw(Strict):
    """One kind of attacker."""

    kind: ObjectKind
    weight: Weight
    speed_mps: Span
    above_ground_m: Span
    flight_s: Span
    rcs_dbsm: tuple[float, float]
    smallest_rcs_dbsm: Span
    radio: Share
    approaches: Annotated[dict[Approach, Weight], AfterValidator(_drawable)]


class Harmless(Strict):
    """Who else flies."""

    airliners: Count
    silent_airliner: Share
    landing_every_s: dict[str, float]
    departing_every_s: dict[str, float]
    helicopters: Count
    silent_helicopter: Share
    helicopter_passes_m: Span
    bird_species: Count
    birds: tuple[Species, ...] = Field(min_length=1)
    flocks_per_hour: Span
    bird_ring_m: Span
    own_drone: Share


class Distributions(Strict):
    """The whole file."""

    version: Literal[1]
    shares: Shares
    site: Annotated[dict[str, Weight], AfterValidator(_drawable)]
    suite: Annotated[dict[Suite, Weight], AfterValidator(_drawable)]
    weather_share: Annotated[dict[Weather, Weight], AfterValidator(_drawable)]
    fault_kind: Annotated[dict[Fault, Weight], AfterValidator(_drawable)]
    time: Times
    plain_radar: PlainRadar
    classifying_radar: ClassifyingRadar
    weather: dict[Weather, WeatherEffect]
    fault: FaultSizes
    approach: Approaches
    by_hand: dict[AttackerKind, Share]
    attackers: AttackerCount
    attacker: dict[AttackerKind, AttackerDraw]
    harmless: Harmless

    @model_validator(mode="after")
    def _complete(self) -> "Distributions":
        for site in self.site:
            if site not in site_names():
                raise ValueError(f"site.{site}: there is no such site; there are {', '.join(site_names())}")
        for kind in self.attacker:
            if kind not in self.by_hand:
                raise ValueError(f"by_hand: says nothing of {kind}")
        for weather in self.weather_share:
            if weather not in self.weather:
                raise ValueError(f"weather_share.{weather}: [weather.{weather}] says nothing of it")
        if not any(draw.weight > 0 for draw in self.attacker.values()):
            raise ValueError("attacker: one weight at least must be above 0")
        return self


@dataclass(frozen=True)
class Generator:
    """The distributions with the hash of their file."""

    distributions: Distributions
    sha256: str


SHIPPED = Path(str(resources.files(__package__))) / "raids.toml"


@lru_cache(maxsize=8)
def load_generator(path: Path = SHIPPED) -> Generator:
    """Read a file of distributions. Raises ConfigError with every fault."""
    return Generator(checked(path, read(path), Distributions), sha256(path.read_bytes()).hexdigest())
