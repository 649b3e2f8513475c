"""Settings of the watch over satellite navigation."""

from pydantic import Field

from marsad.model.settings import Settings


class NavigationSettings(Settings):
    """When claimed places show that satellite navigation is disturbed at the site."""

    window_s: float = Field(default=60.0, gt=0, description="what was seen in so long counts")
    period_s: float = Field(default=1.0, gt=0, description="judged anew once in so long")
    hold_s: float = Field(default=120.0, ge=0, description="a state is bettered only after so long")
    aircraft_max: int = Field(default=500, ge=1, description="aircraft remembered; the oldest gives way")
    aircraft_min: int = Field(default=3, ge=1, description="of fewer nothing is said, unless two are off")
    gap_max_s: float = Field(default=30.0, gt=0, description="after a longer gap places are not compared")
    jump_m: float = Field(
        default=2000.0, gt=0, description="a place this far from where the aircraft was going is a jump…"
    )
    jump_share: float = Field(default=0.5, ge=0, description="…and also this share of the way it went")
    still_m: float = Field(default=25.0, gt=0, description="a place that stays within this…")
    still_s: float = Field(default=10.0, gt=0, description="…for so long stands still…")
    moving_mps: float = Field(default=40.0, gt=0, description="…which nothing does that claims this speed")
    together_m: float = Field(default=1000.0, gt=0, description="aircraft within this are at one place…")
    together: int = Field(default=4, ge=2, description="…which so many never are, unless they jumped there")
    together_jumped: int = Field(default=2, ge=2, description="of those that jumped so many suffice")
    circle_turn_deg: float = Field(default=150.0, gt=0, description="an arc of so much tells a circle")
    circle_radius_min_m: float = Field(
        default=300.0, gt=0, description="smaller are gliders in one thermal and helicopters"
    )
    circle_residual: float = Field(
        default=0.03, gt=0, description="share of the radius by which places may be off their circle"
    )
    circle_centre_m: float = Field(default=500.0, gt=0, description="centres this near are one centre")
    circle_radius_share: float = Field(default=0.1, gt=0, description="radii this alike are one radius")
    integrity_min: int = Field(default=7, ge=0, le=11, description="NIC or NACp below this is low")
    doubtful_share: float = Field(
        default=0.1, gt=0, description="of the aircraft off, at least two: doubtful"
    )
    bad_share: float = Field(default=0.25, gt=0, description="of the aircraft off, at least three: bad")
    doubtful_factor: float = Field(
        default=0.6, ge=0, le=1, description="what a claim is worth while navigation is doubtful"
    )
    bad_factor: float = Field(default=0.25, ge=0, le=1, description="the same while it is bad")
