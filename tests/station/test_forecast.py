"""How long compiling takes yet is told by what this machine took so far, and nothing is taken back."""

from itertools import pairwise

import pytest

from marsad.station.forecast import LOAD_S, Forecast, Progress
from marsad.tracking.warm import CompileJob


def test_the_forecast_counts_down_and_takes_nothing_back() -> None:
    slow, quick = CompileJob("slow", 3, 30.0), CompileJob("quick", 3, 10.0)
    forecast = Forecast(2, [slow, quick], 40.0)
    for job in (slow, quick):
        forecast.begin(job, 0.0)
    early = forecast.progress(1.0)
    assert early.left_s == pytest.approx(29 + LOAD_S, abs=0.5)
    forecast.end(quick, 20.0)  # half the pace that was thought
    later = forecast.progress(20.0)
    assert later.left_s is None  # 40 s now: more than was said
    assert later.share >= early.share
    last = forecast.progress(45.0)
    assert last.left_s is not None and early.left_s is not None and last.left_s < early.left_s
    assert forecast.progress(500.0).share < 1


def test_the_first_estimate_is_by_what_starting_a_process_took_here() -> None:
    """On a loaded machine all takes longer, and the start of the first process is the first to tell."""
    jobs = [CompileJob(f"job {number}", 3, 10.0) for number in range(2)]
    forecast = Forecast(2, [*jobs], 20.0, 1.0, 8.0)
    for job in jobs:
        forecast.begin(job, 0.0)
    first = forecast.progress(0.0)
    assert first.left_s == pytest.approx(8 * (10.0 + LOAD_S))
    forecast.end(jobs[0], 80.0)
    then = forecast.progress(80.0)
    assert then.left_s is not None and then.left_s <= 8 * LOAD_S


def test_on_a_machine_ten_times_slower_than_thought_the_share_moves_and_the_seconds_never_rise() -> None:
    jobs = [CompileJob(f"job {number}", 3, 8.0) for number in range(4)]
    forecast = Forecast(2, [*jobs], 32.0)
    forecast.begin(jobs[0], 0.0)
    forecast.begin(jobs[1], 0.0)
    seen: list[Progress] = []
    for second in range(1, 161):
        if second == 80:
            for ended, begun in zip(jobs[:2], jobs[2:], strict=True):
                forecast.end(ended, 80.0)
                forecast.begin(begun, 80.0)
        seen.append(forecast.progress(float(second)))
    shares = [progress.share for progress in seen]
    assert all(after > before for before, after in pairwise(shares))
    named = [progress.left_s for progress in seen if progress.left_s is not None]
    assert named == sorted(named, reverse=True)
    assert seen[0].left_s is not None and seen[50].left_s is None  # no fewer than it takes
