"""How long a procedure has been flown, where it was joined, by how much it was left, and how that is told."""

import json
from dataclasses import replace
from pathlib import Path as File
from string import Formatter

import numpy as np
import pytest
from numpy.typing import NDArray

from marsad.assessment.columns import blank
from marsad.assessment.procedure_history import ProcedureHistory, advanced, left_by_m
from marsad.assessment.procedure_reasons import procedure_reasons
from marsad.assessment.procedure_shapes import prepared
from marsad.assessment.procedures import Flown, fit
from marsad.model.procedure import Path, Procedure
from marsad.model.reason import Reason
from marsad.report.facts import place_names
from marsad.report.wording import word
from marsad.site.settings import settings_from_toml

Array = NDArray[np.float64]
ROOT = File(__file__).parents[2] / "src" / "marsad"
T_NS = 1_704_362_400_000_000_000
SITE = settings_from_toml(
    """
[site]
id = "airport"
name_en = "Airport"
name_ar = "المطار"
latitude_deg = 33.30
longitude_deg = 44.40

[[runway]]
runway_id = "09-27"
name_en = "Runway 09/27"
name_ar = "المدرج 09/27"
thresholds = [[33.30, 44.3867], [33.30, 44.4133]]

[[corridor]]
corridor_id = "river"
name_en = "River"
name_ar = "النهر"
use = "helicopter route"
points = [[33.40, 44.50], [33.32, 44.50]]
width_m = 600
height_m = [60, 350]
speed_mps = [20, 85]
""".encode(),
    "site.toml",
).build_site()
SHAPES = prepared(SITE.procedures, SITE.utc_offset_s)


def named(procedure_id: str) -> Procedure:
    return next(one for one in SITE.procedures if one.procedure_id == procedure_id)


def at(east: float, north: float, height: float, velocity: tuple[float, float, float]) -> Flown:
    up = height - (east**2 + north**2) / (2 * 6_371_000)
    covariance = np.diag(np.array([20.0, 20, 15, 1, 1, 1]) ** 2)[None]
    return Flown(
        np.array([[east, north, up]]), np.array([velocity]), covariance, np.zeros(1), np.full(1, np.nan),
        np.full(1, np.inf),
    )  # fmt: skip


def landing(away_m: float, beside_m: float = 0.0, speed: float = 75.0) -> Flown:
    """On the final of 09, which is flown eastwards."""
    shape = named("runway:09-27:final:09").shape
    assert isinstance(shape, Path)
    threshold = shape.points[-2]
    height = 15 + np.tan(np.radians(3)) * away_m
    return at(threshold.east_m - away_m, beside_m, height, (speed, 0.0, -0.052 * speed))


def watched(flights: list[Flown], every_s: float = 1.0) -> tuple[ProcedureHistory, Flown, int]:
    """The history after comparing a track again and again."""
    history, t_ns = blank(ProcedureHistory, 1, 0), T_NS
    for number, flight in enumerate(flights):
        t_ns = T_NS + int(number * every_s * 1e9)
        history = advanced(history, fit(flight, SHAPES, t_ns), SHAPES, t_ns, 4.0, np.zeros(1, bool))
    return history, flights[-1], t_ns


def told(flights: list[Flown]) -> list[Reason]:
    history, last, t_ns = watched(flights)
    away_m = float(left_by_m(history, last, SHAPES)[0])
    return list(procedure_reasons(0, fit(last, SHAPES, t_ns), history, away_m, SHAPES, t_ns))


APPROACH = [landing(8_000 - 75 * second) for second in range(60)]


def test_an_approach_is_flown_for_as_long_as_it_is_watched() -> None:
    history, _, t_ns = watched(APPROACH)
    assert history.duration_s(t_ns)[0] == 59
    assert not history.joined_late[0] and history.left[0] == -1
    (reason,) = told(APPROACH)
    assert reason == Reason(
        "procedure.flown", (("procedure_id", "runway:09-27:final:09"), ("duration_s", 59.0))
    )


