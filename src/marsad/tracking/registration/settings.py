"""Settings of sensor registration; each says what in the physics it stands for."""

from math import radians

from pydantic import Field

from marsad.model.settings import Settings


class RegistrationSettings(Settings):
    """How sensors' biases are estimated, when they are corrected, when somebody is told."""

    enabled: bool = Field(default=True, description="Estimate how far each sensor is off.")
    correct: bool = Field(default=True, description="Correct plots and time stamps where that is sure.")
    references: tuple[str, ...] = Field(
        default=(), max_length=64, description="Sensors surveyed so well that they are taken as true."
    )
    bias_factor: float = Field(
        default=1.0,
        gt=0,
        le=10,
        description="Expected one-sigma bias over the sensor's stated random error, before any evidence.",
    )
    clock_sigma_s: float = Field(
        default=0.5, gt=0, le=10, description="Expected one-sigma clock offset; unattended PCs drift so far."
    )
    cooperative_clock_sigma_s: float = Field(
        default=0.1, gt=0, le=10, description="The same of ADS-B and Remote ID, which are timed by satellite."
    )
    memory_s: float = Field(
        default=900.0, gt=10, description="What was learned is forgotten over this time: warmth, wind."
    )
    witness_s: float = Field(
        default=120.0,
        gt=0,
        le=3600,
        description="An object is one witness for so long: several times what its errors may last.",
    )
    evidence_max: int = Field(
        default=4096,
        ge=64,
        le=100_000,
        description="Pairs of sensors, by witness, of which evidence is kept.",
    )
    claimed_height_sigma_m: float = Field(
        default=80.0,
        ge=0,
        le=1000,
        description="Expected one-sigma error, alike for all, of heights that aircraft state: pressure.",
    )
    clock_max_s: float = Field(
        default=2.0, gt=0, le=60, description="A clock that is off by more is told of, and not corrected."
    )
    pair_age_s: float = Field(
        default=2.0, gt=0, le=10, description="Plots of two sensors this far apart are still compared."
    )
    step_s: float = Field(default=2.0, gt=0, le=60, description="Estimates are renewed this often.")
    rest_steps: int = Field(
        default=4, ge=1, le=100, description="When all is learned, only one step of so many is looked at."
    )
    learned_pairs: int = Field(default=1000, ge=1, description="A sensor is learned after so many pairs…")
    learned_s: float = Field(default=300.0, ge=0, description="…or when there were not so many in this time.")
    tracks_min: int = Field(
        default=3, ge=1, le=8, description="Corrected only when so many different objects say so."
    )
    significance: float = Field(
        default=4.0,
        ge=1,
        le=10,
        description="Corrected when so unlikely without a bias as this many sigmas of a Gaussian are.",
    )
    material: float = Field(
        default=0.1, ge=0, le=1, description="…and from this share of the expected bias; less is no use."
    )
    large_angle_rad: float = Field(
        default=radians(2.0), gt=0, description="Told from this error in azimuth or elevation on…"
    )
    large_range_m: float = Field(default=100.0, gt=0, description="…or in range…")
    large_factor: float = Field(
        default=3.0, ge=1, description="…or from so many times the sensor's stated error, if that is less."
    )
    large_clock_s: float = Field(default=1.0, gt=0, description="Told from this clock offset on.")
    sensors_max: int = Field(
        default=24, ge=2, le=60, description="Sensors that take part; memory grows with the square."
    )
    compared_max: int = Field(
        default=64,
        ge=4,
        le=1000,
        description="Plots of a scan that are compared, those of the oldest tracks.",
    )
    plots_max: int = Field(default=1024, ge=16, le=100_000, description="Plots kept for comparison.")
