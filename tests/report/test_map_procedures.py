"""Procedures on the map of a report: drawn where they lie on the paper, and nowhere else."""

import re
from dataclasses import replace

import pytest

from marsad.model.procedure import Ground, Path, PathPoint, Procedure, ProcedureUse
from marsad.report.map import HEIGHT_PX, map_svgs
from marsad.report.map_procedures import procedure_lines
from marsad.report.map_view import View
from marsad.report.wording import LANGUAGES, Language

from .test_documents_agree import NIGHTS, night_of

FINAL = Procedure(
    "runway:main:final:09", "Runway", "المدرج", ProcedureUse.FINAL,
    Path((PathPoint(-20_000, 0, 990, 550, 1_600, 1_060), PathPoint(-1_000, 0, 120, -15, 45, 15))),
    50, 140, "09",
)  # fmt: skip
PAD = Procedure(
    "area:pad", "Pad", "المهبط", ProcedureUse.LANDING_PLACE,
    Ground(((-300, -300), (300, -300), (300, 300), (-300, 300)), 0, 200), 0, 60,
)  # fmt: skip
VIEW = View(west_m=-2_000, north_m=1_000, scale_px_per_m=0.1, width_px=400.0)


def points(line: str) -> list[tuple[float, float]]:
    (found,) = re.findall(r'points="([^"]*)"', line)
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in found.split())]


def test_lines_end_at_the_edge_of_the_paper() -> None:
    lines = list(procedure_lines((FINAL,), VIEW, 200.0))
    assert len(lines) == 1  # both sides and the near end; the far end is not on it
    ends = [point for line in lines for point in points(line)]
    assert min(x for x, _ in ends) == 0 and max(x for x, _ in ends) == pytest.approx(100, abs=0.1)
    assert all(0 <= y <= 200 for _, y in ends)


def test_places_are_dashed_and_climbs_left_out() -> None:
    (pad,) = procedure_lines((PAD,), VIEW, 200.0)
    (final,) = procedure_lines((FINAL,), VIEW, 200.0)
    assert "stroke-dasharray" in pad and "stroke-dasharray" not in final
    climb = replace(FINAL, use=ProcedureUse.DEPARTURE_CLIMB)
    elsewhere = replace(PAD, shape=Ground(((9_000, 0), (9_100, 0), (9_100, 100)), 0, 1))
    assert list(procedure_lines((climb, elsewhere), VIEW, 200.0)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_shows_them_under_everything_else(language: Language) -> None:
    night = night_of(NIGHTS[0], "closed or last")
    plain, *_ = map_svgs(night.incident, replace(night.site, procedures=()), language)
    drawn, *_ = map_svgs(night.incident, replace(night.site, procedures=(FINAL, PAD)), language)
    assert drawn.count("<polyline") > plain.count("<polyline")
    assert f'height="{HEIGHT_PX:.0f}"' in drawn
    assert drawn.index('stroke-dasharray="4 3"') < drawn.index("zone-name")
