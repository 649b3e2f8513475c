"""Play scenarios through the whole site and compare what they expect with what is seen.

    python tools/scenarios.py [NAME …] [--seed N] [--jobs N] [--hours-max H] [--out FILE]

Without names, all that come with the package, each a process of its own, the longest first. Prints a table of
expected and seen; exit status 1 if anything expected was not seen. --hours-max leaves out what is
longer; --out writes the table as Markdown, too.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from marsad.evaluate.rehearsal import Rehearsal, rehearse
from marsad.simulate import load_scenario, scenario_names


def main() -> int:
    """Play, tell, and say by the exit status whether all was as expected."""
    asked = _arguments()
    names = asked.names or list(scenario_names())
    lengths = {name: load_scenario(name).file.duration_s for name in names}
    chosen = [name for name in names if lengths[name] <= asked.hours_max * 3600]
    chosen.sort(key=lambda name: -lengths[name])
    for name in sorted(set(names) - set(chosen)):
        _say(f"left out: {name}, {lengths[name] / 3600:.0f} h")
    done: dict[str, Rehearsal] = {}
    with ProcessPoolExecutor(max_workers=asked.jobs) as pool:
        waiting = {pool.submit(_play, name, asked.seed): name for name in chosen}
        for future in as_completed(waiting):
            rehearsal = future.result()
            done[waiting[future]] = rehearsal
            _say(f"{len(done):3} of {len(chosen)}  {_heading(rehearsal)}")
    ordered = [done[name] for name in names if name in done]
    for rehearsal in ordered:
        _say("")
        _say(_heading(rehearsal))
        for finding in rehearsal.findings:
            _say(f"  {'ok ' if finding.met else 'NOT'}  {finding.expected:58} {finding.seen}")
    met = sum(rehearsal.met for rehearsal in ordered)
    _say(f"\n{met} of {len(ordered)} scenarios as expected")
    if asked.out is not None:
        asked.out.write_text(_markdown(ordered), "utf-8")
    return 0 if met == len(ordered) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="names of scenarios of the package, or files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--hours-max", type=float, default=float("inf"))
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _play(name: str, seed: int) -> Rehearsal:
    return rehearse(load_scenario(name), seed)


def _heading(rehearsal: Rehearsal) -> str:
    unmet = sum(not finding.met for finding in rehearsal.findings)
    verdict = "as expected" if rehearsal.met else f"{unmet} of {len(rehearsal.findings)} not met"
    times = rehearsal.duration_s / rehearsal.wall_s
    length = f"{rehearsal.duration_s:7.0f} s in {rehearsal.wall_s:6.0f} s ({times:4.0f} x)"
    return f"{rehearsal.scenario:34} {length}  {verdict}"


def _markdown(rehearsals: list[Rehearsal]) -> str:
    rows = ["| scenario | expected | seen | met |", "|---|---|---|---|"]
    for rehearsal in rehearsals:
        for finding in rehearsal.findings:
            cells = (rehearsal.scenario, finding.expected, finding.seen, "yes" if finding.met else "no")
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
