"""The fast tracks of a site: their plots, and the fits of free fall to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from marsad.model.ballistic import BallisticTable, FitVerdict
from marsad.model.detection import Attribution, Scan
from marsad.model.sensor import Sensor
from marsad.model.track import TrackTable
from marsad.tracking.ballistic.apart import Apart
from marsad.tracking.ballistic.judging import Fit, FitJudge
from marsad.tracking.ballistic.memory import PlotMemory, plots_of
from marsad.tracking.settings import TrackingSettings

Array = NDArray[np.float64]

RATHER_HELD = -2.0  # evidence below which a track is rather held up…
HELD_UNKNOWN = 2  # …and fitted again after so many plots
YOUNG_UPDATES = 3  # a track of fewer plots has no speed yet: its plots are remembered in case


@dataclass
class _Followed:
    """One track: its plots, the latest fit of all, the one that is told, how many plots it does not know,
    and how long it rested last because it flew straight."""

    memory: PlotMemory
    fit: Fit
    told: Fit
    apart: Apart = field(default_factory=Apart)
    unknown: int = 0
    rest_s: float = 0.0


class Follower:
    """Remembers the plots of fast tracks, bounded, and fits free fall to them. Deterministic, picklable.

    falls     name of the motion model that falls freely
    counters  ``fits`` made, ``unfollowed`` fast tracks beyond the limit
    """

    def __init__(self, settings: TrackingSettings, falls: str) -> None:
        self.adopt(settings, falls)
        self._followed: dict[int, _Followed] = {}
        self._wanted: set[int] = set()
        self._newest_id = 0
        self._resting: dict[int, int] = {}  # flies straight: until when its plots are not remembered
        self.counters: dict[str, int] = {"fits": 0, "unfollowed": 0}

    def adopt(self, settings: TrackingSettings, falls: str) -> None:
        """From now on these settings hold."""
        self._settings = settings.ballistic
        self._falls = falls
        self._judge = FitJudge(settings.ballistic, settings.compiled)
        self._is_space = settings.dimensions == 3

    def hear(
        self,
        scan: Scan,
        attribution: Attribution,
        sensors: Mapping[str, Sensor],
        axes_of: Callable[[Sensor], Array],
    ) -> None:
        """Remember which plots of a scan are of tracks that are, or may be, fast.

        sensors  as they were when they looked
        axes_of  gives the rotation (3, 3) that carries the axes at a sensor to those of the site
        """
        newest, wanted = self._newest_id, self._wanted
        pairs = zip(attribution.track_id.tolist(), attribution.plot.tolist(), strict=True)
        found = [(track_id, plot) for track_id, plot in pairs if track_id > newest or track_id in wanted]
        sensor = sensors.get(scan.sensor_id)
        if not found or sensor is None or not self._is_space or not _measures(sensor):
            return
        plots = plots_of(scan, [plot for _, plot in found], sensor, axes_of(sensor))
        for (track_id, _), plot, useful in zip(found, plots, np.isfinite(plots[:, 1]), strict=True):
            if useful and (one := self._of(track_id)) is not None:
                one.memory.add(scan.t_ns, plot)
                one.apart.add(scan.sensor_id, scan.t_ns, plot, self._settings.plots_max)
                one.unknown += 1

    def _of(self, track_id: int) -> _Followed | None:
        one = self._followed.get(track_id)
        if one is None:
            if len(self._followed) >= self._settings.candidates_max:
                self.counters["unfollowed"] += 1
                return None
            none = Fit.none(0)
            one = _Followed(PlotMemory.of(self._settings.plots_max), none, none)
            self._followed[track_id] = one
        return one

    def table(self, table: TrackTable) -> BallisticTable:
        """The fits of the fast tracks of the table, in the order of their numbers; others are forgotten.

        table  tentative tracks too
        """
        fast = self._fast(table)
        names = table.track_id[fast | (table.updates < YOUNG_UPDATES)].tolist()
        self._newest_id = max(self._newest_id, int(table.track_id.max(initial=0)))
        falling = set(table.track_id[self._by_mode(table)].tolist()) if self._resting else set()
        self._resting = {
            key: until for key, until in self._resting.items() if until > table.t_ns and key not in falling
        }
        self._wanted = {one for one in names if one not in self._resting}
        if not self._followed:
            return BallisticTable.nothing()
        alive = set(names)
        self._followed = {key: one for key, one in self._followed.items() if key in alive}
        moving = set(table.track_id[fast].tolist())
        shown = sorted(key for key in self._followed if key in moving)
        for key in shown:
            self._refresh(key, self._followed[key], table.t_ns)
        return _table_of(shown, [self._followed[key].told for key in shown])

    def _fast(self, table: TrackTable) -> NDArray[np.bool_]:
        """Which tracks (n,) are fast, fall freely by their motion model, or were seen to do so."""
        limits = self._settings
        fast = np.einsum("ni,ni->n", table.mean[:, 3:], table.mean[:, 3:]) > limits.candidate_speed_mps**2
        fast |= self._by_mode(table)
        known = [key for key, one in self._followed.items() if one.told.verdict is FitVerdict.BALLISTIC]
        return np.asarray(fast | np.isin(table.track_id, known) if known else fast)

    def _by_mode(self, table: TrackTable) -> NDArray[np.bool_]:
        """Which tracks (n,) fall freely by the motion model of that name."""
        if self._falls not in table.mode_names:
            return np.zeros(len(table), bool)
        column = table.mode_names.index(self._falls)
        return np.asarray(table.modes[:, column] > self._settings.candidate_mode)

    def _refresh(self, track_id: int, one: _Followed, t_ns: int) -> None:
        """Fit what has new plots; what flies straight rests, and begins anew after that."""
        memory = one.memory
        if not one.unknown or not memory.count or track_id in self._resting:
            return
        held = one.fit.verdict is FitVerdict.UNDECIDED and one.fit.evidence < RATHER_HELD
        if held and one.unknown < HELD_UNKNOWN:
            return  # most that is fast is an airliner: a fit of every other plot says so as well
        memory.forget_before(int(memory.t_ns[memory.count - 1]) - int(self._settings.memory_s * 1e9))
        one.fit, one.unknown = self._judge.fit(memory, one.fit), 0
        one.told = one.apart.fit(one.fit, self._judge, self._settings.memory_s)
        self.counters["fits"] += 1
        if one.told.verdict is FitVerdict.STRAIGHT:
            one.apart = Apart()
            one.memory = PlotMemory.of(self._settings.plots_max)
            one.rest_s = min(max(2 * one.rest_s, self._settings.rest_s), self._settings.rest_s_max)
            self._resting[track_id] = t_ns + int(one.rest_s * 1e9)


def _measures(sensor: Sensor) -> bool:
    """Whether its plots are its own, each anew: not what objects say, nor another tracker's estimates."""
    return not sensor.kind.is_cooperative and sensor.decorrelation_s <= 0


def _table_of(track_id: list[int], fits: list[Fit]) -> BallisticTable:
    if not fits:
        return BallisticTable.nothing()
    return BallisticTable(
        np.array(track_id, np.int64),
        np.array([one.t_ns for one in fits], np.int64),
        np.array([one.mean for one in fits]),
        np.array([one.covariance for one in fits]),
        np.array([one.by_wind for one in fits]),
        np.array([one.plots for one in fits], np.int64),
        np.array([one.residual for one in fits]),
        np.array([one.evidence for one in fits]),
        np.array([one.verdict for one in fits], np.int8),
    )
