"""Words of the wire that more than one record has."""

from typing import Literal

IdentityName = Literal["pending", "unknown", "friend", "assumed_friend", "neutral", "suspect", "hostile"]
ClassName = Literal[
    "owa", "ballistic", "fixedwing_small", "multirotor", "unknown", "crewed", "balloon", "bird"
]
LevelNumber = Literal[0, 1, 2, 3]
OutcomeName = Literal["unknown", "stopped", "missed", "landed", "left", "false_alarm"]
EndingName = Literal["all_clear", "retraction"]
FactStatusName = Literal["unknown", "unconfirmed", "confirmed", "none"]
AlarmStateName = Literal["active", "passed", "cleared"]
HealthName = Literal["ok", "degraded", "lost", "gone", "refused"]
OverloadName = Literal["waiting", "messages", "share", "rewinds", "plots", "bytes"]
BiasName = Literal["range", "azimuth", "elevation", "clock"]
AskingName = Literal["asks", "refused", "claims"]
SensorKindName = Literal[
    "radar", "radio_frequency", "camera", "acoustic", "adsb", "remote_id", "fusion", "other"
]
ModeName = Literal["live", "exercise", "test"]
ProcedureUseName = Literal[
    "final",
    "departure climb",
    "runway",
    "helicopter route",
    "arrival",
    "departure",
    "transit",
    "holding",
    "landing place",
    "circuit",
    "gliding",
    "own drones",
]
DistressName = Literal["", "unlawful_interference", "radio_failure", "emergency"]
ClaimSourceName = Literal["own", "multilateration", "relayed"]
NavigationStateName = Literal["unknown", "good", "doubtful", "bad"]
FlightStateName = Literal["declared", "active", "ended", "cancelled"]
ShapeName = Literal["anywhere", "circle", "polygon", "route"]
HowName = Literal["identifier", "volume", "answer"]
AnswerName = Literal["asked", "ours", "not_ours", "no_answer"]
WhyName = Literal["", "own_drone", "owner_confirmed", "air_traffic", "seen", "not_a_drone", "other"]
