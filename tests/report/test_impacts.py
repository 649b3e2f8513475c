"""What fell, in the report: predicted at its warning, and where it really came down."""

import re
from dataclasses import replace
from math import isclose, pi, radians

import numpy as np
import pytest

from marsad.model.impact import ForeseenImpact, ImpactTable
from marsad.model.incident import ActualImpact, Incident
from marsad.model.site import Site
from marsad.register.codec import incident_from_json, json_from_incident
from marsad.report.impacts import impacts_table
from marsad.report.map import map_svgs
from marsad.report.wording import LANGUAGES, Language
from marsad.report.writer import Writer

S = 1_000_000_000


@pytest.fixture
def fell(incident: Incident) -> Incident:
    """Of two objects both were predicted to come down; where one did, and something else, was entered."""
    first, *others = incident.objects
    t_ns = incident.opened_t_ns
    foreseen = ForeseenImpact(t_ns, t_ns + 21 * S, (100.0, 50.0, 0.0), 120.0, 40.0, radians(30))
    objects = (replace(first, foreseen=foreseen), *others)
    found = ActualImpact(
        *(t_ns + 20 * S, (160.0, 130.0, 0.0), "a crater by the fence", "Lina", t_ns + 600 * S, "a1"),
        *(first.track_ids[-1], (100.0, 50.0, 0.0), t_ns + 21 * S),
    )
    stray = ActualImpact(t_ns + 25 * S, (-40.0, 20.0, 0.0), "", "Omar", t_ns + 700 * S)
    return replace(incident, objects=objects, impacts=(found, stray))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_has_what_was_predicted_beside_what_came(
    fell: Incident, site: Site, language: Language
) -> None:
    table = impacts_table(Writer(fell, site, language))
    assert len(table["rows"]) == 2 and all(len(row) == len(table["heads"]) for row in table["rows"])
    known, stray = table["rows"]
    western = [cell.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")) for cell in known]
    assert "258" in western[2] and "86" in western[2], "nine of ten: 2.146 sigmas"
    assert western[4].startswith("100") and "a crater by the fence" in known[6]
    assert stray[0] == "—" and stray[4] == "—"


def test_the_map_draws_both_ellipses_turned_as_a_compass_and_a_line_to_where_it_fell(
    fell: Incident, site: Site
) -> None:
    drawing = map_svgs(fell, site, "en")[-1]
    found = re.findall(
        r'<ellipse class="foreseen" cx="([\d.-]+)" cy="([\d.-]+)" rx="([\d.]+)" ry="([\d.]+)" '
        r'transform="rotate\(([\d.]+) ',
        drawing,
    )
    assert len(found) == 2
    (_, _, across, down, turn), (*_, wide) = found[0], found[1][:4]
    assert float(down) > float(across) and float(turn) == 30.0
    assert isclose(float(wide) / float(down), 1.8226, rel_tol=0.02), "90 % beside 50 %"
    assert drawing.count('class="fallen"') == 2


def test_what_was_foreseen_is_of_the_table_as_it_stood_and_kept_whole(fell: Incident) -> None:
    assert incident_from_json(json_from_incident(fell)) == fell
    turn = radians(120)
    axes = np.array([[np.sin(turn), np.cos(turn)], [np.cos(turn), -np.sin(turn)]])
    covariance = axes.T @ np.diag([100.0**2, 30.0**2]) @ axes
    table = ImpactTable(
        np.array([7, 9]),
        np.array([5 * S, 0]),
        np.array([1.0, 1.0]),
        np.array([[1.0, 2.0, 0.0], [np.nan] * 3]),
        np.array([covariance, covariance]),
        ((), ()),
    )
    found = table.foreseen(S, 7)
    assert found is not None and found.impact_t_ns == 5 * S and found.place_enu == (1.0, 2.0, 0.0)
    assert isclose(found.semi_major_m, 100) and isclose(found.semi_minor_m, 30)
    assert isclose(found.orientation_rad % pi, turn % pi, abs_tol=1e-9)
    assert table.foreseen(S, 9) is None and table.foreseen(S, 8) is None
