"""One report sent twice is one; two objects at distinct places stay two."""

import pickle
from dataclasses import replace
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.feeds.sapient.edge import EdgeNode, polar_detection, registration, status
from marsad.feeds.sapient.ulid import ulid
from marsad.model.detection import Claim, Detection, Measurement
from marsad.model.frame import CONFIGURATION, TICK, Frame
from marsad.model.sensor import Sensor, SensorKind
from marsad.site.copies import KEPT_MAX, Copies
from marsad.site.fold import SiteFold

S = 1_000_000_000
T0 = 1_641_264_000 * S
SITE = """
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "البوابة"
centre = [33.3, 44.4]
radius_m = 150.0
[[feed]]
name = "sensors"
standard = "sapient"
[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
""".encode()
SENSORS = {
    "radar": Sensor("radar", "radar", SensorKind.RADAR, "sensors"),
    "adsb": Sensor("adsb", "adsb", SensorKind.ADSB, "adsb"),
}
PLOT = Detection(
    "radar", T0, Measurement.POLAR, (5000.0, 0.001, 0.02, -40.0, nan, nan), (10.0, 0.01, 0.01, 0.5, nan, nan),
    object_id="a", report_id="1",
)  # fmt: skip
BEARING = replace(PLOT, values=(nan, 1.0, nan, nan, nan, nan))


def left(*detections: Detection) -> list[int]:
    copies = Copies()
    found = copies.without(T0, detections, SENSORS)
    assert copies.struck == len(detections) - len(found)
    return [detections.index(one) for one in found]


def moved(one: Detection, range_m: float = 0.0, azimuth_rad: float = 0.0) -> Detection:
    first, second, *rest = one.values
    return replace(one, values=(first + range_m, second + azimuth_rad, *rest))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "is_copy"),
    [
        (replace(PLOT, report_id="2"), True),
        (replace(PLOT, report_id="2", object_id=""), True),
        (replace(PLOT, report_id="2", object_id="b"), True),  # one place, one time: one plot
        (moved(replace(PLOT, report_id="2"), range_m=8.0), True),  # one object, told again within its errors
        (moved(replace(PLOT, report_id="2"), azimuth_rad=6.2731), True),  # just west of north
        (moved(replace(PLOT, object_id="b"), range_m=8.0), False),  # close, but two
        (moved(replace(PLOT, report_id="2"), range_m=300.0), False),  # one id for all that is seen
        (replace(PLOT, t_ns=T0 + 1), False),
        (replace(PLOT, sensor_id="other"), False),
        (replace(PLOT, claim=Claim("icao", "4b43ac")), True),
    ],
)
def test_a_copy_is_known_by_node_time_and_object_or_place(other: Detection, is_copy: bool) -> None:
    assert left(PLOT, other) == ([0] if is_copy else [0, 1])


def test_two_names_at_one_place_are_two_and_bearings_are_no_places() -> None:
    named = [replace(PLOT, object_id="", claim=Claim("icao", one)) for one in ("000001", "000002")]
    assert left(*named) == [0, 1]
    assert left(BEARING, replace(BEARING, object_id="b")) == [0, 1]  # two in one line of sight
    assert left(BEARING, replace(BEARING, report_id="2")) == [0]


def test_what_names_itself_may_correct_itself_at_one_time() -> None:
    own = Detection(
        "adsb", T0, Measurement.POSITION, (0.0, 0.0, 500.0, nan, nan, nan),
        (50.0, 50.0, 100.0, nan, nan, nan), Claim("icao", "4b43ac"), object_id="4b43ac",
    )  # fmt: skip
    better = replace(own, values=(14.0, 0.0, 500.0, nan, nan, nan))
    assert left(own, better) == [0, 1] and left(own, replace(own, report_id="2")) == [0]


def test_a_copy_that_comes_later_is_known_also_after_a_snapshot_and_memory_is_bounded() -> None:
    copies = Copies()
    assert copies.without(T0, [PLOT], SENSORS) == [PLOT]
    copies = pickle.loads(pickle.dumps(copies))
    assert copies.without(T0 + 9 * S, [replace(PLOT, report_id="2")], SENSORS) == []
    crowd = [replace(PLOT, t_ns=T0 + n, object_id="") for n in range(3 * KEPT_MAX)]
    for start in range(0, len(crowd), 100):
        copies.without(T0 + 9 * S, crowd[start : start + 100], SENSORS)
    assert len(copies._recent) + len(copies._older) <= 2 * (KEPT_MAX + 200)


@given(
    ranges=st.lists(st.floats(0, 20_000), min_size=2, max_size=12, unique_by=lambda one: round(one / 60)),
    doubled=st.lists(st.integers(0, 11), max_size=12),
)
def test_of_any_objects_with_places_apart_each_is_used_once(ranges: list[float], doubled: list[int]) -> None:
    plots = [
        replace(PLOT, values=(one, 0.5, 0.02, nan, nan, nan), object_id=f"o{n}", report_id=f"r{n}")
        for n, one in enumerate(ranges)
    ]
    again = [replace(plots[n % len(plots)], report_id=f"again{k}") for k, n in enumerate(doubled)]
    copies = Copies()
    assert copies.without(T0, [*plots, *again], SENSORS) == plots
    assert copies.struck == len(again)


NODE = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)


@pytest.mark.parametrize("after_s", [0.0, 1.5])
@pytest.mark.parametrize("keeps_object", [True, False])
def test_d6_one_sapient_report_sent_twice_makes_one_track_and_no_group(
    after_s: float, keeps_object: bool
) -> None:
    """Sent again at once, or once its look is over; with the object's identifier, or with another."""
    pictures = []
    for twice in (False, True):
        fold = SiteFold(Frame(CONFIGURATION, T0, SITE))
        fold.fold(Frame("sensors", T0, registration(NODE, T0), 1))
        fold.fold(Frame("sensors", T0, status(NODE, T0, ulid(T0, 1), first=True), 1))
        for n in range(2, 25):
            t_ns = T0 + n * S
            plots = [
                polar_detection(
                    NODE, t_ns, ulid(t_ns, k), ulid(T0, 8 if keeps_object else 8 + k), 0.0, 0.005,
                    range_m=4_000.0 - 50.0 * n, range_sigma_m=10.0,
                    elevation_rad=0.05, elevation_sigma_rad=0.01,
                )
                for k in (1, 2)
            ]  # fmt: skip
            fold.fold(Frame("sensors", t_ns, plots[0], 1))
            if n % 4 == 0:
                fold.fold(Frame("sensors", t_ns, status(NODE, t_ns, ulid(t_ns, 9)), 1))
            if twice:
                fold.fold(Frame("sensors", t_ns + round(after_s * S), plots[1], 1))
            fold.fold(Frame(TICK, t_ns + S // 2 + round(after_s * S)))
        pictures.append(fold.picture())
    once, doubled = pictures
    assert doubled.tracks.track_id.tolist() == once.tracks.track_id.tolist() == [1]
    assert dict(doubled.counters)["detections.copies"] == 23
    assert dict(doubled.counters)["tracking.plots"] == dict(once.counters)["tracking.plots"]
    assert once.incident is not None and doubled.incident is not None
    assert len(doubled.incident.objects) == len(once.incident.objects)
