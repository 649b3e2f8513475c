"""What names itself keeps its number: across gaps in its reports, and across turns between them.

A report that names an object which lives by its own word alone, and which could have flown there, is that
object, whatever its track foretold: its track begins anew there, under its old number. One that names a track
which ended lately begins a track with that number. Where a sensor has seen the track since its last word, the
word is held against that, and a number is never given to two objects. Bounded in number and time.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.plots import Plots
from marsad.tracking.records import Folded
from marsad.tracking.store import (
    CONFIRMED,
    FIRST_T_NS,
    LAST_T_NS,
    RANGED,
    RANGED_T_NS,
    SYSTEMS,
    TRACK_ID,
    UPDATES,
    TrackStore,
)

Index = NDArray[np.int64]

NAMES_MAX = 20_000
SIX = 6  # numbers of a place and its velocity in space
SLACK_M = 300.0  # of places stated at another time than theirs


class Word(NamedTuple):
    """The last report that named a track: whose, since when that is there, and when and where it was.

    up_m, sigma_up_m  NaN where no height was told
    """

    track_id: int
    first_t_ns: int
    t_ns: int
    east_m: float
    north_m: float
    sigma_m: float
    up_m: float
    sigma_up_m: float


class NameLimits(NamedTuple):
    """How long a number is kept for a name, and how fast what bears it may have flown, and climbed."""

    keep_ns: int
    speed_max_mps: float
    climb_max_mps: float


class LastWords:
    """The last word under each name, the newest last; a copy shares it until one of the two changes."""

    def __init__(self) -> None:
        self._of: dict[str, Word] = {}
        self._shared = False

    def __len__(self) -> int:
        return len(self._of)

    def copy(self) -> "LastWords":
        """An independent copy."""
        twin = LastWords()
        twin._of = self._of
        self._shared = twin._shared = True
        return twin

    def of(self, name: str) -> Word | None:
        """The last word under a name."""
        return self._of.get(name)

    def keep(self, words: dict[str, Word], since_t_ns: int) -> None:
        """Take in newer words, and forget what is older than that, or too much."""
        if self._shared:
            self._of, self._shared = dict(self._of), False
        for name, word in words.items():
            self._of.pop(name, None)
            self._of[name] = word
        while self._of:
            name, oldest = next(iter(self._of.items()))
            if oldest.t_ns >= since_t_ns and len(self._of) <= NAMES_MAX:
                break
            del self._of[name]


class Kept(NamedTuple):
    """What a scan means with the numbers that names keep.

    done     with those numbers
    number   the number of each track that began in this scan and is known by another now
    """

    done: Folded
    number: dict[int, int]

    def numbered(self, track_id: Index) -> Index:
        """Ids (k,) as they are known now."""
        if not self.number:
            return track_id
        return np.array([self.number.get(one, one) for one in track_id.tolist()], np.int64)


def keep_numbers(words: LastWords, plots: Plots, done: Folded, store: TrackStore, limits: NameLimits) -> Kept:
    """Give tracks that begin with a known name the number which that name had. Changes the store."""
    number: dict[int, int] = {}
    plot_of: dict[int, int] = {}
    if not plots.labels or not len(words):
        return Kept(done, number)
    begun = dict(zip(*done.born.tolist(), strict=True))
    for plot, (name, owner) in enumerate(zip(plots.labels, done.owner_id.tolist(), strict=True)):
        word = words.of(name) if name else None
        if word is None or word.track_id == owner or word.track_id in plot_of:
            continue
        track_id = begun.get(plot, owner)
        if not track_id or track_id in number or not _could_be(word, plots, plot, limits):
            continue
        if _is_unseen(store, track_id) and (
            _renumbered(store, word, track_id) or _begun_anew(store, word, track_id, plots.t_ns)
        ):
            number[track_id] = word.track_id
            plot_of[word.track_id] = plot
    if not number:
        return Kept(done, number)
    kept = Kept(done, number)
    plots_kept = np.array([*plot_of.values()], np.int64)
    owner_id = done.owner_id.copy()
    owner_id[plots_kept] = [*plot_of]
    changed = done._replace(
        own=np.stack([kept.numbered(done.own[0]), done.own[1]]),
        owner_id=owner_id,
        claimed_id=kept.numbered(done.claimed_id),
        broken=done.broken[~np.isin(done.broken, plots_kept)],
        born=np.stack([done.born[0], kept.numbered(done.born[1])]),
        dropped_id=done.dropped_id[~np.isin(done.dropped_id, [*plot_of])],
    )
    return Kept(changed, number)


def noted(plots: Plots, done: Folded, store: TrackStore, track_of: dict[str, int]) -> dict[str, Word]:
    """The words of this scan that named the track they belong to; done as `keep_numbers` gives it."""
    owners, begun = done.owner_id.tolist(), dict(zip(*done.born.tolist(), strict=True))
    said = {
        plot: bearer
        for plot, name in enumerate(plots.labels)
        if name and (bearer := track_of.get(name)) and bearer in (owners[plot], begun.get(plot))
    }
    if not said:
        return {}
    book, t_ns = store.tracks.book, plots.t_ns
    first = dict(zip(book[:, TRACK_ID].tolist(), book[:, FIRST_T_NS].tolist(), strict=True))
    if plots.polar:
        return {
            plots.labels[plot]: Word(
                track_id, first[track_id], t_ns, *_place(store, track_id), np.nan, np.nan
            )
            for plot, track_id in said.items()
            if track_id in first
        }
    # whole columns at once: thousands of aircraft name themselves in one look
    values, sigmas = plots.values.tolist(), plots.sigmas.tolist()
    whole = plots.values.shape[1] == SIX
    words = {}
    for plot, track_id in said.items():
        if track_id in first:
            place, error = values[plot], sigmas[plot]
            height = (place[2], error[2]) if whole else (np.nan, np.nan)
            words[plots.labels[plot]] = Word(
                track_id, first[track_id], t_ns, place[0], place[1], max(error[0], error[1]), *height
            )
    return words


def _place(store: TrackStore, track_id: int) -> tuple[float, float, float]:
    """East, north and error of a track, for a plot that has them only together with a sensor's place."""
    tracks = store.tracks
    row = int(np.flatnonzero(tracks.book[:, TRACK_ID] == track_id)[0])
    east, north = (tracks.modes[row] @ tracks.mean[row, :, :2]).tolist()
    return east, north, float(np.sqrt(tracks.cov[row, :, :2, :2].diagonal(0, 1, 2).max()))


