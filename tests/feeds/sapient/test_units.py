from math import atan2, degrees, nan, radians
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.errors import ReceivedError
from marsad.feeds.position import SiteFrame, metres_per_radian
from marsad.feeds.sapient import edge
from marsad.feeds.sapient.units import Units, geodetic, seconds, units_of
from marsad.feeds.sapient.utm import (
    Zone,
    convergence_rad,
    geodetic_from_utm,
    natural_zone,
    parsed_zone,
    utm_from_geodetic,
)
from marsad.feeds.sapient.wire import Location, Registration, SapientMessage
from marsad.feeds.settings import NodeSettings, SapientSettings
from marsad.geo.local import LocalFrame

latitudes = st.floats(-80, 84)
SETTINGS = SapientSettings(name="s", listen="0.0.0.0:5020", geoid_undulation_m=-10.0)


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone", "easting", "northing"),
    [
        # the CN Tower, as in encyclopedias, to the metre
        (43 + 38 / 60 + 33.24 / 3600, -(79 + 23 / 60 + 13.7 / 3600), "17T", 630084, 4833438),
        # Baghdad, by GeographicLib's GeoConvert, to the centimetre
        (33.3, 44.4, "38S", 444140.54, 3684706.36),
    ],
)
def test_known_places_have_their_known_utm(
    latitude: float, longitude: float, zone: str, easting: float, northing: float
) -> None:
    found = utm_from_geodetic(radians(latitude), radians(longitude), parsed_zone(zone))
    tolerance = 0.01 if easting % 1 else 1.0
    assert found == pytest.approx((easting, northing), abs=tolerance)


def test_the_centre_of_a_military_grid_square_is_where_geoconvert_puts_it() -> None:
    latitude, longitude = geodetic_from_utm(444_500.0, 3_688_500.0, parsed_zone("38S"))
    assert (degrees(latitude), degrees(longitude)) == pytest.approx((33.33424, 44.40363), abs=5e-6)


@given(latitudes, st.floats(-3, 3), st.integers(1, 60))
def test_utm_goes_there_and_back(latitude: float, offset: float, number: int) -> None:
    zone = Zone(number, latitude >= 0)
    longitude = 6 * number - 183 + offset
    east, north = utm_from_geodetic(radians(latitude), radians(longitude), zone)
    back = geodetic_from_utm(east, north, zone)
    assert back == pytest.approx((radians(latitude), radians(longitude)), abs=1e-13)


@given(latitudes, st.floats(-3, 3))
def test_convergence_is_the_angle_between_the_norths(latitude: float, offset: float) -> None:
    zone = Zone(38, latitude >= 0)
    place = radians(latitude), radians(45 + offset)
    step = 1e-6
    east, north = utm_from_geodetic(*place, zone)
    east_there, north_there = utm_from_geodetic(place[0] + step, place[1], zone)
    expected = -atan2(east_there - east, north_there - north)
    assert convergence_rad(*place, zone) == pytest.approx(expected, abs=radians(0.01))


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_the_natural_zone_holds_the_place(latitude: float, longitude: float) -> None:
    zone = natural_zone(radians(latitude), radians(longitude))
    assert 1 <= zone.number <= 60
    off = (longitude - degrees(zone.meridian_rad) + 180) % 360 - 180
    assert abs(off) <= 3.0001


@pytest.mark.parametrize("text", ["", "38", "S", "0S", "61S", "38I", "38O", "38A", "038S", "38 S5"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ReceivedError, match="latitude band"):
        parsed_zone(text)


def test_band_s_is_north_of_the_equator() -> None:
    assert parsed_zone("38S") == Zone(38, True)
    assert parsed_zone(" 38 m ") == Zone(38, False)


@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(-500, 30_000))
def test_one_point_and_arrays_agree(latitude: float, longitude: float, height: float) -> None:
    frame = LocalFrame(33.8, 42.44, 180.0)
    point = SiteFrame.of(frame).enu(radians(latitude), radians(longitude), height)
    assert point == pytest.approx(tuple(frame.enu_from_geodetic(latitude, longitude, height)), abs=1e-6)


@given(st.floats(-3e5, 3e5), st.floats(-3e5, 3e5), st.floats(-100, 3e4))
def test_velocities_turn_as_the_arrays_do(east: float, north: float, up: float) -> None:
    frame = LocalFrame(33.8, 42.44, 180.0)
    latitude, longitude, _ = frame.geodetic_from_enu([east, north, up])
    turned = SiteFrame.of(frame).velocity_enu(
        radians(float(latitude)), radians(float(longitude)), (10.0, -20.0, 3.0)
    )
    expected = frame.rotation_enu_from_local([east, north, up]) @ [10.0, -20.0, 3.0]
    assert turned == pytest.approx(tuple(expected), abs=1e-9)


