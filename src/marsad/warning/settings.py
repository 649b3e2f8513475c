"""Settings of the warning stage."""

from pydantic import Field

from marsad.model.settings import Settings


class WarningSettings(Settings):
    """When an alarm is raised, grows, passes; and how it is announced to the world."""

    alert_after_s: float = Field(
        default=1.0, ge=0, description="an ALERT must hold this long: a flicker is no alarm"
    )
    warn_after_s: float = Field(
        default=0.0, ge=0, description="a WARN sounds at once: the assessment already asked for two plots"
    )
    passed_after_s: float = Field(
        default=30.0,
        ge=0,
        description="without an active track for this long the danger is said to have passed",
    )
    rocket_cover_s: float = Field(
        default=600.0,
        ge=0,
        description="nobody is given the all-clear of rockets sooner after the last predicted impact",
    )
    raid_window_s: float = Field(
        default=600.0,
        ge=0,
        description="after so long without any active track the next one opens a new raid and sounds again; "
        "the shelter time of ten minutes",
    )
    stale_s: float = Field(
        default=15.0,
        gt=0,
        description="a track without a plot for this long neither raises nor grows an alarm",
    )
    excused_s: float = Field(
        default=10.0,
        ge=0,
        description="after an all-clear given while a track still fulfils the rule, that track is not "
        "announced again for so long, unless its stage rises; if it is harmless, say so of the track",
    )
    reannounce_after_s: float = Field(
        default=0.0, ge=0, description="sound an unacknowledged WARN again after so long; 0 = never"
    )
    group_alerts: bool = Field(
        default=True,
        description="one ALERT alarm per raid over all zones (zone_id empty): keeps a raid of fifty drones "
        "within ten announcements (EEMUA 191)",
    )
    tracks_per_alarm_max: int = Field(
        default=1000, gt=0, description="further tracks are counted, not listed"
    )
    alarms_max: int = Field(default=200, gt=0, description="open alarms; the oldest passed one makes room")
    live_warning: bool = Field(
        default=False, description="second key for real public warnings; the site's mode must be live as well"
    )
    sender: str = Field(
        default="marsad", pattern=r"^[^\s,<&]+$", description="CAP sender, such as an e-mail address"
    )
    restriction: str = Field(
        default="For the protected site only",
        min_length=1,
        description="CAP restriction of a restricted alert",
    )
    expires_s: float = Field(default=600.0, gt=0, description="life of a CAP warning")
    clear_expires_s: float = Field(default=3600.0, gt=0, description="life of a CAP all-clear")
    drill_expires_s: float = Field(default=300.0, gt=0, description="life of a CAP drill")
