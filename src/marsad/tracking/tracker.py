"""The loop: prepare a scan, fold it in, put late ones in their place. The mathematics is elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Attribution, Measurement, Scan
from marsad.model.lowest import LowestGround
from marsad.model.registration import RegistrationTable
from marsad.model.sensor import Sensor
from marsad.model.track import TrackTable
from marsad.tracking.bearings.crossed import Radars
from marsad.tracking.bearings.crossings import crossing_limits
from marsad.tracking.bearings.memory import SENSOR, Bearings
from marsad.tracking.bearings.triangulation import Prior
from marsad.tracking.birth import Unknown
from marsad.tracking.comparing import learned
from marsad.tracking.correlated import decorrelated
from marsad.tracking.existence import Memory, SensorModel
from marsad.tracking.kernels import Kernels, kernels
from marsad.tracking.kin import APART_MAX, kin, share_sight, sight_of_old
from marsad.tracking.labels import LabelBook, unclaimed
from marsad.tracking.late import Entry, History, inserted
from marsad.tracking.motion import Motion
from marsad.tracking.naming import Kept, NameLimits
from marsad.tracking.newcomers import enter, identified
from marsad.tracking.plots import Plots, prepare
from marsad.tracking.quantile import gates
from marsad.tracking.rates import Rates
from marsad.tracking.records import Folded, Look, Played, Store
from marsad.tracking.registration.estimator import Registration
from marsad.tracking.relinking.recent import Habits, Recent, recall
from marsad.tracking.rules import Rules
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.store import (
    CONFIRMED,
    FIRST_T_NS,
    LAST_T_NS,
    RANGED,
    TRACK_ID,
    UPDATES,
    TrackStore,
)
from marsad.tracking.ties import Ties

Array = NDArray[np.float64]

COUNTERS = (
    "scans",
    "plots",
    "unusable_plots",
    "plots_dropped",
    "unknown_sensor",
    "sensor_without_position",
    "sensors_refused",
    "sensors_replaced",
    "late_scans",
    "late_refused",
    "scans_replayed",
    "looks_joined",
    "history_dropped",
    "births",
    "crossings",
    "tracks_dropped",
    "tracks_under_ground",
    "tracks_merged",
    "gates_narrowed",
    "labels_bound",
    "labels_broken",
    "relinked",
    "numbers_kept",
)


ROOM = 256  # rows a store may have in vain, besides as many as are used


@dataclass
class _State:
    """All that a rewind restores: tracks, their labels, what is known of each sensor, bearings, last looks.

    Not the registration: it takes in every plot once, when it comes, for it asks no order of them.
    """

    t_ns: int | None
    store: TrackStore
    labels: LabelBook
    sensors: dict[str, Memory]
    bearings: Bearings
    recent: Recent | None
    tenures: dict[int, int]

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return self.store.nbytes + self.bearings.nbytes + (self.recent.nbytes if self.recent else 0)


class Tracker:
    """Keeps one track per object from the scans of any number of sensors.

    A Poisson multi-Bernoulli filter (Williams 2015) with marginal association by belief
    propagation (Williams, Lau 2014) and interacting motion models; see docs/tracking.md. Reads no
    clock; a pickle of it is a complete snapshot.

    counters  what was used, refused, dropped and why; see COUNTERS
    """

    def __init__(self, settings: TrackingSettings) -> None:
        self.counters: dict[str, int] = dict.fromkeys(COUNTERS, 0)
        self._sensors: dict[str, SensorModel] = {}  # by column
        self._kin: dict[str, NDArray[np.int64]] = {}  # columns of those whose misses mean the same
        self._tenures: dict[int, int] = {}  # how often a column has passed to another sensor
        self._visibility: Array = np.empty(0)  # of a new track, by column
        self._views: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {}  # fields of `Look`, by sensor
        self._radars = Radars.of(())
        self._t_ns: int | None = None
        self._set(settings)
        self._store = TrackStore(len(settings.models), 2 * settings.dimensions)
        self._labels = LabelBook()
        self._bearings = Bearings.none()
        self._recent: Recent | None = None
        self._registration, self._rates = Registration(settings), Rates()
        self._history: History[_State] = History(
            int(settings.rewind_s * 1e9), settings.history_scans_max, settings.history_bytes_max
        )
        self._next_id = 1

    def begin_at(self, number: int) -> None:
        """The next track has this number, or a later one."""
        self._next_id = max(self._next_id, number)

    def adopt(self, settings: TrackingSettings) -> None:
        """From now on these settings hold; tracks, and what was learned of sensors, stay.

        Raises ValueError for other dimensions or motion models: the state of every track is made of them.
        """
        if (settings.dimensions, settings.models) != (self.settings.dimensions, self.settings.models):
            raise ValueError("dimensions and models are those that the tracks were begun with")
        self._set(settings)
        self._registration.adopt(settings)
        self._history.bound(
            int(settings.rewind_s * 1e9), settings.history_scans_max, settings.history_bytes_max
        )
        for model in list(self._sensors.values()):
            self.set_sensor(model.sensor, model.rotation)

    def _set(self, settings: TrackingSettings) -> None:
        self.settings = settings
        self._axes = tuple(range(settings.dimensions))
        self._motion, self._unknown = Motion.of(settings.models), Unknown.of(settings)
        self._prior = Prior.of(settings)
        self.set_lowest(LowestGround.even(0.0))
        self._mode_names = tuple(model.name for model in settings.models)
        self._names = NameLimits(
            int(settings.name_memory_s * 1e9), settings.speed_max_mps, settings.vertical_speed_max_mps
        )
        self._habits = Habits.of(settings)

    def set_lowest(self, lowest: LowestGround) -> None:
        """Nothing flies lower from now on; as high as the site if nobody ever says so."""
        self._rules = Rules.of(self.settings, lowest)
        deepest_m = min(float(lowest.up_m.min(initial=0.0)), lowest.elsewhere_up_m)
        self._limits = crossing_limits(self.settings, deepest_m)

    # ------------------------------------------------------------------ sensors

    def knows(self, sensor_id: str) -> bool:
        """Whether a sensor has a place here, so that its scans are taken."""
        return sensor_id in self._sensors

    def has_place(self, sensor_id: str) -> bool:
        """Whether a sensor is known here, or could be without another one's leaving."""
        return self.knows(sensor_id) or len(self._sensors) < self.settings.max_sensors

    def set_sensor(
        self, sensor: Sensor, rotation_enu_from_sensor: Array | None = None, instead_of: str = ""
    ) -> None:
        """Add or replace a sensor.

        rotation_enu_from_sensor (3, 3) carries the axes at the sensor (east, north, up there)
        to site ENU; None if they are the same. Without position_enu only POSITION scans are
        accepted from it. Beyond settings.max_sensors a new one takes the place of the sensor instead_of,
        which is known no more; without one it is refused and counted, and its scans with it. Raises
        ValueError if a given matrix is not a rotation.
        """
        turn = None
        if rotation_enu_from_sensor is not None:
            turn = np.ascontiguousarray(rotation_enu_from_sensor, float)
            if turn.shape != (3, 3) or not np.allclose(turn @ turn.T, np.eye(3), atol=1e-6):
                raise ValueError(
                    f"rotation of sensor {sensor.sensor_id} is {turn.tolist()}: a (3, 3) rotation is allowed"
                )
        known = self._sensors.get(sensor.sensor_id)
        column = known.column if known else len(self._sensors)
        if known is None and column >= self.settings.max_sensors:
            if instead_of not in self._sensors:
                self._count("sensors_refused", 1)
                return
            column = self._leave(instead_of)
        model = SensorModel.of(sensor, turn, column, self.settings)
        if known:
            # what was learned of it stays, unless it is now said to be otherwise
            if known.sensor.coverage == sensor.coverage:
                model.clutter, model.sectors = known.clutter, known.sectors
            model.undetected, model.last_t_ns, model.heard = known.undetected, known.last_t_ns, known.heard
            if known.assumed == model.assumed:
                model.tied = known.tied
            model.last_view = known.last_view
        self._sensors[sensor.sensor_id] = model
        if known is None:
            self._sensors = dict(sorted(self._sensors.items(), key=lambda item: item[1].column))
        self._set_views()
        self._radars = Radars.of(self._sensors.values())

    def _set_views(self) -> None:
        """What sensors share with each other, anew."""
        models = self._sensors.values()
        self._visibility = np.array([model.visibility for model in models])
        self._kin = kin(models)
        self._views = {name: self._view(model) for name, model in self._sensors.items()}

    def _settle_in(self) -> None:
        """Columns for the sensors that have come; what they say of tracks that were there before."""
        models = list(self._sensors.values())
        for column in range(self._store.sensors, len(models)):
            others = self._kin[models[column].sensor.sensor_id]
            known = others[others < column]
            self._store.add_sensor(sight_of_old(self._store.tracks, models[column], known))

    def _leave(self, sensor_id: str) -> int:
        """Forget a sensor; its column, in which no track knows of any sensor now."""
        model = self._sensors.pop(sensor_id)
        self._rates.forget(sensor_id)
        self._tenures[model.column] = self._tenures.get(model.column, 0) + 1
        self._store.clear_sensor(model.column, APART_MAX)
        self._count("sensors_replaced", 1)
        return model.column

    def _view(self, model: SensorModel) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The fields of `Look` that all scans of a sensor share, before and after those of its `View`."""
        visibility, numbers = self._visibility.copy(), model.numbers
        visibility[model.column] = 1.0
        period_ns = int(model.sensor.coverage.scan_period_s * 1e9)
        return (numbers.facts, numbers.speeds), (model.column, visibility, period_ns, model.visibility)

    # ------------------------------------------------------------------ scans

    def observe(self, scan: Scan) -> Attribution:
        """Fold one scan in; says which plots belong to which tracks.

        A scan older than the newest is put in its place if it is not older than
        settings.rewind_s, else counted and refused. After a complete scan another one of the same
        sensor and time is the rest of the same look, and the whole is played as one. A plot that
        starts a track belongs to it.
        """
        prepared = self._prepared(scan)
        if prepared is None:
            return Attribution.nothing()
        plots, look = prepared
        if look is None and not self.is_late(plots.t_ns):
            return self._play(Entry(plots), plots)
        found = self._play_again([(0, plots, look)])
        return found[-1][1] if found else Attribution.nothing()

    def observe_together(self, scans: Sequence[Scan]) -> list[Attribution]:
        """Fold several scans in, in the order of their times; what is late goes back once for all of them.

        The same as one `observe` after the other, but the past is played again once. Says of each scan, in
        the order given, which of its plots belong to which tracks; of several that are the rest of one
        look in the past it says so of the last alone, so that they are better given as one.
        """
        if len(scans) == 1:
            return [self.observe(scans[0])]
        found = [Attribution.nothing()] * len(scans)
        late: list[tuple[int, Plots, Entry | None]] = []
        for place in sorted(range(len(scans)), key=lambda place: scans[place].t_ns):
            prepared = self._prepared(scans[place])
            if prepared is None:
                continue
            plots, look = prepared
            if look is not None or self.is_late(plots.t_ns):
                late.append((place, plots, look))
                continue
            # first what is older: it would take this one back again
            for other, attribution in self._play_again(late):
                found[other] = attribution
            late = []
            found[place] = self._play(Entry(plots), plots)
        for place, attribution in self._play_again(late):
            found[place] = attribution
        return found

    def is_late(self, t_ns: int) -> bool:
        """Whether a scan of this time would go back into the past."""
        return self._t_ns is not None and t_ns < self._t_ns

    def replayed_from(self, t_ns: int) -> int:
        """How many scans would be played again for one of this time: what going back would cost."""
        return self._history.scans_since(t_ns)

    def _prepared(self, scan: Scan) -> tuple[Plots, Entry | None] | None:
        """The usable plots of a scan, and the look in the past whose rest they are; None if it is no use."""
        model = self._sensors.get(scan.sensor_id)
        if model is None:
            self._count("unknown_sensor", 1)
            return None
        if scan.measurement == Measurement.POLAR and model.sensor.position_enu is None:
            self._count("sensor_without_position", 1)
            return None
        plots = prepare(scan, model, self.settings, kernels(self.settings.compiled), self._count)
        look = self._history.look(plots)
        if not (model.sensor.kind.is_cooperative or model.sensor.speeds_proven):
            plots = self._rates.trusted(plots)
        plots = self._registration.correct(plots, model, look.plots if look else None, self._t_ns)
        self._count("scans", 1)
        self._count("plots", len(plots))
        return plots, look

    def _play_again(self, late: list[tuple[int, Plots, Entry | None]]) -> list[tuple[int, Attribution]]:
        """Put plots in their places in the past, where looks they belong to may wait for them.

        late: plots with a number of theirs and that look, oldest first; says of each number what was found.
        """
        if not late:
            return []
        again: list[Entry] | None = None
        placed: list[tuple[int, Plots, Entry]] = []
        for number, plots, look in late:
            if not self._is_taken(plots, look):
                continue
            if again is None:
                past = self._history.rewind(plots, look)
                if past is None:
                    self._count("late_refused", 1)
                    continue
                state, again, entry = past
                self._restore(state)
            else:
                entry = inserted(again, plots, look)
            self._count("looks_joined", int(look is not None))
            placed.append((number, plots, entry))
        found: list[tuple[int, Attribution]] = []
        for entry in again or ():
            if not self.knows(entry.plots.sensor_id):
                continue  # it has left since
            own = [one for one in placed if one[2] is entry]
            attribution = self._play(entry, own[-1][1] if own else None)
            if own:
                found.append((own[-1][0], attribution))
        self._count("scans_replayed", len(again or ()))
        return found

    def _is_taken(self, plots: Plots, look: Entry | None) -> bool:
        """Whether late plots can be used: not too late, and not too many for their look."""
        now_ns = plots.t_ns if self._t_ns is None else self._t_ns
        self._count("late_scans", int(plots.t_ns < now_ns))
        if look is not None and len(look.plots) + len(plots) > self.settings.max_plots:
            self._count("plots_dropped", len(plots))
            return False
        if now_ns - plots.t_ns > self.settings.rewind_s * 1e9:
            self._count("late_refused", 1)
            return False
        return True

    def _play(self, entry: Entry, new: Plots | None) -> Attribution:
        """Fold a scan in, and let registration learn from those of its plots, the last, that are new.

        Says which of these belong to which tracks, by their rows in the scan they came in.
        """
        wanted = self._history.wants_state(entry.plots.t_ns, self._store.nbytes)
        before = self._snapshot() if wanted else None
        self._history.remember(entry, before, before.nbytes if before else 0)
        self.counters["history_dropped"] = self._history.dropped
        self._settle_in()
        first, now = self._t_ns is None, self._moment(entry.plots.t_ns)
        # registration must not learn from tracks that know the very plots it compares
        known = self._store.copy()
        found, kept = self._fold(entry, now)
        if new is None:
            return Attribution.nothing()
        found = _last(found, len(entry.plots) - len(new))
        own = Attribution(kept.numbered(found.track_id), found.plot, found.probability)
        if new.stated is not None:
            self._rates.learn(new, own, self._store.tracks)
        if not first:
            dt_s = (new.t_ns - now.t_ns) * 1e-9
            self._registration.learn(new, self._sensors[new.sensor_id], found, known, dt_s)
        return replace(own, plot=new.row[own.plot])

    def _fold(self, entry: Entry, now: Store) -> tuple[Attribution, Kept]:
        """What belongs to which track, new ones under the numbers they began with; and what they are now."""
        plots, settings, run = entry.plots, self.settings, kernels(self.settings.compiled)
        model = self._sensors[plots.sensor_id]
        if model.sensor.decorrelation_s > 0:
            plots, model.heard = decorrelated(plots, model.heard, model.sensor.decorrelation_s)
        ties, share = model.ties(plots.t_ns, settings), 1.0
        if plots.partial:
            ranged = not np.isnan(plots.values[:, 0]).all()
            share = model.share_of_look(plots.t_ns, True, ranged)
        model.arrive(plots.t_ns, plots.view, settings)
        block = self._store.room(len(plots))
        done = run.fold(*self.arguments(entry, plots, model, now, block, share, ties))
        self._t_ns = plots.t_ns
        rows = now.used + len(plots)
        self._store.replace(block, rows, done.used)
        if not plots.partial and len(others := self._kin[plots.sensor_id]):
            share_sight(self._store.tracks, model, plots.view, others)
        self._next_id = entry.born(done.born[0], done.born[1], self._next_id)
        attribution = Attribution(done.own[0], done.own[1], done.probability)
        kept = self._labels.keep_numbers(plots, done, self._store, self._names)
        done = kept.done
        self._count("numbers_kept", len(kept.number))
        if rows > 2 * done.used + ROOM:
            self._store.grow(0)
        self._bearings = done.bearings
        self._learn(plots, model, done, share)
        if done.crossing.shape[1]:
            self._start_crossed(entry, done, run)
        self._recent, changed = recall(
            self._recent, plots, model, done, self._store, settings, self._habits, run
        )
        self._count("relinked", changed)
        return attribution, kept

    def arguments(
        self,
        entry: Entry,
        plots: Plots,
        model: SensorModel,
        now: Store,
        block: Array,
        share: float,
        ties: Ties,
    ) -> tuple[Any, ...]:
        """What `folding.fold` is called with for these plots of a sensor; block: to be filled."""
        claims = (
            self._labels.claims(plots.labels, self._store.tracks) if plots.labels else unclaimed(len(plots))
        )
        played = Played(entry.birth_plot, entry.birth_id, self._next_id)
        return (
            *(now, block, self._look(plots, model, share, ties), claims, played, self._bearings),
            *(self._motion, self._unknown, self._rules, self._limits, self._axes),
        )

    def _moment(self, t_ns: int) -> Store:
        """The tracks as the kernels want them; at t_ns if there was no scan yet."""
        store = self._store
        now_ns = t_ns if self._t_ns is None else self._t_ns
        return Store(store.block, store.rows, store.count, store.models, store.sensors, now_ns)

    def _look(self, plots: Plots, model: SensorModel, share: float, ties: Ties) -> Look:
        numbers = model.numbers
        log_spans = numbers.polar_log_spans if plots.polar else numbers.position_log_spans
        numbers_of, seen_by = self._views[plots.sensor_id]
        return Look(
            *(plots.t_ns, plots.values, plots.sigmas, plots.polar, plots.partial, share, ties),
            gates(plots.values.shape[1], self.settings.gate_probability),
            *(model.sectors, model.clutter, model.undetected, log_spans),
            *(*numbers_of, *plots.view.where, *seen_by),
        )

    def _learn(self, plots: Plots, model: SensorModel, done: Folded, share: float) -> None:
        """Take over what a scan says of its sensor and of labels, and count what happened."""
        only_false = plots.partial and done.false_plots > len(plots) - 0.5
        model.looked(done.false_plots, share, plots.partial, only_false, self.settings)
        if len(done.compared):
            model.tied = learned(model.tied, done.compared, *model.to_learn)
        model.sectors = done.sectors
        self.counters["births"] += done.born.shape[1]
        if done.narrowed or done.surplus or done.buried or done.merged.shape[1]:
            self._count("gates_narrowed", done.narrowed)
            self._count("tracks_dropped", done.surplus)
            self._count("tracks_under_ground", done.buried)
            self._count("tracks_merged", done.merged.shape[1])
        if plots.labels or len(self._labels):
            bound, broken = self._labels.settle(
                plots.labels, done, self._store, self.settings.confirm_existence
            )
            self._labels.note(plots, done, self._store, self._names)
            self._count("labels_bound", bound)
            self._count("labels_broken", broken)

    def _start_crossed(self, entry: Entry, done: Folded, run: Kernels) -> None:
        """Start a track where bearings of two sensors cross that nothing explains."""
        t_ns = entry.plots.t_ns
        chosen, key = run.crossed(
            *(self._moment(t_ns), done.bearings, done.crossing[0], done.crossing[1]),
            *(self._radars.looked(self._sensors.values()), t_ns, len(entry.plots)),
            *(self._prior, self._rules, self._axes),
        )
        if len(key) == 0:
            return
        ids = identified(key, entry.birth_plot, entry.birth_id, self._next_id)
        self._next_id = entry.born(key, ids, self._next_id)
        tracks, rows = self._store.grow(len(key)), np.arange(len(key))
        enter(tracks, chosen.existence, chosen.modes, rows, ids, t_ns, self._visibility, -1)
        tracks.mean[:], tracks.cov[:], tracks.book[:, RANGED] = chosen.mean, chosen.cov, 0
        for bearing in (chosen.fresh, chosen.older):
            tracks.visibility[rows, done.bearings.book[bearing, SENSOR]] = 1.0
        self._count("crossings", len(key))

    # ------------------------------------------------------------------ picture

    def table(self, t_ns: int, existence_min: float = 0.0) -> TrackTable:
        """All tracks, predicted to t_ns, but those less likely than existence_min; changes nothing.

        In two dimensions the height is the prior of unknown heights, with its covariance.
        """
        settings = self.settings
        height = (
            settings.unknown_height_m,
            settings.unknown_height_sigma_m**2,
            (settings.vertical_speed_max_mps / 2) ** 2,
        )
        seen = kernels(settings.compiled).portray(
            *(self._moment(t_ns), t_ns, float(existence_min), height),
            *(self._motion, settings.lifetime_s, self._axes),
        )
        book = seen.book
        return TrackTable(
            *(t_ns, book[:, TRACK_ID], seen.mean, seen.cov, seen.existence, book[:, CONFIRMED] > 0),
            *(book[:, FIRST_T_NS], book[:, LAST_T_NS], book[:, UPDATES], seen.modes, self._mode_names),
        )

    def registration(self) -> RegistrationTable:
        """How far each sensor is off, how sure that is, and what is corrected."""
        return self._registration.table()

    def correlation_s(self, sensor_id: str) -> tuple[float, float]:
        """How long errors and misses of a sensor are taken to last now, s; (0, 0) if it is unknown."""
        model = self._sensors.get(sensor_id)
        return (model.tied.error_s, model.tied.miss_s) if model is not None else (0.0, 0.0)

    def clutter_per_scan(self, sensor_id: str) -> float:
        """How many false plots a look at all that a sensor covers has, as learned; 0 if it is unknown."""
        model = self._sensors.get(sensor_id)
        return model.clutter if model is not None else 0.0

    def is_rate_unfit(self, sensor_id: str) -> bool:
        """Whether what a sensor states of speeds does not fit how what it sees moves: it is left out then."""
        return self._rates.is_unfit(sensor_id)

    # ------------------------------------------------------------------ bookkeeping

    def _snapshot(self) -> _State:
        memories = {name: model.memory for name, model in self._sensors.items()}
        learned = self._bearings, self._recent
        tenures = self._tenures.copy()
        return _State(self._t_ns, self._store.copy(), self._labels.copy(), memories, *learned, tenures)

    def _restore(self, state: _State) -> None:
        self._t_ns = state.t_ns
        self._store, self._labels = state.store.copy(), state.labels.copy()
        self._bearings, self._recent = state.bearings, state.recent
        for name, memory in state.sensors.items():
            if name in self._sensors:
                self._sensors[name].recall(memory)
        for column, tenure in self._tenures.items():
            if tenure != state.tenures.get(column, 0):
                self._store.clear_sensor(column, APART_MAX)

    def _count(self, name: str, number: int) -> None:
        self.counters[name] += number


def _last(found: Attribution, earlier: int) -> Attribution:
    """What is said of the plots after the first `earlier` ones, by their place among these."""
    if earlier == 0:
        return found
    late = found.plot >= earlier
    return Attribution(found.track_id[late], found.plot[late] - earlier, found.probability[late])
