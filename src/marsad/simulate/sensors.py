"""What a scenario says of its sensors: where they stand and how well they see."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

_STRICT = ConfigDict(frozen=True, extra="forbid")
Positive = Annotated[float, Field(gt=0)]
Degrees = Annotated[float, Field(ge=-360, le=360)]


class Obstacle(BaseModel):
    """Something that hides what is lower, seen from the sensor: a hangar, a tree line, a hill."""

    model_config = _STRICT
    from_deg: Degrees = Field(description="Azimuth where it begins, clockwise from true north.")
    to_deg: Degrees = Field(description="Azimuth where it ends.")
    below_deg: float = Field(ge=-5, le=60, description="Nothing below this elevation is seen behind it.")


class _Placed(BaseModel):
    model_config = _STRICT
    node_id: str = Field(description="UUID of the node in the site description.")
    latitude_deg: float = Field(ge=-89, le=89)
    longitude_deg: float = Field(ge=-180, le=180)
    antenna_m: float = Field(default=10.0, ge=0, le=500, description="Above the ground of the site.")
    period_s: float = Field(default=1.0, ge=0.05, le=60, description="Time between two looks.")
    offset_s: float = Field(default=0.0, ge=0, le=60, description="When the first look begins.")
    delay_s: float = Field(
        default=0.15, ge=0, le=10, description="From measurement to arrival; 0.15 s is processing and a wire."
    )
    clock_offset_s: float = Field(default=0.0, ge=-2, le=2, description="Its clock minus the true time.")
    range_min_m: float = Field(default=0.0, ge=0)
    range_max_m: Positive
    elevation_min_deg: float = Field(default=-5.0, ge=-90, le=90)
    elevation_max_deg: float = Field(default=90.0, ge=-90, le=90)
    azimuth_from_deg: Degrees = 0.0
    azimuth_width_deg: float = Field(default=360.0, gt=0, le=360)
    azimuth_sigma_deg: Positive
    azimuth_bias_deg: float = Field(default=0.0, ge=-5, le=5, description="Misalignment it does not know of.")
    false_plots_per_look: float = Field(default=0.0, ge=0, le=200, description="Mean of a Poisson number.")
    obstacles: tuple[Obstacle, ...] = ()
    status_interval_s: float = Field(default=5.0, ge=1, le=60)
    outages_s: tuple[tuple[float, float], ...] = Field(
        default=(), description="[from, to] pairs in which it is dead: no report, no status."
    )

    @model_validator(mode="after")
    def _limits(self) -> "_Placed":
        if self.range_min_m >= self.range_max_m:
            raise ValueError(
                f"range_min_m = {self.range_min_m} must be below range_max_m = {self.range_max_m}"
            )
        if self.elevation_min_deg >= self.elevation_max_deg:
            raise ValueError("elevation_min_deg must be below elevation_max_deg")
        return self


class RadarReference(BaseModel):
    """One point of the radar equation; the rest follows from range to the fourth power."""

    model_config = _STRICT
    range_m: Positive
    rcs_dbsm: float = Field(ge=-60, le=60)
    snr_db: float = Field(
        default=13.0, description="13 dB and Pfa 1e-6 give a detection probability of 0.52."
    )


class RadarSettings(_Placed):
    """A radar that measures range, azimuth, elevation and range rate."""

    range_sigma_m: Positive
    elevation_sigma_deg: Positive
    range_rate_sigma_mps: Positive = 0.4
    tells_range_rate: bool = Field(default=True, description="A plain radar keeps it to itself.")
    range_bias_m: float = Field(default=0.0, ge=-200, le=200)
    reference: RadarReference
    false_alarm_probability: float = Field(default=1e-6, gt=0, lt=0.01, description="Per cell.")
    notch_mps: float = Field(default=1.5, ge=0, le=30, description="Slower range rates look like clutter.")
    sees_rotors: bool = Field(
        default=False, description="Turning rotors lift what hovers out of the clutter notch."
    )
    rotating: bool = Field(
        default=False, description="The beam goes round once a period; else it looks everywhere at once."
    )
    resolution_m: float = Field(
        default=30.0, ge=0, description="Closer in range than this, two are one plot …"
    )
    resolution_deg: float = Field(default=2.0, ge=0, description="… if they are also this close in azimuth.")
    classifies: float = Field(
        default=0.0, ge=0, lt=1, description="Chance that it names the class rightly; 0 = it names none."
    )
    classifies_rockets: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Chance that it names a rocket one; 0 = it has no class for them.",
    )
    tells_elevation: bool = Field(default=True, description="A radar in the plane has no height to tell.")


class DirectionFinderSettings(_Placed):
    """A radio direction finder: bearings of what emits."""

    reference_power_dbm: float = Field(default=20.0, description="Emitters of this power are heard …")
    path_loss_exponent: float = Field(
        default=2.5,
        ge=2,
        le=4,
        description="… to range_max_m, others to 10^(dB/10n) of it; 2.5 = open ground.",
    )
    detection_probability: float = Field(default=0.85, gt=0, le=1, description="Per look, while it emits.")


class CameraSettings(_Placed):
    """A staring camera: azimuth and elevation of what is large enough in the image."""

    elevation_sigma_deg: Positive
    instantaneous_view_mrad: Positive = Field(description="The angle of one pixel.")
    pixels_to_detect: float = Field(default=2.0, gt=0, description="Johnson's criterion.")
    pixels_to_classify: float = Field(default=8.0, gt=0, description="Johnson's criterion for recognition.")
    detection_probability: float = Field(default=0.8, gt=0, le=1, description="Per look, within its range.")


class AdsbReceiverSettings(BaseModel):
    """An ADS-B receiver that serves SBS lines."""

    model_config = _STRICT
    latitude_deg: float = Field(ge=-89, le=89)
    longitude_deg: float = Field(ge=-180, le=180)
    antenna_m: float = Field(default=10.0, ge=0, le=500)
    range_max_m: Positive = 250_000.0
    reception_probability: float = Field(
        default=0.85, gt=0, le=1, description="Per message, anywhere in range."
    )
    period_s: float = Field(
        default=1.0, ge=0.2, le=10, description="Between two positions; 0.5 s on the air."
    )
    position_sigma_m: Positive = Field(default=8.0, description="Of the aircraft's own navigation.")
    delay_s: float = Field(default=0.25, ge=0, le=10)
