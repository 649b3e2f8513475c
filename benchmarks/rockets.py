"""How well rockets are foretold: hundreds of rounds of each kind under each radar, beside the best possible.

    python benchmarks/rockets.py OUT [--rounds 500] [--kinds …] [--radars …] [--conditions plain …] [--jobs 2]
    python benchmarks/rockets.py OUT --pages-only

Each round is fired at, or past, a site of 36 zones of 500 m a side under one radar, and runs through
the whole site from the radar's bytes to the warnings. OUT/rockets.jsonl keeps each as it is done: the same
command goes on where it was stopped, and more --rounds add to it. Results of another program are refused.
OUT/rockets.md holds the tables and OUT/rockets.svg the picture; of what is not run yet they say nothing.

The best possible is the Cramér-Rao bound: of the plots that the radar gave after burn-out, with the wind
and the radar's own errors known, and β to ± 30 %. Conditions: plain; bias-0.1, bias-0.3 (the radar is turned
by so many degrees and nobody knows); no-elevation (it tells none); wind (it blows, grows with height, and
the site does not know).
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from math import isnan, log10, nan
from pathlib import Path
from typing import Any

from marsad.evaluate import rocket_range, rockets
from marsad.evaluate.rocket_range import CONDITIONS, DISTANCE_M, Shot, shot_result
from marsad.evaluate.rockets import (
    TRACK_S,
    AtTrackTime,
    Foretold,
    RoundResult,
    at_track_time,
    warning_measures,
)
from marsad.evaluate.study.results import program_sha256
from marsad.simulate.kinds import ObjectKind
from marsad.simulate.radar_types import RADAR_TYPES

KINDS = tuple(kind.value for kind in DISTANCE_M)
COLOURS = dict(zip(KINDS, ("#1f5fa8", "#2e7d32", "#c77700", "#b3261e"), strict=True))
Kept = dict[Shot, RoundResult]


def main() -> int:
    """Run what is missing, then write tables and picture."""
    asked = _arguments()
    asked.out.mkdir(parents=True, exist_ok=True)
    path = asked.out / "rockets.jsonl"
    done = dict(_kept(path))
    if not asked.pages_only:
        # a round of each group in turn: what is done when it is stopped tells of all of them
        wanted = [
            Shot(ObjectKind(kind), radar, condition, seed)
            for seed in range(asked.first_seed, asked.first_seed + asked.rounds)
            for condition in asked.conditions
            for radar in asked.radars
            for kind in asked.kinds
        ]
        _run([shot for shot in wanted if shot not in done], asked.jobs, path, done)
    (asked.out / "rockets.md").write_text(markdown(done), "utf-8")
    (asked.out / "rockets.svg").write_text(picture(done), "utf-8")
    _say(f"{len(done)} rounds; {asked.out / 'rockets.md'}, {asked.out / 'rockets.svg'}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--rounds", type=int, default=500, help="of each kind under each radar")
    parser.add_argument("--first-seed", type=int, default=1, help="so that none is run that was tuned on")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--radars", nargs="+", choices=list(RADAR_TYPES), default=list(RADAR_TYPES))
    parser.add_argument("--conditions", nargs="+", choices=CONDITIONS, default=["plain"])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--pages-only", action="store_true")
    return parser.parse_args()


def _run(missing: Sequence[Shot], jobs: int, path: Path, done: Kept) -> None:
    begun = time.perf_counter()
    with ProcessPoolExecutor(max_workers=jobs) as pool, path.open("a", encoding="utf-8") as file:
        waiting = {pool.submit(shot_result, shot): shot for shot in missing}
        for number, future in enumerate(as_completed(waiting), 1):
            shot, result = waiting[future], future.result()
            done[shot] = result
            file.write(line_of(shot, result))
            file.flush()
            left_s = (time.perf_counter() - begun) / number * (len(missing) - number)
            if number % 10 == 0 or number == len(missing):
                _say(f"{number} of {len(missing)}, {left_s / 60:.0f} min left")


@cache
def program() -> str:
    """SHA-256 of what is measured and of what measures."""
    measure = [Path(str(part.__file__)).read_bytes() for part in (rocket_range, rockets)]
    return sha256(program_sha256().encode() + b"".join(measure)).hexdigest()


def line_of(shot: Shot, result: RoundResult) -> str:
    """One line of JSON; what is not known is null."""
    told = {"program": program(), "shot": asdict(shot), "result": _plain(asdict(result))}
    return json.dumps(told, allow_nan=False, separators=(",", ":")) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and isnan(value) else value


def _kept(path: Path) -> Iterator[tuple[Shot, RoundResult]]:
    """The rounds done before. Leaves with a message if another program ran them."""
    data = path.read_bytes() if path.exists() else b""
    whole = data.rfind(b"\n") + 1
    if whole < len(data):  # the machine stopped while it was written
        path.write_bytes(data[:whole])
    for line in data[:whole].decode().splitlines():
        told = json.loads(line)
        if told["program"] != program():
            sys.exit(f"{path}: holds rounds of another program; name another directory, or move it away")
        yield shot_of(told["shot"]), result_of(told["result"])


def shot_of(told: dict[str, Any]) -> Shot:
    """The shot that a line is of."""
    return Shot(ObjectKind(told["kind"]), told["radar_type"], told["condition"], told["seed"])


def result_of(told: dict[str, Any]) -> RoundResult:
    """The result that a line holds."""

    def known(value: Any) -> float:
        return nan if value is None else float(value)

    foretold = {
        float(track_s): Foretold(
            (known(one["missed_m"][0]), known(one["missed_m"][1])),
            (
                known(one["covariance_m2"][0]),
                known(one["covariance_m2"][1]),
                known(one["covariance_m2"][2]),
            ),
            *(known(one[name]) for name in ("late_s", "late_sigma_s", "left_s", "bound_m")),
        )
        for track_s, one in told["foretold"].items()
    }
    return RoundResult(foretold, known(told["first_s"]), tuple(told["hit"]), tuple(told["warned"]))


# ---------------------------------------------------------------- what is written


def _groups(done: Kept) -> Iterator[tuple[tuple[str, str, str], list[RoundResult]]]:
    for condition in CONDITIONS:
        for radar in RADAR_TYPES:
            for kind in KINDS:
                found = [
                    result
                    for shot, result in done.items()
                    if (shot.condition, shot.radar_type, shot.kind) == (condition, radar, kind)
                ]
                if found:
                    yield (condition, radar, kind), found


def markdown(done: Kept) -> str:
    """Predictions by track time, and what the zones heard, for each group."""
    rows = [
        f"# Rockets: {len(done)} rounds, program {program()[:12]}\n",
        "| condition | radar | kind | track s | in the air | foretold | left s | CEP50 m | bound m | ratio "
        "| in 50 % | in 90 % | in 95 % | time rms s | as foretold s |",
        "|---" * 15 + "|",
    ]
    for names, found in _groups(done):
        for track_s in TRACK_S:
            one = at_track_time(found, track_s)
            if one.rounds:
                rows.append(f"| {' | '.join(names)} | {_row(one)} |")
    rows += [
        "",
        "| condition | radar | kind | rounds | first warning s, median | nine in ten | zones hit "
        "| warned before | zones warned per zone hit | hit none | warned all the same |",
        "|---" * 11 + "|",
    ]
    for names, found in _groups(done):
        told = warning_measures(found)
        rows.append(
            f"| {' | '.join(names)} | {len(found)} | {told.first_s:.1f} | {told.first_90_s:.1f} "
            f"| {told.hits} | {told.hits_warned} | {told.warned_per_hit:.1f} | {told.missed} "
            f"| {told.missed_warned} |"
        )
    return "\n".join(rows) + "\n"


def _row(one: AtTrackTime) -> str:
    shares = " | ".join(f"{100 * share:.0f}" for share in one.contained)
    return (
        f"{one.track_s:.0f} | {one.rounds} | {one.foretold} | {one.left_s:.0f} | {one.cep50_m:.0f} "
        f"| {one.bound_m:.0f} | {one.cep50_m / one.bound_m:.1f} | {shares} | {one.late_rms_s:.2f} "
        f"| {one.late_sigma_s:.2f}"
    )


def picture(done: Kept) -> str:
    """CEP50 by track time under each radar, plain: as seen (line) and its bound (dashes)."""
    wide, high, gap = 420, 320, 70
    parts = []
    for number, radar in enumerate(RADAR_TYPES):
        left = gap + number * (wide + gap)
        parts.append(f'<text x="{left}" y="24" font-weight="bold">{radar}</text>')
        for metres in (1, 10, 100, 1_000, 10_000):
            y = 40 + high * (1 - log10(metres) / 4)
            parts.append(f'<path d="M{left} {y:.0f}h{wide}" stroke="#ddd"/>')
            parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{metres}</text>')
        for track_s in TRACK_S:
            x = left + wide * track_s / TRACK_S[-1]
            parts.append(f'<text x="{x:.0f}" y="{high + 58}" text-anchor="middle">{track_s:.0f}</text>')
        for (condition, under, kind), found in _groups(done):
            if condition != "plain" or under != radar:
                continue
            measured = [at_track_time(found, track_s) for track_s in TRACK_S]
            for name, dash in (("cep50_m", ""), ("bound_m", ' stroke-dasharray="5 4"')):
                points = [
                    f"{left + wide * one.track_s / TRACK_S[-1]:.0f},"
                    f"{40 + high * (1 - log10(max(getattr(one, name), 1.0)) / 4):.0f}"
                    for one in measured
                    if not isnan(getattr(one, name))
                ]
                parts.append(
                    f'<polyline points="{" ".join(points)}" fill="none" stroke="{COLOURS[kind]}" '
                    f'stroke-width="2"{dash}/>'
                )
    for number, kind in enumerate(KINDS):
        x = gap + 180 * number
        parts.append(f'<text x="{x}" y="{high + 110}" fill="{COLOURS[kind]}">{kind.replace("_", " ")}</text>')
    told = "CEP50 in m by seconds of track; dashed: Cramér-Rao bound"
    parts.append(f'<text x="{gap}" y="{high + 84}">{told}</text>')
    box = f"0 0 {2 * (wide + gap) + gap} {high + 124}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" font-family="sans-serif" font-size="13">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