def test_a_bad_plot_does_not_end_it() -> None:
    flights = [*APPROACH[:30], landing(5_700, beside_m=900), *APPROACH[31:]]
    history, _, t_ns = watched(flights)
    assert history.duration_s(t_ns)[0] == 59


def test_what_rolls_on_the_runway_is_still_on_it() -> None:
    approach = [landing(75 * second) for second in range(40, -1, -1)]
    roll = [at(-1_200 + 50.0 * second, 0, 1, (50, 0, 0)) for second in range(20)]
    history, _, t_ns = watched(approach + roll)
    assert history.duration_s(t_ns)[0] == 60 and history.left[0] == -1


def test_what_joins_only_at_the_end_is_told_but_not_what_is_first_seen_there() -> None:
    beside = [landing(1_800, beside_m=2_000 - 80 * second) for second in range(15)]
    joins = [landing(1_800 - 75 * second) for second in range(10)]
    reasons = told(beside + joins)
    assert [reason.code for reason in reasons] == ["procedure.flown", "procedure.joined_late"]
    assert dict(reasons[1].arguments)["distance_m"] == pytest.approx(2_100, abs=100)
    assert [reason.code for reason in told(joins)] == ["procedure.flown"]


def on_strip(along_m: float, speed: float, height: float = 1.0) -> Flown:
    """Eastwards on the runway, so far from its middle."""
    return at(along_m, 0.0, height, (speed, 0.0, 0.0))


def test_what_is_first_seen_on_a_runway_takes_off_there_unless_it_stays() -> None:
    rolls = [on_strip(-1_200 + second * second, 2.0 * second) for second in range(30)]
    history, _, _ = watched(rolls)
    assert history.began[0] and history.known[0] and not history.joined_late[0] and history.rolled_t_ns[0]
    hovers, _, t_ns = watched([on_strip(-400, 0.5)] * 90)
    assert hovers.joined_late[0] and hovers.rolled_t_ns[0] < t_ns - 20 * 10**9


def test_what_comes_onto_a_runway_from_elsewhere_is_no_traffic_of_it() -> None:
    beside = [at(-3_000 + 45 * second, 700 - 40 * second, 20, (45, -40, 0)) for second in range(17)]
    history, _, _ = watched(beside + [on_strip(-1_200 + 45 * second, 45, 20) for second in range(20)])
    assert history.joined_late[0] and not history.rolled_t_ns[0]


def test_flight_that_surely_differs_ends_it_within_seconds_and_doubt_does_not() -> None:
    doubtful = [landing(6_000 - 75 * second, beside_m=400) for second in range(8)]
    assert watched([*APPROACH[:25], *doubtful])[0].flown[0] >= 0
    turned = [landing(6_000 - 40 * second, beside_m=900 + 60 * second) for second in range(6)]
    assert watched([*APPROACH[:25], *turned])[0].flown[0] == -1


def test_what_leaves_the_final_is_told_with_how_far_it_is_off_until_it_is_forgotten() -> None:
    leaves = [landing(3_500 - 50 * second, beside_m=60.0 * second) for second in range(30)]
    history, last, _ = watched(APPROACH + leaves)
    assert named("runway:09-27:final:09") == SITE.procedures[history.left[0]]
    codes = {reason.code: dict(reason.arguments) for reason in told(APPROACH + leaves)}
    assert float(codes["procedure.left"]["offset_m"]) == pytest.approx(60 * 29 - 120 - 2_050 * 0.0437, abs=5)
    assert left_by_m(history, last, SHAPES)[0] == codes["procedure.left"]["offset_m"]
    away = [landing(2_000, beside_m=4_000)] * 130
    assert watched(APPROACH + leaves + away)[0].left[0] == -1


def test_what_flies_to_the_end_of_a_route_has_not_left_it() -> None:
    shape = named("corridor:river").shape
    assert isinstance(shape, Path)
    east, begin, end = shape.points[0].east_m, shape.points[0].north_m, shape.points[-1].north_m
    count = int((begin - end + 2_000) / 55)
    flights = [at(east, begin - 55.0 * second, 150, (0, -55, 0)) for second in range(count)]
    history, _, _ = watched(flights)
    assert history.flown[0] == -1 and history.left[0] == -1