def test_a_degree_has_the_known_lengths() -> None:
    parallel, meridian = metres_per_radian(radians(45))
    assert radians(parallel) == pytest.approx(78_846.8, abs=0.1)
    assert radians(meridian) == pytest.approx(111_131.8, abs=0.1)


def location(**fields: Any) -> Location:
    return Location(**({"coordinate_system": 1, "datum": 1} | fields))


def read(place: Location, **node: Any) -> tuple[float, ...]:
    found = geodetic(place, "38S", NodeSettings(**node), SETTINGS)
    return (
        degrees(found.latitude_rad),
        degrees(found.longitude_rad),
        found.height_m,
        found.sigma_east_m,
        found.sigma_north_m,
        found.sigma_up_m,
    )


def test_degrees_radians_and_utm_name_the_same_place() -> None:
    east, north = utm_from_geodetic(radians(33.3), radians(44.4), Zone(38, True))
    expected = pytest.approx((33.3, 44.4, 50.0), abs=1e-9)
    assert read(location(x=44.4, y=33.3, z=50.0))[:3] == expected
    assert read(location(x=radians(44.4), y=radians(33.3), z=50.0, coordinate_system=2))[:3] == expected
    for zone in ({}, {"utm_zone": "38S"}):
        assert read(location(x=east, y=north, z=50.0, coordinate_system=5, **zone))[:3] == expected


def test_errors_are_in_the_units_of_their_axes() -> None:
    parallel, meridian = metres_per_radian(radians(33.3))
    errors = {"x_error": 0.001, "y_error": 0.002, "z_error": 3.0}
    found = read(location(x=44.4, y=33.3, z=50.0, **errors))[3:]
    assert found == pytest.approx((radians(0.001) * parallel, radians(0.002) * meridian, 3.0))
    swapped = {"x_error": 0.002, "y_error": 0.001, "z_error": 3.0}
    assert read(location(x=33.3, y=44.4, z=50.0, **swapped), axis_order="yx")[3:] == pytest.approx(found)
    assert read(location(x=44.4, y=33.3))[3:] == pytest.approx((nan, nan, nan), nan_ok=True)


def test_heights_above_the_geoid_are_moved_by_the_undulation() -> None:
    assert read(location(x=44.4, y=33.3, z=50.0, datum=2))[2] == pytest.approx(40.0)


@pytest.mark.parametrize("place", [{"x": 33.3, "y": 94.4}, {"x": 444140.5, "y": 3684706.4}])
def test_places_off_the_globe_are_refused_with_a_hint(place: dict[str, float]) -> None:
    with pytest.raises(ReceivedError, match="axis_order"):
        read(location(**place))


def test_utm_degrees_or_swapped_axes_are_refused_with_a_hint() -> None:
    with pytest.raises(ReceivedError, match="axis_order"):
        read(location(x=3684706.4, y=444140.5, coordinate_system=5))


@pytest.fixture
def record(camera: edge.EdgeNode) -> Any:
    return SapientMessage.FromString(edge.registration(camera, 0)[4:]).registration


def test_speeds_in_kilometres_an_hour_are_read_as_such(record: Any) -> None:
    speeds = record.mode_definition[0].detection_definition[0].velocity_type.enu_velocity_units
    assert units_of(record) == Units()
    speeds.east_north_rate_units = 2
    speeds.ClearField("up_rate_units")
    assert units_of(record) == Units(horizontal_mps=1 / 3.6, vertical_mps=1 / 3.6)
    speeds.up_rate_units = 1
    assert units_of(record).vertical_mps == 1.0


@pytest.mark.parametrize(("unit", "factor"), [("km/h", 1 / 3.6), ("m/s", 1.0), ("furlongs", None)])
def test_the_declared_unit_of_the_range_rate_counts(record: Any, unit: str, factor: float | None) -> None:
    definition = record.mode_definition[0].detection_definition[0]
    definition.detection_report.add(category=3, type="Range_Rate", units=unit)
    assert units_of(record).range_rate_mps == factor


def test_intervals_are_read_in_their_units_and_bounded() -> None:
    def interval(value: float, units: Any) -> float:
        return seconds(Registration.Duration(value=value, units=units), 60.0)

    assert interval(5000.0, Registration.TIME_UNITS_MILLISECONDS) == pytest.approx(5.0)
    assert interval(0.5, Registration.TIME_UNITS_MINUTES) == pytest.approx(30.0)
    assert interval(1.0, Registration.TIME_UNITS_NANOSECONDS) == 1.0
    assert interval(3e38, Registration.TIME_UNITS_DAYS) == 60.0


