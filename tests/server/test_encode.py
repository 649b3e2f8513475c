"""The wire form says the same as the model, in degrees and milliseconds."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from marsad import wire
from marsad.geo.geoid import undulation_m
from marsad.geo.local import LocalFrame
from marsad.model.picture import Picture
from marsad.model.reason import Reason
from marsad.model.sensor import Coverage, Sensor, SensorKind
from marsad.model.site import Mode, Name, Site, Zone
from marsad.wire.encode import picture_to_wire
from marsad.wire.encode_incidents import incident_summary, incident_to_wire
from marsad.wire.encode_reasons import reason_to_wire
from marsad.wire.encode_sensors import sensor_to_wire
from marsad.wire.encode_site import frame_of, site_to_wire
from marsad.wire.encode_tracks import motion_to_wire, trail_to_wire
from marsad.wire.places import ellipses


@given(st.floats(1, 500), st.floats(1, 500), st.floats(0, math.pi))
def test_ellipse_gives_back_the_axes_and_direction_it_was_made_of(a: float, b: float, azimuth: float) -> None:
    major, minor = max(a, b), min(a, b)
    along = np.array([math.sin(azimuth), math.cos(azimuth)])  # east, north
    across = np.array([along[1], -along[0]])
    covariance = major**2 * np.outer(along, along) + minor**2 * np.outer(across, across)
    found_major, found_minor, found_azimuth = ellipses(covariance[None])
    assert found_major[0] == pytest.approx(major, rel=1e-6)
    assert found_minor[0] == pytest.approx(minor, rel=1e-5, abs=1e-3)
    if major > minor * 1.01:
        off = (found_azimuth[0] - azimuth + math.pi / 2) % math.pi - math.pi / 2
        assert off == pytest.approx(0, abs=1e-4)


def test_places_on_the_wire_are_those_of_the_site_frame(gateway: Any) -> None:
    picture = gateway.picture_at(gateway.started_ns)
    motion = motion_to_wire(picture.tracks, frame_of(gateway.site))
    frame = frame_of(gateway.site)
    back = frame.enu_from_geodetic(
        motion["latitude_deg"], motion["longitude_deg"], _heights(gateway, picture)
    )
    assert np.abs(back[:, :2] - picture.tracks.mean[:, :2]).max() < 0.2  # six decimals of a degree
    assert motion["course_deg"][0] == pytest.approx(142.0, abs=0.1)
    assert motion["speed_mps"][0] == pytest.approx(52.0, abs=0.1)
    assert motion["above_ground_m"] == [None] * len(picture.tracks)
    sea_m = _heights(gateway, picture) - np.array(motion["above_sea_m"])
    assert sea_m == pytest.approx(undulation_m(motion["latitude_deg"], motion["longitude_deg"]), abs=0.6)
    above = np.where(np.arange(len(picture.tracks)) == 0, 123.4, np.nan)
    known = motion_to_wire(picture.tracks, frame, above)["above_ground_m"]
    assert known == [123.0] + [None] * (len(picture.tracks) - 1)


def test_the_trail_on_the_wire_is_where_the_tracks_were(gateway: Any) -> None:
    picture, frame = gateway.picture_at(gateway.started_ns), frame_of(gateway.site)
    past = replace(picture.tracks, t_ns=picture.t_ns - 10**10, mean=picture.tracks.mean + 300.0)
    trail = trail_to_wire(past, frame)
    heights = frame.geodetic_from_enu(past.mean[:, :3])[2]
    back = frame.enu_from_geodetic(trail["latitude_deg"], trail["longitude_deg"], heights)
    assert np.abs(back[:, :2] - past.mean[:, :2]).max() < 0.2
    assert trail["t_ms"] == past.t_ns // 10**6 and trail["track_id"] == past.track_id.tolist()


def encoded_now(gateway: Any, detailed: int, zones: int) -> wire.Picture:
    picture, site = gateway.picture_at(gateway.started_ns), gateway.site
    return picture_to_wire(picture, frame_of(site), detailed, zones, site.mode)


def _heights(gateway: Any, picture: Picture) -> NDArray[np.float64]:
    heights: NDArray[np.float64] = frame_of(gateway.site).geodetic_from_enu(picture.tracks.mean[:, :3])[2]
    return heights


def test_unknown_numbers_become_null_and_never_nan(gateway: Any) -> None:
    encoded = picture_to_wire(
        gateway.picture_at(gateway.started_ns), frame_of(gateway.site), 10, 2, gateway.site.mode
    )
    bird = next(track for track in encoded["tracks"] if track["class_name"] == "bird")
    assert bird["time_to_impact_s"] is None and bird["zone_id"] is None
    unlimited = sensor_to_wire(Sensor("a", "a", SensorKind.ADSB, "f", coverage=Coverage()), LocalFrame(0, 0))
    assert unlimited["coverage"]["range_max_m"] is None and unlimited["place"] is None
    assert reason_to_wire(Reason("x", (("a", float("nan")),)))["arguments"] == {"a": "nan"}


def test_only_the_most_dangerous_tracks_carry_reasons(gateway: Any) -> None:
    encoded = picture_to_wire(
        gateway.picture_at(gateway.started_ns), frame_of(gateway.site), 2, 1, gateway.site.mode
    )
    detailed = {track["track_id"] for track in encoded["tracks"] if track["detail"] is not None}
    assert detailed == {101, 102}
    detail = next(track["detail"] for track in encoded["tracks"] if track["track_id"] == 101)
    assert detail is not None and len(detail["zones"]) == 1 and detail["sensor_ids"] == ["radar-1", "rf-1"]


@pytest.mark.parametrize(
    ("zone", "corners"),
    [
        (Zone("a", "A", "أ", ((0, 0), (100, 0), (0, 100)), (40, 40), 80), 4),
        (Zone("b", "B", "ب", (), (1000, 0), 200), 73),
    ],
)
def test_zones_are_closed_rings(zone: Zone, corners: int) -> None:
    site = Site("s", "S", "س", 33.0, 44.0, 50.0, 10800, (zone,))
    shape = site_to_wire(site, None, "0")["zones"][0]
    assert len(shape["ring"]) == corners and shape["ring"][0] == shape["ring"][-1]
    centre = frame_of(site).enu_from_geodetic(shape["centre"][1], shape["centre"][0], site.height_m)
    assert centre[:2] == pytest.approx(zone.centre_enu, abs=0.5)


def test_the_names_that_a_site_gives_go_to_the_console() -> None:
    site = Site(
        "s", "S", "س", 33.0, 44.0, 50.0, 10800, (), names=(Name("Roof radar", "Radar", "رادار السطح"),)
    )
    named = {"of": "Roof radar", "name_en": "Radar", "name_ar": "رادار السطح"}
    assert site_to_wire(site, None, "0")["names"] == [named]


@pytest.mark.parametrize(
    ("exercise", "mode", "marked"),
    [
        (False, Mode.LIVE, "live"),
        (True, Mode.EXERCISE, "exercise"),
        (True, Mode.TEST, "test"),
        (True, Mode.LIVE, "exercise"),
        (False, Mode.TEST, "live"),
    ],
)
def test_an_incident_says_whether_it_was_real(gateway: Any, exercise: bool, mode: Mode, marked: str) -> None:
    incident = replace(gateway.incidents()[0], exercise=exercise)
    assert incident_summary(incident, mode)["mode"] == marked
    assert incident_to_wire(incident, frame_of(gateway.site), mode)["mode"] == marked
