"""What a scenario says of salvos: rounds fired at a place, and interceptions that break some up."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marsad.simulate.kinds import ROUND_CLASSES, ObjectKind
from marsad.simulate.patterns import Identifier

_STRICT = ConfigDict(frozen=True, extra="forbid")


class Place(BaseModel):
    """A place on the ground: latitude and longitude, or azimuth and range from the site."""

    model_config = _STRICT
    latitude_deg: float | None = Field(default=None, ge=-89, le=89)
    longitude_deg: float | None = Field(default=None, ge=-180, le=180)
    azimuth_deg: float | None = Field(default=None, ge=-360, le=360)
    range_m: float | None = Field(default=None, ge=0, le=100_000)

    @model_validator(mode="after")
    def _one_of_both(self) -> "Place":
        geodetic = self.latitude_deg is not None and self.longitude_deg is not None
        polar = self.azimuth_deg is not None and self.range_m is not None
        if geodetic == polar:
            raise ValueError("give either latitude_deg and longitude_deg or azimuth_deg and range_m")
        return self


class Dispersion(BaseModel):
    """How rounds of one laying scatter, each by itself."""

    model_config = _STRICT
    elevation_sigma_deg: float = Field(default=0.2, ge=0, le=5)
    azimuth_sigma_deg: float = Field(default=0.3, ge=0, le=5)
    speed_sigma_share: float = Field(default=0.005, ge=0, le=0.1, description="Of the speed.")


class Interception(BaseModel):
    """That somebody hits one round of a salvo, which falls on in pieces. Marsad has no part in it."""

    model_config = _STRICT
    by: str = Field(description="As it signs its outcome report.")
    round: int = Field(default=1, ge=1, description="Which of the salvo, counted from 1.")
    after_s: float | None = Field(default=None, gt=0, description="After its launch; or …")
    below_m: float | None = Field(
        default=None, gt=0, le=30_000, description="… once it is so low above the site on its way down."
    )
    pieces: int = Field(default=4, ge=2, le=50)
    piece_kgpm2: tuple[float, float] = Field(
        default=(100.0, 2_000.0), description="Mass over drag area of a piece, from light to heavy."
    )
    burst_sigma_mps: float = Field(default=30.0, ge=0, le=500, description="How they fly apart.")
    report_delay_s: float = Field(default=20.0, ge=0, description="From the outcome to its report.")
    place_sigma_m: float = Field(default=200.0, ge=0, description="How well its report says where.")

    @model_validator(mode="after")
    def _when(self) -> "Interception":
        if (self.after_s is None) == (self.below_m is None):
            raise ValueError("give either after_s or below_m")
        low, high = self.piece_kgpm2
        if not 50.0 <= low <= high <= 20_000.0:
            raise ValueError(f"piece_kgpm2 is [{low:g}, {high:g}]; it must rise, from 50 to 20 000 kg/m²")
        return self


class Salvo(BaseModel):
    """Rounds fired from one place at another, one after the other; hostile, all of them."""

    model_config = _STRICT
    id: Identifier
    kind: ObjectKind = Field(description="Of which class: mortar_round or a rocket.")
    depart_s: float = Field(default=0.0, ge=0, le=360_000, description="When the first is fired.")
    start: Place = Field(description="Where from: the truth knows it, nobody else ever.")
    aim: Place = Field(description="What they are laid at; the elevation is found by trying.")
    count: Annotated[int, Field(ge=1, le=100)] = 1
    interval_s: float = Field(default=1.0, ge=0, le=3_600, description="Between two rounds.")
    spread_m: float = Field(default=0.0, ge=0, le=5_000, description="Sigma of their own aims about the aim.")
    speed_mps: float | None = Field(default=None, description="At the muzzle, or at burn-out.")
    high: bool | None = Field(default=None, description="By the steeper of the two paths.")
    dispersion: Dispersion = Dispersion()
    rcs_dbsm: float | None = Field(default=None, ge=-60, le=60)
    interception: tuple[Interception, ...] = ()

    @model_validator(mode="after")
    def _of_its_class(self) -> "Salvo":
        round_class = ROUND_CLASSES.get(self.kind)
        if round_class is None:
            raise ValueError(f"kind is {self.kind.value!r}; rounds are {', '.join(ROUND_CLASSES)}")
        low, high = round_class.speed_mps
        if self.speed_mps is not None and not low <= self.speed_mps <= high:
            raise ValueError(f"speed_mps is {self.speed_mps:g}; a {self.kind} has {low:g} to {high:g} m/s")
        hit = [item.round for item in self.interception]
        if any(number > self.count for number in hit) or len(set(hit)) < len(hit):
            raise ValueError(f"interception.round must be from 1 to {self.count}, each once")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """What its rounds are called: like the salvo if it is one, else numbered from 1."""
        if self.count == 1:
            return (self.id,)
        return tuple(f"{self.id}-{number}" for number in range(1, self.count + 1))


class Wind(BaseModel):
    """The wind at a height; rounds drift with it, everything else here flies its track over the ground."""

    model_config = _STRICT
    above_ground_m: float = Field(ge=0, le=30_000)
    from_deg: float = Field(ge=-360, le=360)
    speed_mps: float = Field(ge=0, le=100)