def test_without_procedures_nothing_is_told() -> None:
    none = prepared(())
    history = blank(ProcedureHistory, 1, 0)
    found = fit(APPROACH[0], none, T_NS)
    assert advanced(history, found, none, T_NS, 4.0, np.zeros(1, bool)).flown.tolist() == [-1]
    assert procedure_reasons(0, found, history, np.nan, none, T_NS) == ()


SHARP = [
    ("procedure.below_glide_path", at(-9_000, 0, 200, (75, 0, -4)), {"offset_m": 222.0}),
    ("procedure.above_glide_path", at(-9_000, 0, 900, (75, 0, -4)), {"offset_m": 478.0}),
    ("procedure.slow", landing(8_000, speed=30), {"speed_mps": 30.0, "limit_mps": 50.0}),
    ("procedure.fast", landing(8_000, speed=200), {"speed_mps": 200.0, "limit_mps": 140.0}),
    ("procedure.small", replace(landing(8_000), small=np.array([0.9])), {"probability_percent": 90.0}),
    ("procedure.level", at(-6_500, 0, 290, (90, 0, 2)), {}),
    ("procedure.height_unknown", replace(landing(3_000), height_doubt_m=np.array([900.0])), {}),
    ("procedure.below", at(9_306, 8_000, 10, (0, -50, 0)), {"offset_m": 50.0}),
    ("procedure.above", at(9_306, 8_000, 600, (0, -50, 0)), {"offset_m": 250.0}),
    ("procedure.beside", landing(8_000, beside_m=700), {"offset_m": 231.0}),
    ("procedure.course", at(-9_000, 0, 420, (65, 46, -4)), {"angle_deg": 35.0}),
    ("procedure.off_every", at(5_000, -9_000, 300, (50, 0, 0)), {}),
    ("procedure.doubtful", landing(8_000, beside_m=470), {}),
]


@pytest.mark.parametrize(("code", "flight", "numbers"), SHARP, ids=[code for code, _, _ in SHARP])
def test_each_difference_is_told_with_its_numbers(
    code: str, flight: Flown, numbers: dict[str, float]
) -> None:
    reasons = told([flight])
    assert reasons[0].code == code
    arguments = dict(reasons[0].arguments)
    assert {key: arguments[key] for key in numbers} == pytest.approx(numbers, abs=3)


def test_the_catalogues_have_exactly_what_is_told_and_say_it_in_both_languages() -> None:
    source = (ROOT / "assessment" / "procedure_reasons.py").read_text("utf-8")
    catalogues = [
        json.loads((ROOT / "report" / "wording" / language / "procedure.json").read_text("utf-8"))
        for language in ("en", "ar")
    ]
    for catalogue in catalogues:
        codes = {key for key in catalogue if not key.startswith("procedure.name.")}
        assert {code for code in codes if f'"{code}"' in source} == codes
        for sentence in catalogue.values():
            assert all(form in ("", ".0f", "m:ss", None) for _, _, form, _ in Formatter().parse(sentence))
    reason = told([at(-9_000, 0, 200, (75, 0, -4))])[0]
    assert word(reason, "en", place_names(SITE, "en")) == "Final 09: on it, but 222 m below the glide path"
    assert "الاقتراب النهائي 09" in word(reason, "ar", place_names(SITE, "ar"))


def test_a_route_for_both_ways_is_joined_late_near_the_end_that_it_is_flown_to() -> None:
    shape = named("corridor:river").shape
    assert isinstance(shape, Path)
    end = shape.points[-1]

    def along(second: int, beside_m: float, sign: int) -> Flown:
        return at(end.east_m + beside_m, end.north_m + 900 + sign * 50.0 * second, 150.0, (0, sign * 50.0, 0))

    # seen beside it first, so that nobody takes it to have come along it unseen
    for sign, late in ((1, False), (-1, True)):
        flights = [along(second, 2_000.0 if second < 8 else 0.0, sign) for second in range(16)]
        history, _, _ = watched(flights)
        assert history.known[0]
        assert history.joined_late[0] == late