def polar_azimuth(talk: Any, datum: int) -> Any:
    talk.greet()
    message: Any = SapientMessage.FromString(talk.polar(azimuth_rad=1.0)[4:])
    message.detection_report.range_bearing.datum = datum
    return talk.say_message(message)


def test_grid_azimuths_are_turned_by_the_convergence(talk: Any) -> None:
    (detection,) = polar_azimuth(talk, 3).detections
    turn = convergence_rad(radians(33.82), radians(42.45), Zone(38, True))
    assert degrees(turn) == pytest.approx(-1.42, abs=0.02)
    assert detection.values[1] == pytest.approx(1.0 + turn)


def test_magnetic_azimuths_need_the_declination(talk: Any, talk_with: Any) -> None:
    (refusal,) = polar_azimuth(talk, 2).refusals
    assert refusal.reason == "datum-magnetic"
    assert "magnetic_declination_deg" in refusal.detail
    (detection,) = polar_azimuth(talk_with(magnetic_declination_deg=5.0), 2).detections
    assert detection.values[1] == pytest.approx(1.0 + radians(5.0))


def test_platform_azimuths_need_the_heading(talk: Any, talk_with: Any) -> None:
    (refusal,) = polar_azimuth(talk, 4).refusals
    assert refusal.reason == "datum-platform"
    told = talk_with(nodes={talk.node.node_id: {"azimuth_datum": "platform", "azimuth_offset_deg": 90.0}})
    (detection,) = polar_azimuth(told, 4).detections
    assert detection.values[1] == pytest.approx(1.0 + radians(90.0))


def test_the_site_may_know_the_datum_better_than_the_node(talk_with: Any, radar: edge.EdgeNode) -> None:
    talk = talk_with(nodes={radar.node_id: {"azimuth_datum": "true"}})
    (detection,) = polar_azimuth(talk, 3).detections
    assert detection.values[1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("system", "azimuth", "distance"), [(2, 1.0, 1500.0), (3, 57.29578, 1.5), (4, 1.0, 1.5)]
)
def test_radians_and_kilometres_are_read_as_declared(
    talk: Any, system: int, azimuth: float, distance: float
) -> None:
    talk.greet()
    message: Any = SapientMessage.FromString(talk.polar()[4:])
    bearing = message.detection_report.range_bearing
    bearing.coordinate_system, bearing.azimuth, bearing.range = system, azimuth, distance
    bearing.range_error = distance / 100
    (detection,) = talk.say_message(message).detections
    assert detection.values[:2] == pytest.approx((1500.0, 1.0), rel=1e-6)
    assert detection.sigmas[0] == pytest.approx(15.0)


def test_a_height_override_moves_the_node(talk_with: Any, radar: edge.EdgeNode) -> None:
    talk = talk_with(nodes={radar.node_id: {"height_m": 500.0}})
    position = talk.greet().sensors[-1].position_enu
    assert position == pytest.approx(tuple(talk.site.enu_from_geodetic(33.82, 42.45, 500.0)), abs=1e-6)


def test_velocities_are_decoded_in_the_declared_units(talk: Any, camera: edge.EdgeNode) -> None:
    registration: Any = SapientMessage.FromString(edge.registration(camera, talk.t_ns)[4:])
    definition = registration.registration.mode_definition[0].detection_definition[0]
    speeds = definition.velocity_type.enu_velocity_units
    speeds.east_north_rate_units = speeds.up_rate_units = 2
    talk.say_message(registration)
    (detection,) = talk.say(
        edge.location_detection(
            camera,
            talk.t_ns,
            talk.ulid(),
            talk.ulid(),
            33.8,
            42.44,
            200.0,
            5.0,
            velocity_enu=(36.0, 72.0, 18.0),
        )
    ).detections
    assert detection.values[3:] == pytest.approx((10.0, 20.0, 5.0), abs=1e-6)


def test_a_node_that_has_moved_gets_a_new_convergence(talk: Any) -> None:
    (before,) = polar_azimuth(talk, 3).detections
    moved = edge.EdgeNode(talk.node.node_id, "Radar", talk.node.kind, 33.82, 44.45, 190.0)
    talk.say(edge.status(moved, talk.t_ns, talk.ulid(), first=True))
    message: Any = SapientMessage.FromString(talk.polar(azimuth_rad=1.0)[4:])
    message.detection_report.range_bearing.datum = 3
    (after,) = talk.say_message(message).detections
    expected = convergence_rad(radians(33.82), radians(44.45), Zone(38, True))
    assert after.values[1] == pytest.approx(1.0 + expected)
    assert after.values[1] - before.values[1] == pytest.approx(radians(2 * 0.5566), abs=1e-3)
