"""The loop: predict, see, associate, update, start and drop tracks. The mathematics is elsewhere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.model.detection import Attribution, Measurement, Scan
from marsad.model.registration import RegistrationTable
from marsad.model.sensor import Sensor
from marsad.model.track import TrackTable
from marsad.tracking import motion, twins
from marsad.tracking.associate import Association, associate
from marsad.tracking.bearings import Bearings
from marsad.tracking.correlated import decorrelated
from marsad.tracking.existence import VISIBILITY_FLOOR, Memory, SensorModel
from marsad.tracking.hiding import with_hidden
from marsad.tracking.kernels import Kernels, kernels
from marsad.tracking.labels import LabelBook
from marsad.tracking.late import Entry, History
from marsad.tracking.plots import Plots, prepare
from marsad.tracking.registration import Registration
from marsad.tracking.registration_state import RegistrationState
from marsad.tracking.settings import TrackingSettings
from marsad.tracking.sight import Sight, birth_keys, new_objects, proven, sight, unwatched
from marsad.tracking.store import Births, TrackStore

Array = NDArray[np.float64]
Index = NDArray[np.int64]

COUNTERS = (
    "scans",
    "plots",
    "unusable_plots",
    "plots_dropped",
    "unknown_sensor",
    "sensor_without_position",
    "sensors_refused",
    "late_scans",
    "late_refused",
    "looks_joined",
    "history_dropped",
    "births",
    "crossings",
    "tracks_dropped",
    "tracks_merged",
    "gates_narrowed",
    "labels_bound",
    "labels_broken",
)


@dataclass
class _State:
    """All that a rewind restores: tracks, their labels, what is known of each sensor, late bearings."""

    t_ns: int | None
    store: TrackStore
    labels: LabelBook
    sensors: dict[str, Memory]
    bearings: Bearings
    registration: RegistrationState

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return self.store.nbytes + self.bearings.nbytes + self.registration.nbytes


class Tracker:
    """Keeps one track per object from the scans of any number of sensors.

    A Poisson multi-Bernoulli filter (Williams 2015) with marginal association by belief
    propagation (Williams, Lau 2014) and interacting motion models; see docs/tracking.md. Reads no
    clock; a pickle of it is a complete snapshot.

    counters  what was used, refused, dropped and why; see COUNTERS
    """

    def __init__(self, settings: TrackingSettings) -> None:
        self.settings = settings
        self.counters: dict[str, int] = dict.fromkeys(COUNTERS, 0)
        self._sensors: dict[str, SensorModel] = {}
        self._t_ns: int | None = None
        self._motion = motion.Motion.of(settings.models, settings.dimensions)
        self._store = TrackStore(len(settings.models), 2 * settings.dimensions)
        self._labels = LabelBook()
        self._bearings = Bearings.none()
        self._registration = Registration(settings)
        self._history: History[_State] = History(
            int(settings.rewind_s * 1e9), settings.history_scans_max, settings.history_bytes_max
        )
        self._next_id = 1

    # ------------------------------------------------------------------ sensors

    def set_sensor(self, sensor: Sensor, rotation_enu_from_sensor: Array | None = None) -> None:
        """Add or replace a sensor.

        rotation_enu_from_sensor (3, 3) carries the axes at the sensor (east, north, up there)
        to site ENU; None if they are the same. Without position_enu only POSITION scans are
        accepted from it. Beyond settings.max_sensors new ones are refused and counted, and their
        scans with them. Raises ValueError if a given matrix is not a rotation.
        """
        if rotation_enu_from_sensor is not None:
            turn = np.asarray(rotation_enu_from_sensor, float)
            if turn.shape != (3, 3) or not np.allclose(turn @ turn.T, np.eye(3), atol=1e-6):
                raise ValueError(
                    f"rotation of sensor {sensor.sensor_id} is {turn.tolist()}: a (3, 3) rotation is allowed"
                )
        known = self._sensors.get(sensor.sensor_id)
        if known is None and len(self._sensors) >= self.settings.max_sensors:
            self._count("sensors_refused", 1)
            return
        column = known.column if known else len(self._sensors)
        model = SensorModel.of(sensor, rotation_enu_from_sensor, column, self.settings)
        if known:
            # what was learned of it stays, unless it is now said to be otherwise
            if known.sensor.coverage == sensor.coverage:
                model.clutter, model.sectors = known.clutter, known.sectors
            model.undetected, model.last_t_ns, model.heard = known.undetected, known.last_t_ns, known.heard
        self._sensors[sensor.sensor_id] = model

    # ------------------------------------------------------------------ scans

    def observe(self, scan: Scan) -> Attribution:
        """Fold one scan in; says which plots belong to which tracks.

        A scan older than the newest is put in its place if it is not older than
        settings.rewind_s, else counted and refused. After a complete scan another one of the same
        sensor and time is the rest of the same look, and the whole is played as one. A plot that
        starts a track belongs to it.
        """
        model = self._sensors.get(scan.sensor_id)
        if model is None:
            self._count("unknown_sensor", 1)
            return Attribution.nothing()
        if scan.measurement == Measurement.POLAR and model.sensor.position_enu is None:
            self._count("sensor_without_position", 1)
            return Attribution.nothing()
        plots = prepare(scan, model, self.settings, kernels(self.settings.compiled), self._count)
        plots = self._registration.correct(plots, model)
        self._count("scans", 1)
        self._count("plots", len(plots))
        now_ns = plots.t_ns if self._t_ns is None else self._t_ns
        look = self._history.look(plots) if plots.t_ns <= now_ns else None
        if look is None and plots.t_ns >= now_ns:
            return self._play(Entry(plots))
        return self._play_again(plots, look, now_ns)

    def _play_again(self, plots: Plots, look: Entry | None, now_ns: int) -> Attribution:
        """Put plots in their place in the past, where a look they belong to may wait for them."""
        self._count("late_scans", int(plots.t_ns < now_ns))
        past = None
        if look is not None and len(look.plots) + len(plots) > self.settings.max_plots:
            self._count("plots_dropped", len(plots))
            return Attribution.nothing()
        if now_ns - plots.t_ns <= self.settings.rewind_s * 1e9:
            past = self._history.rewind(plots, look)
        if past is None:
            self._count("late_refused", 1)
            return Attribution.nothing()
        self._count("looks_joined", int(look is not None))
        state, again, placed = past
        self._restore(state)
        attribution = Attribution.nothing()
        for entry in again:
            played = self._play(entry)
            if entry is placed:
                new = played.plot >= 0
                attribution = Attribution(played.track_id[new], played.plot[new], played.probability[new])
        return attribution

    def _play(self, entry: Entry) -> Attribution:
        wanted = self._history.wants_state(entry.plots.t_ns, self._store.nbytes)
        before = self._snapshot() if wanted else None
        self._history.remember(entry, before, before.nbytes if before else 0)
        self.counters["history_dropped"] = self._history.dropped
        # registration must not learn from tracks that know the very plots it compares
        store, t_ns = self._store.copy(), self._t_ns
        attribution = self._fold(entry)
        model = self._sensors[entry.plots.sensor_id]
        self._registration.learn(entry.plots, model, attribution, store, t_ns)
        return attribution

    def _fold(self, entry: Entry) -> Attribution:
        plots, settings, run = entry.plots, self.settings, kernels(self.settings.compiled)
        model = self._sensors[plots.sensor_id]
        if model.sensor.decorrelation_s > 0:
            plots, model.heard = decorrelated(plots, model.heard, model.sensor.decorrelation_s)
        self._predict(plots.t_ns, run)
        model.arrive(plots.t_ns, settings)
        self._extend_visibility()
        store = self._store
        found = associate(store, plots, model, self._labels, settings, run, self._count)
        seen = sight(self._bearings, plots, model, found, store, settings, run)
        visibility = store.visibility.copy()
        visibility[:, model.column] = np.maximum(found.weighed.visibility, VISIBILITY_FLOOR)
        store.visibility = visibility
        store.existence = np.minimum(self._without_bearings(plots, found, seen), settings.existence_max)
        self._update(plots, found, run)
        if not plots.partial:
            model.looked(float(found.weighed.false_plots), settings)
            if settings.learn_clutter:
                model.sectors = run.learn_sectors(
                    *(plots.values, plots.polar, model.geometry, model.sectors, found.false),
                    settings.clutter_sector_memory_scans,
                )
        rows, plot = found.edge_track[found.own], found.edge_plot[found.own]
        updates, last_t_ns = store.updates.copy(), store.last_t_ns.copy()
        updates[rows] += 1
        last_t_ns[rows] = plots.t_ns
        store.updates, store.last_t_ns = updates, last_t_ns
        self._range(rows, plot, plots, seen)
        track_id = store.track_id[rows]
        self._bind_labels(plots, found, found.owner)
        self._merge_twins(rows, plots, run)
        born_id, born_plot = self._start(entry, plots, model, found, run)
        if seen is not None:
            self._start_crossed(entry, seen, run)
            self._bearings = seen.bearings.recent(plots.t_ns, settings)
        self._drop(plots.t_ns)
        confirmed = (store.existence >= settings.confirm_existence) & (
            store.updates >= settings.confirm_updates
        )
        crossed = store.crossed >= settings.confirm_crossed
        confirmed &= (store.ranged >= settings.confirm_ranged) | crossed
        labelled = (store.systems != 0) & (store.existence >= settings.confirm_existence)
        store.confirmed = store.confirmed | confirmed | labelled
        return Attribution(
            np.concatenate([track_id, born_id]),
            plots.row[np.concatenate([plot, born_plot])],
            np.concatenate([found.weighed.share[found.own], found.weighed.elsewhere[born_plot]]),
        )

    def _predict(self, t_ns: int, run: Kernels) -> None:
        if self._t_ns is not None and t_ns > self._t_ns and len(self._store):
            store = self._store
            moved = self._moved((t_ns - self._t_ns) * 1e-9, run)
            store.mean, store.cov, store.modes, store.existence = moved
        self._t_ns = t_ns

    def _moved(self, dt_s: float, run: Kernels) -> tuple[Array, Array, Array, Array]:
        """Mean, covariance, modes and existence of all tracks dt_s later (or earlier)."""
        store = self._store
        if dt_s == 0 or not len(store):
            return store.mean, store.cov, store.modes, store.existence
        mean, cov, modes = run.predict(store.mean, store.cov, store.modes, *run.step(self._motion, dt_s))
        survival = float(np.exp(-max(dt_s, 0.0) / self.settings.lifetime_s))
        return mean, cov, modes, store.existence * survival

    def _update(self, plots: Plots, found: Association, run: Kernels) -> None:
        weighed = found.weighed
        edges, values, sigmas = with_hidden(
            (found.edge_track, found.edge_plot, found.likelihood, weighed.share, weighed.unseen),
            *(found.hidden, found.expected, found.spread, plots.values, plots.sigmas),
            self._sensors[plots.sensor_id].notch,
        )
        if len(edges[0]) == 0:
            return
        store = self._store
        store.mean, store.cov, store.modes = run.update(
            *(store.mean, store.cov, store.modes),
            *(found.expected, found.cross, found.spread),
            *(*edges, values, sigmas, plots.polar),
        )

    def _range(self, rows: Index, plot: Index, plots: Plots, seen: Sight | None) -> None:
        """Note which tracks had plots of their own that measured range, or bearings that fix it."""
        store, settings = self._store, self.settings
        if plots.polar:
            rows = rows[~np.isnan(plots.values[plot, 0])]
        ranged_t_ns = store.ranged_t_ns.copy()
        if len(rows):
            ranged = store.ranged.copy()
            ranged[rows] += 1
            ranged_t_ns[rows] = plots.t_ns
            store.ranged = ranged
        if seen is not None and seen.agreed.any():
            store.crossed = np.maximum(store.crossed + seen.agreed, 0)
            ranged_t_ns[(seen.agreed > 0) & (store.crossed >= settings.confirm_crossed)] = plots.t_ns
        store.ranged_t_ns = ranged_t_ns

    def _without_bearings(self, plots: Plots, found: Association, seen: Sight | None) -> Array:
        """Existence (n,) after a scan, without what bearings say of tracks of doubtful range.

        A bearing to one object fits every other along it, so that it would keep a false plot alive
        that no sensor with range has seen again. Bearings of two sensors that can mean no other
        object do testify.
        """
        store, existence = self._store, found.weighed.existence
        bearing = np.isnan(plots.values[:, 0]) if plots.polar else np.zeros(len(plots), np.bool_)
        if not bearing.any():
            return existence
        gained = found.weighed.probability * bearing[found.edge_plot]
        by_bearing = np.bincount(found.edge_track, gained, len(store))
        doubtful = ~proven(store, plots.t_ns, self.settings)
        if seen is not None:
            doubtful &= seen.agreed <= 0
        # what may be a ghost regains after a miss what it started with, no more
        before = store.existence
        if seen is not None:
            ghostly = np.where(seen.agreed < 0, self.settings.crossing_existence_max, 0.0)
            before = np.maximum(before, ghostly)
        least = np.minimum(existence, np.maximum(before, existence - by_bearing))
        return np.where(doubtful, least, existence)

    def _bind_labels(self, plots: Plots, found: Association, owner: Index) -> None:
        """Bind labelled plots to the tracks they belong to; owner (m,): row per plot, -1 none."""
        store, labels = self._store, self._labels
        for label, broken in found.broken_labels:
            labels.release(label)
            self._count("labels_broken", 1)
            self._refresh_systems(broken)
        for plot, label in enumerate(plots.labels):
            row = int(owner[plot])
            if not label or row < 0 or plot in found.distrusted:
                continue
            track_id = int(store.track_id[row])
            bound = labels.track(label)
            if bound == track_id or labels.systems(track_id) & labels.system_bit(label):
                continue
            if bound:
                labels.release(label)
                self._count("labels_broken", 1)
                self._refresh_systems(bound)
            labels.bind(label, track_id)
            self._count("labels_bound", 1)
            self._refresh_systems(track_id)

    def _refresh_systems(self, track_id: int) -> None:
        store = self._store
        store.systems = np.where(store.track_id == track_id, self._labels.systems(track_id), store.systems)

    def _merge_twins(self, own_rows: Index, plots: Plots, run: Kernels) -> None:
        store, settings = self._store, self.settings
        if plots.partial or len(store) < 2:
            return
        older, younger = run.agreeing(
            *(store.mean, store.cov, store.modes, store.updates, store.existence),
            *(settings.merge_distance, settings.max_edges),
        )
        if len(older) == 0 and not store.twin_scans.any():
            return
        own_plot = np.zeros(len(store), np.bool_)
        own_plot[own_rows] = True
        keep = np.ones(len(store), np.bool_)
        for stays, goes in twins.merge(store, older, younger, own_plot, settings):
            keep[goes] = False
            self._labels.move(int(store.track_id[goes]), int(store.track_id[stays]))
            self._refresh_systems(int(store.track_id[stays]))
            self._count("tracks_merged", 1)
        store.keep(keep)

    def _start(
        self, entry: Entry, plots: Plots, model: SensorModel, found: Association, run: Kernels
    ) -> tuple[Index, Index]:
        """Start a track from each plot that is likely enough new; ids and plots of those at home."""
        settings, store = self.settings, self._store
        chance = found.birth
        chosen = np.flatnonzero(chance >= settings.birth_existence_min)
        if len(chosen) > settings.max_tracks:
            self._count("tracks_dropped", len(chosen) - settings.max_tracks)
            best = np.argsort(-chance[chosen], kind="stable")[: settings.max_tracks]
            chosen = chosen[np.sort(best)]
        if len(chosen) == 0:
            return np.empty(0, np.int64), chosen
        values, sigmas = plots.values[chosen], plots.sigmas[chosen]
        mean, cov = run.start(values, sigmas, plots.polar, model.origin, model.rotation, settings)
        ids = self._ids(entry, chosen)
        visibility = np.array([other.visibility for other in self._sensors.values()])
        visibility[model.column] = 1.0
        store.append(
            Births(mean, cov, found.birth_modes[chosen], chance[chosen], ids, plots.t_ns), visibility
        )
        self._count("births", len(chosen))
        if plots.labels:
            for track_id, plot in zip(ids.tolist(), chosen.tolist(), strict=True):
                label = plots.labels[plot]
                if label and not self._labels.track(label) and plot not in found.distrusted:
                    self._labels.bind(label, track_id)
                    self._count("labels_bound", 1)
                    self._refresh_systems(track_id)
        home = found.weighed.elsewhere[chosen] > 0.5
        return ids[home], chosen[home]

    def _start_crossed(self, entry: Entry, seen: Sight, run: Kernels) -> None:
        """Start a track where bearings of two sensors cross that nothing explains."""
        chosen = new_objects(seen, self._store, self.settings, run)
        if chosen is None:
            return
        chosen = unwatched(chosen, self._sensors.values(), entry.plots.t_ns, self.settings)
        chosen = chosen.where(chosen.existence >= self.settings.birth_existence_min)
        key, first = np.unique(birth_keys(seen, chosen, len(entry.plots)), return_index=True)
        visibility = np.tile([other.visibility for other in self._sensors.values()], (len(first), 1))
        for bearing in (chosen.fresh[first], chosen.older[first]):
            visibility[np.arange(len(first)), seen.bearings.sensor[bearing]] = 1.0
        self._store.append(
            Births(
                *(chosen.mean[first], chosen.cov[first], chosen.modes[first], chosen.existence[first]),
                *(self._ids(entry, key), entry.plots.t_ns, 0),
            ),
            visibility,
        )
        self._count("crossings", len(first))

    def _ids(self, entry: Entry, chosen: Index) -> Index:
        """Ids of the tracks these plots start: the same as when the scan was played before."""
        known, given = entry.birth_plot, entry.birth_id
        place = np.minimum(np.searchsorted(known, chosen), max(len(known) - 1, 0))
        again = known[place] == chosen if len(known) else np.zeros(len(chosen), np.bool_)
        ids = np.where(again, given[place], 0) if len(known) else np.zeros(len(chosen), np.int64)
        fresh = int((~again).sum())
        ids[~again] = np.arange(self._next_id, self._next_id + fresh)
        self._next_id += fresh
        merged = np.concatenate([known, chosen[~again]])
        order = np.argsort(merged, kind="stable")
        entry.birth_plot, entry.birth_id = merged[order], np.concatenate([given, ids[~again]])[order]
        return ids

    def _drop(self, t_ns: int) -> None:
        store, settings = self._store, self.settings
        keep = store.existence >= np.minimum(settings.prune_existence, store.floor)
        keep &= t_ns - store.last_t_ns <= settings.coast_s_max * 1e9
        coast_s = np.where(store.ranged > 0, settings.bearing_coast_s_max, settings.crossing_coast_s_max)
        keep &= t_ns - store.ranged_t_ns <= coast_s * 1e9
        if settings.dimensions == 3:
            depth = store.mean[:, :, 2] + 2 * np.sqrt(store.cov[:, :, 2, 2])
            keep &= (depth * store.modes).sum(1) > settings.ground_up_m
        surplus = int(keep.sum()) - settings.max_tracks
        if surplus > 0:
            order = np.argsort(np.where(keep, store.existence, 2.0), kind="stable")
            keep[order[:surplus]] = False
            self._count("tracks_dropped", surplus)
        self._labels.forget(store.track_id[~keep & (store.systems != 0)])
        store.keep(keep)

    # ------------------------------------------------------------------ picture

    def table(self, t_ns: int) -> TrackTable:
        """All tracks, predicted to t_ns; changes nothing.

        In two dimensions the height is the prior of unknown heights, with its covariance.
        """
        store, run = self._store, kernels(self.settings.compiled)
        dt_s = 0.0 if self._t_ns is None else (t_ns - self._t_ns) * 1e-9
        mean, cov, modes, existence = self._moved(dt_s, run)
        settings = self.settings
        joint, spread = run.picture(
            *(mean, cov, modes),
            settings.unknown_height_m,
            settings.unknown_height_sigma_m**2,
            (settings.vertical_speed_max_mps / 2) ** 2,
        )
        return TrackTable(
            t_ns,
            store.track_id.copy(),
            joint,
            spread,
            existence.copy(),
            store.confirmed.copy(),
            store.first_t_ns.copy(),
            store.last_t_ns.copy(),
            store.updates.copy(),
            modes.copy(),
        )

    def registration(self) -> RegistrationTable:
        """How far each sensor is off, how sure that is, and what is corrected."""
        return self._registration.table()

    # ------------------------------------------------------------------ bookkeeping

    def _extend_visibility(self) -> None:
        for model in list(self._sensors.values())[self._store.visibility.shape[1] :]:
            self._store.add_sensor(model.visibility)

    def _snapshot(self) -> _State:
        memories = {name: model.memory for name, model in self._sensors.items()}
        learned = self._bearings, self._registration.state
        return _State(self._t_ns, self._store.copy(), self._labels.copy(), memories, *learned)

    def _restore(self, state: _State) -> None:
        self._t_ns = state.t_ns
        self._store, self._labels = state.store.copy(), state.labels.copy()
        self._bearings = state.bearings
        self._registration.state = state.registration
        for name, memory in state.sensors.items():
            self._sensors[name].recall(memory)

    def _count(self, name: str, number: int) -> None:
        self.counters[name] += number