def _could_be(word: Word, plots: Plots, plot: int, limits: NameLimits) -> bool:
    """Whether what spoke then could be where this plot is."""
    elapsed_ns = plots.t_ns - word.t_ns
    if plots.polar or not 0 <= elapsed_ns <= limits.keep_ns:
        return False
    east, north = plots.values[plot, :2].tolist()
    sigma = word.sigma_m + float(plots.sigmas[plot, :2].max())
    elapsed_s = elapsed_ns * 1e-9
    way_m = 2.0 * limits.speed_max_mps * elapsed_s + 3.0 * sigma + SLACK_M
    up, sigma_up = _height(plots, plot)
    rise_m = 2.0 * limits.climb_max_mps * elapsed_s + 3.0 * (word.sigma_up_m + sigma_up) + SLACK_M
    # an unknown height speaks against nothing
    leaps = abs(up - word.up_m) > rise_m
    return not leaps and bool(np.hypot(east - word.east_m, north - word.north_m) <= way_m)


def _height(plots: Plots, plot: int) -> tuple[float, float]:
    """Height and its error of a place, NaN where it is unknown or the picture has two dimensions."""
    if plots.values.shape[1] < SIX:
        return np.nan, np.nan
    return float(plots.values[plot, 2]), float(plots.sigmas[plot, 2])


def _is_unseen(store: TrackStore, track_id: int) -> bool:
    """Whether nobody has been shown the track with that id, and it has no name."""
    book = store.tracks.book
    return not book[book[:, TRACK_ID] == track_id][:, [CONFIRMED, SYSTEMS]].any()


def _renumbered(store: TrackStore, word: Word, track_id: int) -> bool:
    """Give the track with that id the number of a name whose track has ended."""
    book = store.tracks.book
    if (book[:, TRACK_ID] == word.track_id).any():
        return False
    for row in np.flatnonzero(book[:, TRACK_ID] == track_id).tolist():
        book[row, TRACK_ID], book[row, FIRST_T_NS] = word.track_id, word.first_t_ns
        return True
    return False


def _begun_anew(store: TrackStore, word: Word, track_id: int, t_ns: int) -> bool:
    """Put the track of a name, which nothing but its own word has held since, where that says it is now."""
    tracks = store.tracks
    book = tracks.book
    olds, news = (np.flatnonzero(book[:, TRACK_ID] == one).tolist() for one in (word.track_id, track_id))
    if not olds or not news or book[olds[0], LAST_T_NS] > word.t_ns:
        return False
    old, new = olds[0], news[0]
    for column in (tracks.mean, tracks.cov):
        column[old] = column[new]
    # not the modes: how it flies is known, and a newcomer may be a rocket
    tracks.existence[old] = max(tracks.existence[old], tracks.existence[new])
    book[old, [UPDATES, RANGED]] += 1
    book[old, [LAST_T_NS, RANGED_T_NS]] = t_ns
    book[old, CONFIRMED] |= book[new, CONFIRMED]
    left = np.arange(len(book)) != new
    for each in tracks:
        each[:-1] = each[left]
    store.replace(store.block, store.rows, store.count - 1)
    return True
