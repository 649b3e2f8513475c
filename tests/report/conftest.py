"""The made-up incident of the report tests: two fixed-wing drones from two bearings, both stopped."""

from datetime import UTC, datetime
from math import cos, nan, radians, sin

import pytest

from marsad.model.incident import (
    Casualties,
    Fact,
    FactStatus,
    Incident,
    IncidentObject,
    IncidentWarning,
    Outcome,
    SeriesFacts,
    TimelineEntry,
)
from marsad.model.reason import Reason
from marsad.model.sensor import Sensor, SensorHealth, SensorKind
from marsad.model.site import Mode, Site, Zone

OPENED_T_NS = int(datetime(2022, 1, 3, 23, 46, 10, tzinfo=UTC).timestamp()) * 1_000_000_000


def at(seconds: float) -> int:
    return OPENED_T_NS + round(seconds * 1e9)


def attacker(
    track_id: int, bearing_deg: float, range_m: float, speed_mps: float, first_s: float, stopped_s: float
) -> tuple[IncidentObject, tuple[tuple[float, float, float], ...]]:
    def place(t_s: float) -> tuple[float, float, float]:
        distance = range_m - speed_mps * (t_s - first_s)
        wave = 150 * sin(t_s / 15)
        angle = radians(bearing_deg)
        return (
            round(distance * sin(angle) + wave * cos(angle), 1),
            round(distance * cos(angle) - wave * sin(angle), 1),
            120.0,
        )

    item = IncidentObject(
        track_ids=(track_id,),
        class_name="owa",
        first_t_ns=at(first_s),
        first_position_enu=place(first_s),
        first_range_m=range_m,
        first_azimuth_rad=radians(bearing_deg),
        last_t_ns=at(stopped_s),
        last_position_enu=place(stopped_s),
        speed_mps=speed_mps,
        sensor_ids=("camera-1", "radar-1"),
        outcome=Outcome.STOPPED,
        outcome_t_ns=at(stopped_s),
        outcome_by="C-RAM north",
    )
    path = tuple(
        (t_s, *place(t_s)[:2])
        for t_s in (*(float(n) for n in range(int(first_s), int(stopped_s), 4)), stopped_s)
    )
    return item, path


def line(seconds: float, code: str, by: str = "", **arguments: float | str) -> TimelineEntry:
    return TimelineEntry(at(seconds), Reason(code, tuple(arguments.items())), by)


@pytest.fixture
def site() -> Site:
    def square(zone_id: str, name_en: str, name_ar: str, east: float, north: float, half: float) -> Zone:
        corners = (
            (east - half, north - half),
            (east + half, north - half * 0.7),
            (east + half * 0.8, north + half),
            (east - half, north + half * 0.9),
        )
        return Zone(zone_id, name_en, name_ar, corners, (east, north), half * 1.3)

    return Site(
        site_id="ain-al-asad",
        name_en="Ain al-Asad air base",
        name_ar="قاعدة عين الأسد الجوية",
        latitude_deg=33.7856,
        longitude_deg=42.4412,
        height_m=180.0,
        utc_offset_s=10800,
        zones=(
            square("zone-1", "Living area", "منطقة السكن", -700, 500, 450),
            square("zone-2", "Flight line", "خط الطيران", 500, -300, 600),
            Zone("zone-3", "Fuel store", "مستودع الوقود", (), (900.0, 1100.0), 300.0),
        ),
        mode=Mode.LIVE,
    )


@pytest.fixture
def incident() -> Incident:
    first, first_path = attacker(17, 305, 7400, 52, -40, 62)
    second, second_path = attacker(21, 338, 6900, 48, -36, 74.5)
    timeline = (
        line(-40, "incident.first_detected.owa", track_id=17.0, range_km=7.4),
        line(-36, "incident.first_detected.owa", track_id=21.0, range_km=6.9),
        line(0, "incident.raised.alert", zone_id="zone-1", time_left_s=92.0),
        line(8, "incident.grew.alert", zone_id="zone-1", track_id=21.0),
        line(21, "incident.raised.warn", zone_id="zone-1", time_left_s=71.0),
        line(25.5, "incident.acknowledged", "Capt. Haider", zone_id="zone-1"),
        line(30, "incident.raised.warn", zone_id="zone-2", time_left_s=64.0),
        line(62, "incident.outcome.stopped", "C-RAM north", track_id=17.0),
        line(65, "incident.track_ended", track_id=17.0),
        line(74.5, "incident.outcome.stopped", "C-RAM north", track_id=21.0),
        line(95, "incident.passed.warn", zone_id="zone-1"),
        line(720, "incident.all_clear_everywhere", "Maj. Ali Karim"),
        line(1260, "incident.head_count_complete", "Maj. Ali Karim"),
        line(1500, "incident.closed.stopped", "النقيب حيدر"),
    )
    return Incident(
        incident_id="ain-al-asad-20220103-234610",
        site_id="ain-al-asad",
        version=9,
        opened_t_ns=OPENED_T_NS,
        closed_t_ns=at(1500),
        exercise=False,
        objects=(first, second),
        warnings=(
            IncidentWarning("zone-1", "alert", at(0), 92.0, 17),
            IncidentWarning("zone-1", "warn", at(21), 71.0, 17),
            IncidentWarning("zone-2", "warn", at(30), 64.0, 21),
        ),
        timeline=timeline,
        outcome=Outcome.STOPPED,
        casualties=Casualties(FactStatus.NONE),
        damage=Fact(FactStatus.UNCONFIRMED, "fragments on the northern road"),
        claim=Fact(),
        accounted=True,
        closed_by="النقيب حيدر",
        paths_enu=(first_path, second_path),
    )


@pytest.fixture
def series() -> SeriesFacts:
    hours = [0] * 24
    hours[2], hours[4] = 1, 1
    return SeriesFacts(
        counted=True,
        previous_id="baghdad-diplomatic-centre-20220103-public",
        previous_site_id="baghdad-diplomatic-centre",
        gap_s=80170.0,
        within_48_h=2,
        within_30_days=2,
        site_within_30_days=1,
        total=2,
        site_total=1,
        first_t_ns=int(datetime(2022, 1, 3, 1, 30, tzinfo=UTC).timestamp()) * 1_000_000_000,
        repeat_sites=(),
        hours_local=tuple(hours),
    )


@pytest.fixture
def lone_series(series: SeriesFacts) -> SeriesFacts:
    return SeriesFacts(True, "", "", nan, 1, 1, 1, 1, 1, OPENED_T_NS, (), series.hours_local)


@pytest.fixture
def sensors() -> tuple[Sensor, ...]:
    return (
        Sensor("radar-1", "Radar north", SensorKind.RADAR, "sapient", last_t_ns=at(1499)),
        Sensor("camera-1", "Camera mast 2", SensorKind.CAMERA, "sapient", last_t_ns=at(1498)),
        Sensor(
            "rf-1",
            "RF south",
            SensorKind.RADIO_FREQUENCY,
            "sapient",
            health=SensorHealth.LOST,
            last_t_ns=at(-3000),
            note="antenna iced",
        ),
    )
