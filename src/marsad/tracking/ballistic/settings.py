"""Settings of the fits of free fall."""

from pydantic import Field

from marsad.model.settings import Settings


class BallisticFitSettings(Settings):
    """Whose plots are remembered, and when they are those of something that falls freely."""

    candidate_speed_mps: float = Field(
        default=60.0, gt=0, le=1000, description="What is faster is watched: its plots are remembered."
    )
    candidate_mode: float = Field(
        default=0.3,
        gt=0,
        lt=1,
        description="So is what falls freely with this probability by the motion model of that name.",
    )
    candidates_max: int = Field(default=256, ge=1, le=4096, description="Tracks whose plots are remembered.")
    plots_max: int = Field(default=96, ge=8, le=512, description="Plots remembered of each.")
    memory_s: float = Field(default=40.0, ge=2, le=300, description="None older than this.")
    plots_min: int = Field(default=4, ge=3, le=20, description="Plots from which a flight is fitted.")
    speed_min_mps: float = Field(
        default=100.0, gt=0, le=1000, description="Rockets are faster when they come down to the site."
    )
    coefficient_kgpm2: float = Field(
        default=6000.0,
        gt=0,
        le=1e6,
        description="Mass over drag area, the middle of mortars and large rockets; less is expected of slow "
        "ones, more of fast ones.",
    )
    coefficient_sigma: float = Field(
        default=0.4, gt=0, le=3, description="One sigma of its natural logarithm."
    )
    evidence_min: float = Field(
        default=10.0,
        gt=0,
        le=100,
        description="So much better by χ² must free fall explain the plots than the flight of an aircraft.",
    )
    evidence_held: float = Field(
        default=30.0,
        gt=0,
        le=300,
        description="The same of what was seen to fly level or to turn before, as aircraft do, not rockets.",
    )
    climb_usual_mps: float = Field(
        default=30.0, gt=0, le=500, description="Aircraft climb no faster, one sigma…"
    )
    sink_usual_mps: float = Field(default=40.0, gt=0, le=500, description="…they dive no steeper, one sigma…")
    speed_usual_mps: float = Field(default=300.0, gt=0, le=2000, description="…and fly no faster than this.")
    unusual_max: float = Field(
        default=6.0, ge=0, le=50, description="Most that unusual climb and speed count for free fall…"
    )
    unusual_dive_max: float = Field(
        default=15.0, ge=0, le=50, description="…and of what dives, which hardly any aircraft does so."
    )
    surge_mps2: float = Field(
        default=4.0, gt=0, le=50, description="Aircraft speed up, brake, pull up and push over so, one sigma…"
    )
    surge_lasts_s: float = Field(
        default=6.0, gt=0, le=60, description="…for so long; over a longer time by as much less."
    )
    turn_mps2: float = Field(default=20.0, gt=0, le=200, description="They turn so, one sigma.")
    rest_s: float = Field(
        default=10.0, gt=0, le=60, description="What flies straight is looked at again after so long…"
    )
    rest_s_max: float = Field(
        default=60.0,
        gt=0,
        le=600,
        description="…each time after twice as long, up to this; at once where its motion model falls.",
    )
    height_m: float = Field(default=1500.0, description="Height over the site where no sensor measured any…")
    height_sigma_m: float = Field(
        default=2000.0, gt=10, description="…with this one-sigma error, which leaves the impact wide."
    )
