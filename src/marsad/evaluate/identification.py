"""Whether objects are called what they are: confusion, times, friend and threat, calibration."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marsad.evaluate.calibration import Reliability, brier, brier_of_classes
from marsad.evaluate.look import DRONE_WORDS, Look, Shown, Subject
from marsad.model.threat import THREAT_CLASSES, Level

UNTOLD = "-"  # a track that the system gives no class


@dataclass(frozen=True, slots=True)
class Confusion:
    """How long, in looks, objects of each true class were shown as each class."""

    true_classes: tuple[str, ...]
    shown_classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """How many of how many."""

    hits: int
    cases: int


class Identification:
    """Watches who is shown as what."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = subjects
        self._shown_as: dict[int, Counter[str]] = {}
        self._called_threat: set[int] = set()
        self._called_friend: set[int] = set()
        self._class_probability: list[tuple[float, ...]] = []
        self._class_true: list[int] = []
        self._hostility: list[float] = []
        self._hostile: list[bool] = []
        self._time_left = [0, 0]  # inside the interval, all
        self.class_reliability = Reliability()
        self.hostility_reliability = Reliability()

    def see(self, look: Look, pairs: dict[int, int]) -> None:
        """Take in a look and who is on whom."""
        place = {number: index for index, number in enumerate(look.track_id.tolist())}
        for row, number in pairs.items():
            self._judge(look.t_s, row, look.shown[place[number]])

    def _judge(self, t_s: float, row: int, shown: Shown) -> None:
        subject = self._subjects[row]
        self._shown_as.setdefault(row, Counter())[shown.class_name or UNTOLD] += 1
        if shown.suspected or shown.alarmed or (shown.level or Level.INFO) >= Level.ALERT:
            self._called_threat.add(row)
        if shown.cleared:
            self._called_friend.add(row)
        if shown.class_probability and subject.class_name in THREAT_CLASSES:
            column = THREAT_CLASSES.index(subject.class_name)
            best = int(np.argmax(shown.class_probability))
            self._class_probability.append(shown.class_probability)
            self._class_true.append(column)
            self.class_reliability.add(shown.class_probability[best], best == column)
        if np.isfinite(shown.hostility) and subject.hostile is not None:
            self._hostility.append(shown.hostility)
            self._hostile.append(subject.hostile)
            self.hostility_reliability.add(shown.hostility, subject.hostile)
        for left in shown.times_left:
            arrival_s = subject.arrivals_s.get(left.zone_id)
            if arrival_s is None or arrival_s <= t_s or not np.isfinite([left.low_s, left.high_s]).all():
                continue
            self._time_left[0] += left.low_s <= arrival_s - t_s <= left.high_s
            self._time_left[1] += 1

    # ---------------------------------------------------------------- what came out

    def confusion(self) -> Confusion:
        """The whole matrix."""
        rows: dict[str, Counter[str]] = {}
        for row, counts in self._shown_as.items():
            rows.setdefault(self._subjects[row].class_name, Counter()).update(counts)
        shown = sorted({name for counts in rows.values() for name in counts})
        true = sorted(rows)
        return Confusion(
            tuple(true), tuple(shown), tuple(tuple(rows[name][other] for other in shown) for name in true)
        )

    def mostly(self, row: int) -> str | None:
        """What an object was shown as longest; None if no track was ever on it."""
        counts = self._shown_as.get(row)
        return None if counts is None else max(sorted(counts), key=counts.__getitem__)

    def right_objects(self) -> Hits:
        """Objects that were mostly shown as what they are, of those tracked."""
        right = [self.mostly(row) in self._subjects[row].right for row in self._shown_as]
        return Hits(sum(right), len(right))

    def right_looks(self) -> Hits:
        """Looks at tracked objects in which they were shown as what they are."""
        right = sum(
            count
            for row, counts in self._shown_as.items()
            for name, count in counts.items()
            if name in self._subjects[row].right
        )
        return Hits(right, sum(counts.total() for counts in self._shown_as.values()))

    def drones_called_drones(self) -> Hits:
        """Drones that were mostly shown as some drone, of those tracked."""
        rows = [row for row in self._shown_as if self._subjects[row].is_drone]
        return Hits(sum(self.mostly(row) in DRONE_WORDS for row in rows), len(rows))

    def birds_called_drones(self) -> Hits:
        """Birds that were mostly shown as some drone, of those tracked."""
        rows = [row for row in self._shown_as if self._subjects[row].class_name == "bird"]
        return Hits(sum(self.mostly(row) in DRONE_WORDS for row in rows), len(rows))

    def friends_called_threats(self) -> Hits:
        """Own objects alerted of or suspected at any time, of those tracked."""
        rows = [row for row in self._shown_as if self._subjects[row].friend]
        return Hits(sum(row in self._called_threat for row in rows), len(rows))

    def harmless_called_threats(self) -> Hits:
        """Objects that were no threat but alerted of or suspected at any time, of those tracked."""
        rows = [row for row in self._shown_as if not self._subjects[row].wanted]
        return Hits(sum(row in self._called_threat for row in rows), len(rows))

    def threats_called_friends(self) -> Hits:
        """Hostile objects shown as friend or neutral at any time, of those tracked."""
        rows = [row for row in self._shown_as if self._subjects[row].hostile]
        return Hits(sum(row in self._called_friend for row in rows), len(rows))

    def brier_class(self) -> float:
        """Of the class probabilities, 0 to 2."""
        return brier_of_classes(self._class_probability, self._class_true)

    def brier_hostility(self) -> float:
        """Of the hostility, 0 to 1."""
        return brier(self._hostility, self._hostile)

    def time_left_inside(self) -> Hits:
        """Times left whose 90 % interval held the true one, of those for a zone on the object's path."""
        return Hits(*self._time_left)
