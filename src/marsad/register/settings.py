"""Settings of the register: limits and rates of what an incident keeps."""

from pydantic import Field

from marsad.model.settings import Settings


class RegisterSettings(Settings):
    """How much an incident keeps and how often it is stored."""

    store_period_s: float = Field(
        10.0,
        ge=1,
        le=600,
        description="Mere motion is stored at most this often; a person reads it, "
        "so ten seconds lose nothing, and a raid of ten minutes makes sixty versions, not six hundred.",
    )
    object_count_max: int = Field(
        200,
        ge=1,
        le=5000,
        description="Objects kept in one incident; four times the largest raid the "
        "site is tested with. Further ones are counted in objects_dropped.",
    )
    warning_count_max: int = Field(
        500, ge=1, le=5000, description="Warnings kept in one incident; further ones are counted."
    )
    timeline_count_max: int = Field(
        1000,
        ge=10,
        le=20000,
        description="Lines the machine may write into one timeline; persons may "
        "write as many again, so that a flood of objects never shuts out the duty officer.",
    )
    path_point_count_max: int = Field(
        120,
        ge=8,
        le=2000,
        description="Points kept per path; when full, every second one is dropped. "
        "More than a printed map can show.",
    )
    path_period_s: float = Field(
        2.0,
        ge=0.1,
        le=60,
        description="Shortest time between two points of a path at first; doubles "
        "with every thinning. Two seconds are 100 m at drone speed, a pixel or two of the map.",
    )
    first_seen_count_max: int = Field(
        20000,
        ge=100,
        le=1000000,
        description="Tracks whose first position is remembered; as many as "
        "the tracker is tested with. The longest known are forgotten first.",
    )
    outcome_reach_m: float = Field(
        500.0,
        gt=0,
        le=10000,
        description="How far from an object a report of its outcome by place may "
        "lie; a kill reported by another system is rarely off by more than its own track error.",
    )
    outcome_slack_s: float = Field(
        60.0,
        ge=0,
        le=3600,
        description="How long before its first or after its last plot an object may "
        "be meant by such a report; clocks of other systems and of people are off by up to a minute.",
    )
    rejoin_gap_s: float = Field(
        20.0,
        ge=0,
        le=300,
        description="A track born at most so long after another ended may be the "
        "same object; longer gaps cannot be bridged by straight flight.",
    )
    rejoin_reach_m: float = Field(
        300.0,
        ge=0,
        le=5000,
        description="How far from the straight continuation of the old track the "
        "new one may begin; a small drone's turn of ten seconds stays within it. 0 joins nothing.",
    )
