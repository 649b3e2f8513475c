"""What is scored: true objects, and looks at what a system shows of them, whoever's system it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, nan
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from marsad.model.threat import DRONE_CLASSES, Level

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
# what a truth or a system calls an uncrewed aircraft: a class of ours, or the one word of COURAGEOUS
DRONE_WORDS = frozenset({*DRONE_CLASSES, "UAV"})
NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Subject:
    """A true object, as far as its truth is known.

    name         what the truth calls it
    class_name   its true class, in the words of the truth
    right        the classes that a system may call it and be right
    hostile      whether it comes to attack; None where the truth does not say
    friend       whether it is one of the site's own, so that it must not be taken for a threat
    gate_m       a track further away than this is not on it
    arrivals_s   zone → when its planned path first meets it
    end_s        when it ended: it arrived, left or was stopped
    """

    name: str
    class_name: str
    right: frozenset[str]
    hostile: bool | None
    friend: bool
    gate_m: float
    arrivals_s: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    end_s: float = inf

    @property
    def wanted(self) -> bool:
        """Whether a system must alarm of it: a hostile object, or any drone of unknown intent."""
        return self.is_drone if self.hostile is None else self.hostile

    @property
    def is_drone(self) -> bool:
        """Whether it is an uncrewed aircraft."""
        return bool(self.right & DRONE_WORDS)


@dataclass(frozen=True, slots=True)
class TimeLeftShown:
    """Seconds that a system gives an object until it meets a zone, with the 90 % interval."""

    zone_id: str
    likely_s: float
    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True)
class Shown:
    """What a system shows of one track.

    class_name          in the words of the system, "" if it gives none
    class_probability   in the order of THREAT_CLASSES, () if it gives none
    hostility           probability, NaN if it gives none
    level               None if it has no levels
    alarmed             the operator is alerted of it now
    cleared             taken for a friend or a neutral
    suspected           taken for suspect or hostile
    first_t_s           its first plot, as far as the system tells
    """

    class_name: str = ""
    class_probability: tuple[float, ...] = ()
    hostility: float = nan
    level: Level | None = None
    alarmed: bool = False
    cleared: bool = False
    suspected: bool = False
    first_t_s: float = nan
    times_left: tuple[TimeLeftShown, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """Truth and what is shown at one time, in metres and m/s of one frame.

    rows         (j,) which subjects are there, ascending
    truth        (j, 6) their states
    covered      (j,) whether a sensor covers them, with line of sight; all True where nothing is known of it
    track_id     (n,) numbers under which the system shows its tracks, each once
    tracks       (n, 6) their states; NaN where the system does not tell
    covariance   (n, 6, 6), or None
    shown        n judgements
    """

    t_s: float
    rows: Rows
    truth: Array
    covered: NDArray[np.bool_]
    track_id: Rows
    tracks: Array
    covariance: Array | None
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """One announcement of a system.

    zone_id   "" where it is of the site as a whole
    joined    (t_s, track) of every track that was in it
    """

    alarm_id: str
    t_s: float
    zone_id: str
    stage: Level
    joined: tuple[tuple[float, int], ...]
