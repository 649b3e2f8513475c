"""How objects may move: the hypotheses the filter weighs."""

from pydantic import Field

from marsad.model.settings import Settings


class MotionModel(Settings):
    """One hypothesis of how an object moves; the filter weighs all of them (IMM).

    White-noise acceleration of the given spectral density about straight flight, or about a
    level turn of fixed rate. Source: Bar-Shalom, Li, Kirubarajan, "Estimation with Applications
    to Tracking and Navigation" (2001), §6.2.2 and §11.7.
    """

    name: str = Field(min_length=1, description="Short name, shown beside its probability.")
    noise_m2ps3: float = Field(
        gt=0,
        le=1e5,
        description="Horizontal acceleration density q: speed changes by sqrt(q t) in t seconds.",
    )
    vertical_noise_m2ps3: float = Field(gt=0, le=1e5, description="The same upwards.")
    turn_rate_radps: float = Field(
        default=0.0, ge=-2.0, le=2.0, description="Clockwise turn rate; 0 is straight flight."
    )
    sojourn_s: float = Field(gt=0.1, le=1e4, description="Mean time an object keeps to this motion.")
    share: float = Field(
        default=1.0,
        gt=0,
        le=1e3,
        description="How many move so, beside the other models: at birth (times sojourn) and in a switch.",
    )
    gravity: bool = Field(default=False, description="Falls freely; the noise stands for thrust and lift.")
    drag_per_m: float = Field(
        default=0.0,
        ge=0,
        le=0.1,
        description="Air at sea level slows it by this times its speed squared: 6e-5 to 1.5e-4 for rockets.",
    )
    speed_max_mps: float | None = Field(
        default=None, gt=0, le=5000, description="Top speed of what moves so, where it is not the common one."
    )
    vertical_speed_max_mps: float | None = Field(default=None, gt=0, le=5000, description="The same upwards.")
    speed_min_mps: float = Field(
        default=0.0,
        ge=0,
        le=5000,
        description="Slower objects do not move so: cruising airliners do not hover.",
    )


def default_models() -> tuple[MotionModel, ...]:
    """What flies near a site: steadily, at cruising speed, manoeuvring, falling."""
    return (
        # nearly all that flies keeps its height most of the time: that says more of a new track's climb than
        # the first elevations of a far radar do
        MotionModel(
            name="steady",
            noise_m2ps3=2.0,
            vertical_noise_m2ps3=0.15,
            sojourn_s=100.0,
            speed_max_mps=200.0,
            vertical_speed_max_mps=3.0,
        ),
        # airliners and jets on their way hold speed and course far better than anything slow does
        MotionModel(
            name="cruise",
            noise_m2ps3=0.01,
            vertical_noise_m2ps3=0.01,
            sojourn_s=300.0,
            speed_max_mps=300.0,
            vertical_speed_max_mps=3.0,
            speed_min_mps=100.0,
        ),
        MotionModel(
            name="manoeuvre",
            noise_m2ps3=25.0,
            vertical_noise_m2ps3=1.0,
            sojourn_s=3.0,
            share=0.2,
            speed_max_mps=100.0,
            vertical_speed_max_mps=15.0,
        ),
        MotionModel(
            name="ballistic",
            noise_m2ps3=10.0,
            vertical_noise_m2ps3=10.0,
            sojourn_s=60.0,
            share=0.02,
            gravity=True,
            drag_per_m=8e-5,
            speed_max_mps=800.0,
            vertical_speed_max_mps=600.0,
        ),
    )
