"""Running one raid through the whole site: simulated, sensed, recorded, folded, judged."""

import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from marsad.evaluate.study.distributions import Generator
from marsad.evaluate.study.following import BESIDE_ATTACKER, FALSE_TRACK, LOOK_S, Follower, Told
from marsad.evaluate.study.interrogating import ClaimedSimulation
from marsad.evaluate.study.physics import earliest_s
from marsad.evaluate.study.raid import OWN_DRONE, Attacker, Raid
from marsad.evaluate.study.results import (
    AttackerResult,
    NeedlessResult,
    RaidResult,
    generator_sha256,
    program_sha256,
)
from marsad.evaluate.study.staging import Staged, staged
from marsad.model.threat import Level
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.truth import TrueObject, Truth
from marsad.site.offline import run_offline
from marsad.site.recorder import begin

JOURNAL = "journal.mcap"
_HELD_S = 2.0  # what holds an object for less is no identity of it
_PATH_POINTS = 24


def run_raid(
    raid: Raid, generator: Generator, folder: Path | None = None, *, perturbed: bool = False
) -> RaidResult:
    """Run a raid and judge it; journal and settings stay in the folder, if one is given.

    Raises ConfigError, RecordingError.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return _run(raid, generator, folder, perturbed=perturbed)
    with tempfile.TemporaryDirectory(prefix="marsad-study-") as temporary:
        return _run(raid, generator, Path(temporary), perturbed=perturbed)


def _run(raid: Raid, generator: Generator, folder: Path, *, perturbed: bool) -> RaidResult:
    begun, begun_cpu = perf_counter(), process_time()
    stage = staged(raid, generator.distributions, folder, perturbed=perturbed)
    source = stage.simulation()
    recorder = begin(folder / JOURNAL, stage.configuration, source.start_t_ns)
    follower = Follower(source.simulation.truth)
    try:
        run_offline(source, recorder, follower.watch)
    finally:
        recorder.journal.close()
    wall_s, cpu_s = perf_counter() - begun, process_time() - begun_cpu
    return RaidResult(
        generator=generator_sha256(generator.sha256),
        program=program_sha256(),
        study_seed=raid.study_seed,
        number=raid.number,
        perturbed=perturbed,
        site=raid.site,
        suite=raid.suite,
        weather=raid.weather,
        fault="none" if raid.fault is None else raid.fault.kind,
        smallest=raid.smallest,
        duration_s=raid.duration_s - raid.lead_in_s,
        wall_s=round(wall_s, 2),
        cpu_s=round(cpu_s, 2),
        alarms=follower.announced,
        attackers=_attackers(stage, source, follower),
        needless=_needless(follower, source.simulation.truth, raid.lead_in_s),
        flown=_flown(source.simulation.truth),
    )


def _attackers(stage: Staged, source: ClaimedSimulation, follower: Follower) -> tuple[AttackerResult, ...]:
    rows = {item.object_id: row for row, item in enumerate(source.simulation.truth.objects)}
    told: dict[int, list[Told]] = {}
    for item in follower.told:
        told.setdefault(follower.cause(item), []).append(item)
    return tuple(
        _attacker(attacker, row, stage, source, follower, told.get(row, []))
        for attacker in stage.raid.attackers
        for row in (rows[attacker.flight.object_id],)
    )


def _attacker(
    attacker: Attacker,
    row: int,
    stage: Staged,
    source: ClaimedSimulation,
    follower: Follower,
    told: list[Told],
) -> AttackerResult:
    truth, nodes = source.simulation.truth, source.simulation.nodes
    item, zones = truth.objects[row], stage.scenario.layout.site.zones
    reached = {z: t for z, t in truth.arrivals_s(row, zones).items() if t <= truth.duration_s}
    held = follower.held.get(row)
    looks = held.looks.values() if held else ()
    return AttackerResult(
        object_id=item.object_id,
        kind=attacker.kind,
        approach=attacker.approach,
        lie=str(attacker.lie),
        rcs_dbsm=item.rcs_dbsm,
        speed_mps=attacker.flight.points[0].speed_mps,
        zone_id=attacker.zone_id,
        reached=reached,
        alert_s=min((each.t_s for each in told if each.stage >= Level.ALERT), default=None),
        warned=_first_warned(told, reached),
        earliest_s=earliest_s(truth, row, [node.eye for node in nodes], [node.faults for node in nodes]),
        identities=sum(count * LOOK_S >= _HELD_S for count in looks),
        switches=held.changes if held else 0,
        path_m=_path(item, truth),
    )


def _first_warned(told: list[Told], reached: dict[str, float]) -> dict[str, float]:
    """When each zone that is reached had its first WARN."""
    found: dict[str, float] = {}
    for item in told:
        if item.stage >= Level.WARN and item.zone_id in reached:
            found.setdefault(item.zone_id, item.t_s)
    return found


def _path(item: TrueObject, truth: Truth) -> list[list[int]]:
    t_s = np.linspace(max(item.start_s, 0.0), min(item.end_s, truth.duration_s), _PATH_POINTS)
    position, _ = item.planned.state(t_s)
    return [[round(float(east)), round(float(north))] for east, north in position[:, :2]]


def _flown(truth: Truth) -> dict[str, int]:
    """How many harmless objects of each kind are in the air at any time of the run."""
    there = [item for item in truth.objects if item.start_s < truth.duration_s and item.end_s > 0]
    return dict(sorted(Counter(cause_of(item) for item in there if not item.hostile).items()))


def _needless(follower: Follower, truth: Truth, from_s: float) -> tuple[NeedlessResult, ...]:
    """Each harmless object and track on nothing that was first told of from a time on, once per stage."""
    first: dict[tuple[str, str], tuple[str, Told, set[str]]] = {}
    for told in follower.told:
        row = follower.cause(told)
        if row >= 0 and truth.objects[row].hostile:
            continue
        name = truth.objects[row].object_id if row >= 0 else f"track-{told.track_id}"
        cause = cause_of(truth.objects[row]) if row >= 0 else _track_cause(row)
        _, _, zones = first.setdefault((told.stage.name, name), (cause, told, set()))
        zones.add(told.zone_id)
    return tuple(
        NeedlessResult(stage, cause, name, told.t_s, len(zones), told.rule)
        for (stage, name), (cause, told, zones) in first.items()
        if told.t_s >= from_s
    )


def cause_of(item: TrueObject) -> str:
    """What a harmless object is called as a cause."""
    if item.object_id == OWN_DRONE:
        return OWN_DRONE
    crewed = item.physique.threat_class == "crewed" and item.kind is not ObjectKind.PHANTOM
    silent = crewed and item.transponder is None
    return f"{item.kind.replace('_', '-')}{'-silent' if silent else ''}"


def _track_cause(row: int) -> str:
    return {FALSE_TRACK: "false-track", BESIDE_ATTACKER: "beside-attacker"}[row]
