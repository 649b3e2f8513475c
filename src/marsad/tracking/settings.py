"""Settings of the tracking engine; each says what in the physics it stands for."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from marsad.model.sensor import SensorKind
from marsad.model.settings import Settings
from marsad.tracking.ballistic.settings import BallisticFitSettings
from marsad.tracking.motion_settings import MotionModel, default_models
from marsad.tracking.registration.settings import RegistrationSettings


def _default_visibility() -> dict[SensorKind, float]:
    return {
        SensorKind.RADAR: 1.0,
        SensorKind.FUSION: 0.95,
        SensorKind.CAMERA: 0.8,
        SensorKind.RADIO_FREQUENCY: 0.5,
        SensorKind.ACOUSTIC: 0.5,
        SensorKind.ADSB: 0.3,
        SensorKind.REMOTE_ID: 0.3,
        SensorKind.OTHER: 0.8,
    }


def _default_error_correlation_s() -> dict[SensorKind, float]:
    """Haze, glare and an object's shape shift a camera's blob for seconds, reflections a bearing; a radar's
    echo fluctuates from scan to scan, and claims state a bound rather than a scatter."""
    return {
        SensorKind.RADAR: 0.0,
        SensorKind.FUSION: 0.0,
        SensorKind.CAMERA: 1.0,
        SensorKind.RADIO_FREQUENCY: 1.0,
        SensorKind.ACOUSTIC: 1.0,
        SensorKind.ADSB: 0.0,
        SensorKind.REMOTE_ID: 0.0,
        SensorKind.OTHER: 0.0,
    }


def _default_miss_correlation_s() -> dict[SensorKind, float]:
    """Masts, sun and haze hide from a camera for seconds, pauses between bursts from a direction finder,
    gusts from microphones."""
    return {
        SensorKind.RADAR: 0.0,
        SensorKind.FUSION: 0.0,
        SensorKind.CAMERA: 3.0,
        SensorKind.RADIO_FREQUENCY: 3.0,
        SensorKind.ACOUSTIC: 3.0,
        SensorKind.ADSB: 0.0,
        SensorKind.REMOTE_ID: 0.0,
        SensorKind.OTHER: 0.0,
    }


class TrackingSettings(Settings):
    """Settings of `Tracker`; the defaults suit a site with drones, aircraft and birds within 20 km."""

    dimensions: Literal[2, 3] = Field(
        default=3, description="3 = space; 2 = a purely horizontal picture, heights ignored."
    )
    compiled: bool = Field(
        default=True, description="Use the compiled kernels; False runs their NumPy specification, slower."
    )

    # motion
    models: tuple[MotionModel, ...] = Field(
        default_factory=default_models,
        min_length=1,
        max_length=8,
        description="Motion hypotheses: what flies straight, what turns, what falls; more cost time.",
    )
    speed_max_mps: float = Field(
        default=250.0,
        gt=0,
        le=5000,
        description="Fastest object expected; a new track may have any speed up to it, in any direction.",
    )
    vertical_speed_max_mps: float = Field(
        default=40.0, gt=0, le=5000, description="The same upwards; climbing airliners reach 20 m/s."
    )

    # existence
    lifetime_s: float = Field(
        default=300.0,
        gt=1,
        description="Mean time an object stays in the picture: survival is exp(-t/lifetime).",
    )
    birth_rate_per_km2_s: float = Field(
        default=1e-3, gt=0, le=10, description="New objects per km² and second; 1e-3 is 40 a minute in 15 km."
    )
    initial_density_per_km2: float = Field(
        default=0.05, gt=0, le=1e4, description="Objects per km² in the air before the first scan."
    )
    ceiling_m: float = Field(
        default=12_000.0, gt=100, description="Half of all new objects are spread evenly up to this height."
    )
    low_flyer_scale_m: float = Field(
        default=300.0, gt=10, description="The other half fly low: exponential in height with this mean."
    )
    unknown_height_m: float = Field(
        default=1000.0, description="Height a track starts with if no sensor measured it; see the next."
    )
    unknown_height_sigma_m: float = Field(
        default=1500.0,
        gt=100,
        description="Its one-sigma error: so large that any measured height overrules it.",
    )
    visibility: dict[SensorKind, float] = Field(
        default_factory=_default_visibility,
        description="Share of objects a kind of sensor can see at all; drones carry no transponder.",
    )
    confirm_existence: float = Field(
        default=0.9,
        gt=0.5,
        lt=1,
        description="Shown from this probability: 0.9 is one false in ten at worst.",
    )
    confirm_updates: int = Field(default=3, ge=1, le=20, description="…and from this many plots of its own.")
    confirm_ranged: int = Field(
        default=2,
        ge=1,
        le=20,
        description="…of which so many measured range: a bearing fits whatever lies along it.",
    )
    bearing_trust_s: float = Field(
        default=5.0,
        gt=0,
        le=60,
        description="So long after a plot with range a bearing still raises existence; later it only aims.",
    )
    bearing_coast_s_max: float = Field(
        default=60.0,
        gt=1,
        description="Bearings alone keep a track so long; its range is a guess by then.",
    )
    bearing_memory_s: float = Field(
        default=3.0,
        ge=0,
        le=30,
        description="Bearings cross with those of other sensors up to this age; 0: they start no track.",
    )
    bearings_max: int = Field(
        default=256, ge=2, le=4096, description="Bearings remembered, and used of one scan, for crossing."
    )
    crossing_angle_min_rad: float = Field(
        default=0.1,
        ge=0.01,
        lt=1.5,
        description="Lines that cross more sharply fix no place; 0.1 makes range ten times worse than side.",
    )
    crossing_separation_min_m: float = Field(
        default=50.0, gt=0, description="Sensors closer together than this do not triangulate."
    )
    crossing_existence_min: float = Field(
        default=1e-4, gt=0, lt=0.5, description="Crossings of bearings less likely than this start no track."
    )
    crossing_existence_max: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="Highest existence of a track two bearings start: they may be of two objects.",
    )
    crossing_coast_s_max: float = Field(
        default=8.0,
        gt=0.5,
        description="A track never ranged is dropped when bearings have not fixed it for so long.",
    )
    confirm_crossed: int = Field(
        default=10,
        ge=1,
        le=100,
        description="Looks in which bearings of two sensors agree, less those that could mean a ghost, that "
        "stand for confirm_ranged.",
    )
    birth_existence_min: float = Field(
        default=1e-7,
        gt=0,
        lt=0.5,
        description="Plots less likely than this to be a new object start no track. A plot as fast as a "
        "rocket is a false one but for one chance in a million: rockets are rare.",
    )
    birth_elsewhere_min: float = Field(
        default=0.01,
        gt=0,
        lt=0.5,
        description="Plots that are of no track there is with less than this probability start none.",
    )
    vague_plots_max: int = Field(
        default=5,
        ge=1,
        description="A track that one plot started, that is no likelier since, and whose gate holds more "
        "plots than this says nothing that a new track would not say as well: it ends.",
    )
    prune_existence: float = Field(
        default=1e-3,
        gt=0,
        lt=0.5,
        description="Tracks less likely than this, and than half their first existence, are dropped.",
    )
    ground_up_m: float = Field(
        default=-200.0,
        description="Height above the lowest ground around a place below which nothing flies; deeper tracks "
        "are dropped and counted. Where the terrain is not known the ground is the site's, or the ellipsoid "
        "where that is lower, along the earth.",
    )
    existence_max: float = Field(
        default=1 - 1e-6,
        gt=0.9,
        lt=1,
        description="Certainty is capped, so that a track that vanished can die.",
    )
    coast_s_max: float = Field(
        default=30.0,
        gt=1,
        description="A track without a plot for so long is dropped, even where no sensor looks.",
    )
    merge_updates: int = Field(
        default=10,
        ge=1,
        le=100,
        description="Scans two tracks must agree without plots of their own to be one.",
    )
    merge_distance: float = Field(
        default=0.5,
        gt=0,
        le=4,
        description="They agree when their states differ by less than this many sigmas per axis.",
    )

    # association
    gate_probability: float = Field(
        default=0.9999, gt=0.9, lt=1, description="Share of true plots that fall inside the gate."
    )
    belief_tolerance: float = Field(
        default=1e-5, gt=0, lt=0.1, description="Message passing ends when no message changes by more."
    )
    belief_sweeps_max: int = Field(default=100, ge=1, le=10_000, description="…or after so many sweeps.")
    contended_probability: float = Field(
        default=0.005,
        gt=0,
        lt=0.5,
        description="Tracks that both claim a plot with more than this are weighed jointly.",
    )
    joint_events_max: int = Field(
        default=100, ge=1, le=10_000, description="Joint events kept of such a cluster; more cost time."
    )
    joint_tracks_max: int = Field(
        default=24, ge=2, le=60, description="Larger clusters stay with belief propagation."
    )
    label_error_probability: float = Field(
        default=1e-3, gt=0, lt=0.5, description="Chance that a report carries the label of another object."
    )
    label_gate_factor: float = Field(
        default=2.0,
        ge=1,
        le=10,
        description="A labelled report may lie so much further off its track than others.",
    )
    name_memory_s: float = Field(
        default=600.0,
        ge=0,
        le=7200,
        description="What names itself keeps its number over a silence of so long, if it could have flown "
        "there meanwhile.",
    )
    labelled_existence: float = Field(
        default=0.9, gt=0, lt=1, description="Existence of a track that starts from a labelled report."
    )
    max_edges: int = Field(
        default=400_000,
        ge=100,
        description="Track-plot pairs per scan; beyond it the widest gates are narrowed.",
    )

    # sensors
    range_unknown_m: float = Field(
        default=20_000.0,
        gt=100,
        description="Range of a sensor whose coverage gives none, for clutter density.",
    )
    clutter_speed_max_mps: float = Field(
        default=250.0, gt=1, le=5000, description="False plots have range rates up to this, either way."
    )
    learn_clutter: bool = Field(
        default=True,
        description="Estimate each sensor's false plots per scan; real figures differ by site and weather.",
    )
    clutter_memory_scans: float = Field(default=50.0, ge=5, description="Scans that estimate reaches back.")
    clutter_sector_memory_scans: float = Field(
        default=200.0, ge=5, description="Scans the counts of false plots per sector reach back."
    )
    clutter_sector_prior: float = Field(
        default=100.0, gt=0, le=1e9, description="Plots a sector needs to differ much from the sensor's mean."
    )
    error_correlation_s: dict[SensorKind, float] = Field(
        default_factory=_default_error_correlation_s,
        description="Time over which errors of a kind of sensor stay alike, until learned; 0: none does.",
    )
    miss_correlation_s: dict[SensorKind, float] = Field(
        default_factory=_default_miss_correlation_s,
        description="The same of its sight of an object: what hides it does so for seconds; 0: each anew.",
    )
    learn_correlation: bool = Field(
        default=True,
        description="Estimate both times for each sensor whose kind has any and of which the site says none.",
    )
    velocity_sigma_mps: float = Field(
        default=5.0, gt=0, description="Error of a reported velocity that comes without one."
    )

    registration: RegistrationSettings = Field(
        default=RegistrationSettings(), description="How far sensors are off: estimate and correction."
    )

    ballistic: BallisticFitSettings = Field(
        default=BallisticFitSettings(), description="Fits of free fall to the plots of fast tracks."
    )

    # bounds
    rewind_s: float = Field(
        default=5.0, ge=0, le=60, description="Late reports up to this age are folded in by rewinding."
    )
    history_scans_max: int = Field(default=4096, ge=1, description="Scans kept for rewinding.")
    history_bytes_max: int = Field(default=256 * 2**20, ge=2**20, description="Memory kept for rewinding.")
    max_plots: int = Field(
        default=20_000, ge=1, description="Plots used per scan; beyond it an even sample of the rest is used."
    )
    max_sensors: int = Field(
        default=256, ge=1, description="Sensors known; more are refused, lest a flood of names fill memory."
    )
    max_tracks: int = Field(
        default=5_000, ge=1, description="Tracks kept; the least certain are dropped first."
    )

    def speeds_mps(self) -> list[tuple[float, float]]:
        """Top speed, horizontal and vertical, of what each model describes."""
        return [
            (
                model.speed_max_mps or self.speed_max_mps,
                model.vertical_speed_max_mps or self.vertical_speed_max_mps,
            )
            for model in self.models
        ]

    def speed_sigmas_mps(self) -> list[tuple[float, float]]:
        """One sigma per horizontal axis, and of climb, of a new object under each model.

        Speeds lie evenly between none and the top one v, in any direction: v²/3 shared by two axes.
        Climb is seldom near its top: half of that.
        """
        return [(speed / 6**0.5, climb / 2) for speed, climb in self.speeds_mps()]

    def modes_at_birth(self) -> list[float]:
        """Probabilities of the models for a new object: share times sojourn."""
        weights = [model.share * model.sojourn_s for model in self.models]
        return [weight / sum(weights) for weight in weights]

    @field_validator("visibility")
    @classmethod
    def _shares(cls, value: dict[SensorKind, float]) -> dict[SensorKind, float]:
        for kind, share in value.items():
            if not 0 < share <= 1:
                raise ValueError(f"visibility of {kind} is {share}: a share above 0, up to 1, is allowed")
        return {**_default_visibility(), **value}

    @field_validator("error_correlation_s", "miss_correlation_s")
    @classmethod
    def _lasting(cls, value: dict[SensorKind, float], info: ValidationInfo) -> dict[SensorKind, float]:
        for kind, time_s in value.items():
            if not 0 <= time_s <= 60:
                raise ValueError(f"{info.field_name} of {kind} is {time_s}: 0 to 60 seconds are allowed")
        errors = info.field_name == "error_correlation_s"
        return {**(_default_error_correlation_s() if errors else _default_miss_correlation_s()), **value}
