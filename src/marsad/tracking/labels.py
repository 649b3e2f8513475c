"""Which claimed identity is bound to which track: evidence for association, never proof.

A label is ``system:identifier``. A track may carry one label per system. Bounded by the number of
tracks: a label lives as long as its track or until it is broken.
"""

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]

SYSTEMS_MAX = 60  # one bit each


class LabelBook:
    """Bindings between labels and track ids, in both directions."""

    def __init__(self) -> None:
        self._track_of: dict[str, int] = {}
        self._labels_of: dict[int, list[str]] = {}
        self._bit_of: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._track_of)

    def copy(self) -> "LabelBook":
        """An independent copy."""
        twin = LabelBook()
        twin._track_of = dict(self._track_of)
        twin._labels_of = {track: list(labels) for track, labels in self._labels_of.items()}
        twin._bit_of = dict(self._bit_of)
        return twin

    def track(self, label: str) -> int:
        """The track a label is bound to, 0 if none."""
        return self._track_of.get(label, 0)

    def system_bit(self, label: str) -> int:
        """A bit that stands for the label's system; 0 once there are too many systems."""
        system = label.partition(":")[0]
        if system not in self._bit_of:
            if len(self._bit_of) >= SYSTEMS_MAX:
                return 0
            self._bit_of[system] = 1 << len(self._bit_of)
        return self._bit_of[system]

    def systems(self, track_id: int) -> int:
        """Bits of the systems a track has labels of."""
        bits = 0
        for label in self._labels_of.get(track_id, ()):
            bits |= self.system_bit(label)
        return bits

    def bind(self, label: str, track_id: int) -> None:
        """Bind a free label to a track."""
        self._track_of[label] = track_id
        self._labels_of.setdefault(track_id, []).append(label)

    def release(self, label: str) -> int:
        """Break a binding; the track it was bound to, 0 if none."""
        track_id = self._track_of.pop(label, 0)
        if track_id:
            left = [other for other in self._labels_of[track_id] if other != label]
            if left:
                self._labels_of[track_id] = left
            else:
                del self._labels_of[track_id]
        return track_id

    def move(self, track_id: int, target: int) -> None:
        """Hand the labels of a merged track to the one that stays, where it has none of that system."""
        for label in list(self._labels_of.get(track_id, ())):
            self.release(label)
            if not self.systems(target) & self.system_bit(label):
                self.bind(label, target)

    def forget(self, track_ids: Index) -> None:
        """Free the labels of dropped tracks."""
        if self._labels_of:
            for track_id in track_ids.tolist():
                for label in list(self._labels_of.get(track_id, ())):
                    self.release(label)
