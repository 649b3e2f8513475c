"""Which claimed identity is bound to which track: evidence for association, never proof.

A label is ``system:identifier``. A track may carry one label per system. Bounded by the number of
tracks: a label lives as long as its track or until it is broken. What was said last under it is
remembered for longer, see `naming`.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.naming import Kept, LastWords, NameLimits, keep_numbers, noted
from marsad.tracking.plots import Plots
from marsad.tracking.records import Claims, Folded
from marsad.tracking.store import CONFIRMED, SYSTEMS, TRACK_ID, Tracks, TrackStore

Index = NDArray[np.int64]

SYSTEMS_MAX = 60  # one bit each


@lru_cache(maxsize=256)
def unclaimed(plots: int) -> Claims:
    """What plots without labels claim; never written into."""
    return Claims(np.full(plots, -1, np.int64), np.zeros(plots, np.int64), np.zeros(plots, np.bool_))


class LabelBook:
    """Bindings between labels and track ids, in both directions."""

    def __init__(self) -> None:
        self._track_of: dict[str, int] = {}
        self._labels_of: dict[int, list[str]] = {}
        self._bit_of: dict[str, int] = {}
        self._words = LastWords()
        self._shared = False

    def __len__(self) -> int:
        return len(self._track_of)

    def copy(self) -> "LabelBook":
        """An independent copy; nothing is copied before one of the two changes."""
        twin = LabelBook()
        twin._track_of, twin._labels_of, twin._bit_of = self._track_of, self._labels_of, self._bit_of
        twin._words = self._words.copy()
        self._shared = twin._shared = True
        return twin

    def _own(self) -> None:
        """Part from copies, before a change."""
        if self._shared:
            self._track_of, self._bit_of = dict(self._track_of), dict(self._bit_of)
            self._labels_of = {track: list(labels) for track, labels in self._labels_of.items()}
            self._shared = False

    def track(self, label: str) -> int:
        """The track a label is bound to, 0 if none."""
        return self._track_of.get(label, 0)

    def system_bit(self, label: str) -> int:
        """A bit that stands for the label's system; 0 once there are too many systems."""
        system = label.partition(":")[0]
        if system not in self._bit_of:
            if len(self._bit_of) >= SYSTEMS_MAX:
                return 0
            self._own()
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
        self._own()
        self._track_of[label] = track_id
        self._labels_of.setdefault(track_id, []).append(label)

    def release(self, label: str) -> int:
        """Break a binding; the track it was bound to, 0 if none."""
        if label not in self._track_of:
            return 0
        self._own()
        track_id = self._track_of.pop(label)
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

    def forget(self, track_ids: list[int]) -> None:
        """Free the labels of dropped tracks."""
        for track_id in track_ids:
            for label in list(self._labels_of.get(track_id, ())):
                self.release(label)

    def claims(self, labels: tuple[str, ...], tracks: Tracks) -> Claims:
        """What the labels of plots say, "" being none."""
        row_of = {
            int(tracks.book[row, TRACK_ID]): int(row) for row in np.flatnonzero(tracks.book[:, SYSTEMS])
        }
        owner = [row_of.get(self.track(label), -1) if label else -1 for label in labels]
        bit = [self.system_bit(label) if label else 0 for label in labels]
        return Claims(
            np.array(owner, np.int64), np.array(bit, np.int64), np.array([bool(label) for label in labels])
        )

    def keep_numbers(self, plots: Plots, done: Folded, store: TrackStore, limits: NameLimits) -> Kept:
        """Give tracks that began with a known name its number, in the store and in what happened."""
        kept = keep_numbers(self._words, plots, done, store, limits)
        for track_id in kept.number.values():
            # the labels of a track that has ended are bound anew, to the one that has its number now
            if not store.tracks.book[store.tracks.book[:, TRACK_ID] == track_id, SYSTEMS].any():
                self.forget([track_id])
        return kept

    def note(self, plots: Plots, done: Folded, store: TrackStore, limits: NameLimits) -> None:
        """Remember what this scan said under each name, once its labels are settled."""
        if plots.labels:
            self._words.keep(noted(plots, done, store, self._track_of), plots.t_ns - limits.keep_ns)

    def settle(
        self, labels: tuple[str, ...], found: Folded, store: TrackStore, confirm_existence: float
    ) -> tuple[int, int]:
        """Bind and break after a scan, in the book and in the columns of the tracks that are left.

        Returns how many were bound and broken. A track that got a label now is confirmed by its existence, as
        `tidy.confirm` does with those that have one.
        """
        dropped = found.dropped_id.tolist()
        if not labels and not found.merged.shape[1] and self._labels_of.keys().isdisjoint(dropped):
            return 0, 0
        changed: set[int] = set()
        distrusted = set(found.broken.tolist())
        for plot in distrusted:
            changed.add(self.release(labels[plot]))
        bound, broken = self._bind_owned(labels, found.owner_id.tolist(), distrusted, changed)
        for stays, goes in zip(*found.merged.tolist(), strict=True):
            self.move(goes, stays)
            changed.add(stays)
        if labels:
            for plot, track_id in zip(*found.born.tolist(), strict=True):
                if labels[plot] and not self.track(labels[plot]) and plot not in distrusted:
                    self.bind(labels[plot], track_id)
                    changed.add(track_id)
                    bound += 1
        self.forget(dropped)
        for track_id in changed:
            tracks = store.tracks  # not before: most scans change none, and laying out columns takes time
            mine, systems = tracks.book[:, TRACK_ID] == track_id, self.systems(track_id)
            tracks.book[mine, SYSTEMS] = systems
            if systems:
                tracks.book[mine & (tracks.existence >= confirm_existence), CONFIRMED] = 1
        return bound, broken + len(distrusted)

    def _bind_owned(
        self, labels: tuple[str, ...], owner_id: list[int], distrusted: set[int], changed: set[int]
    ) -> tuple[int, int]:
        """Bind labels of plots to the tracks that own them; how many were bound, how many broken for it."""
        bound = broken = 0
        for plot, label in enumerate(labels):
            track_id = owner_id[plot]
            if not label or not track_id or plot in distrusted:
                continue
            before = self.track(label)
            if before == track_id or self.systems(track_id) & self.system_bit(label):
                continue
            if before:
                changed.add(self.release(label))
                broken += 1
            self.bind(label, track_id)
            changed.add(track_id)
            bound += 1
        return bound, broken
