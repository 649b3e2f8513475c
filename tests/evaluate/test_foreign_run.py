from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np
import pytest

from marsad.errors import ConfigError
from marsad.evaluate.courageous import read
from marsad.evaluate.evaluation import Findings
from marsad.evaluate.foreign_run import score_log
from marsad.evaluate.measures import Measure
from marsad.model.site import Site, Zone

from .logs import HEIGHT_M, LATITUDE, LONGITUDE, encoded, flight, log, place, position, record

ZONE = Zone("gate", "Gate", "بوابة", (), (0.0, 0.0), 1000.0)
SITE = Site("s", "S", "س", LATITUDE, LONGITUDE, HEIGHT_M, 0, (ZONE,))
TRUTH = log(flight(1))


def scored(system: dict[str, Any], truth: dict[str, Any] = TRUTH, **options: Any) -> Findings:
    return score_log(read(encoded(system), "system.json"), read(encoded(truth), "truth.json"), **options)


def of(findings: Findings, key: str) -> Measure:
    (found,) = [item for item in findings.measures if item.key == key]
    return found


def noted(findings: Findings) -> list[str]:
    return [reason.code.removeprefix("evaluate.note.") for reason in findings.notes]


def moved(track: dict[str, Any], metres: float) -> dict[str, Any]:
    """The same track so far to the north."""
    for item in track["records"]:
        item["location"]["lat"] += metres / 110_900
    return track


def test_the_truth_itself_is_a_perfect_system() -> None:
    found = scored(TRUTH)
    assert found.system == "Elsewhere GmbH, Watcher" and found.looks == 61 and noted(found) == []
    assert of(found, "completeness").value == of(found, "continuity").value == 1.0
    assert of(found, "rmse").value == pytest.approx(0.0, abs=1e-6)
    assert of(found, "tracked").value == of(found, "class-right").value == 1.0
    assert found.confusion.counts == ((61,),) and found.confusion.shown_classes == ("UAV",)


def test_a_system_that_is_off_and_late_is_scored_so() -> None:
    found = scored(log(moved(flight(7, 20, 60), 30.0)))
    assert of(found, "completeness").value == pytest.approx(41 / 61)
    assert of(found, "rmse").value == pytest.approx(30.0, abs=0.1)
    assert of(found, "time-to-detect").value == 20.0
    assert found.objects[0].milestones.tracked_t_s == 20.0


def test_what_the_format_cannot_tell_is_not_scored() -> None:
    keys = {item.key for item in scored(TRUTH).measures}
    assert not keys & {"needless-warn", "threat-as-friend", "nees", "class-ece", "level-30", "zones-warned"}
    assert not any(isnan(item.value) for item in scored(TRUTH).measures)


def test_lost_and_found_again_is_one_number_and_a_gap_no_change() -> None:
    system = log(flight(3, 0, 20), flight(3, 40, 60, first=100))
    found = scored(system)
    assert of(found, "switches").value == 0.0 and of(found, "completeness").value == pytest.approx(42 / 61)
    changed = scored(log(flight(3, 0, 20), flight(4, 40, 60, first=100)))
    assert of(changed, "switches").count == 1


def test_two_tracks_of_one_number_at_one_time_are_told() -> None:
    found = scored(log(flight(3), flight(3, 30, 60, first=100)))
    assert noted(found) == ["overlapping"] and of(found, "ambiguity").value == 1.0


def test_order_numbers_and_strange_fields_are_told_and_do_not_change_the_score() -> None:
    track = flight(3)
    track["records"].reverse()
    track["records"][0]["record_number"] = 0
    track["records"][0]["rcs"] = 1
    found = scored(log(track, {"uas_id": 4, "records": []}))
    assert noted(found) == ["unknown-fields", "repeated", "empty", "unordered"]
    assert of(found, "completeness").value == 1.0


def test_an_empty_log_saw_nothing_and_an_empty_truth_has_nothing_to_be_seen() -> None:
    blind = scored(log())
    assert (
        noted(blind) == ["empty-log"] and of(blind, "completeness").value == of(blind, "tracked").value == 0.0
    )
    nothing = scored(TRUTH, log())
    assert noted(nothing) == ["empty-truth"] and nothing.looks == 0 and nothing.measures == ()


def test_alarms_are_counted_by_their_coming_on_and_needless_by_what_they_were_on() -> None:
    drone, bird = flight(1), flight(2, first=200, classification="Other", speed_mps=-10.0)
    on = {"active": True, "certainty": 1.0}
    for item in (*drone["records"][10:20], *drone["records"][40:], *bird["records"][30:]):
        item["alarm"] = on
    found = scored(
        log(drone, bird), log(flight(1), flight(2, first=200, classification="Other", speed_mps=-10.0))
    )
    assert [alarm.t_s for alarm in found.alarms] == [10, 30, 40]
    assert [(item.alarm.t_s, item.cause) for item in found.needless] == [(30, "uas 2 (Other)")]
    assert of(found, "needless-alert").count == 1 and of(found, "harmless-as-threat").value == 1.0
    assert found.objects[0].milestones.alarmed_t_s == 10


def test_a_truth_of_ours_says_more_than_the_format_knows() -> None:
    truth = log(
        flight(1, identification="class=owa hostile=yes friend=no", speed_mps=-30.0),
        flight(2, first=100, identification="class=multirotor hostile=no friend=yes", speed_mps=-10.0),
    )
    found = scored(TRUTH, truth)
    attacker, own = (item.subject for item in found.objects)
    assert (attacker.class_name, attacker.hostile, attacker.gate_m) == ("owa", True, 300.0)
    assert (own.class_name, own.wanted, own.friend) == ("multirotor", False, True)
    assert attacker.right == {"owa", "UAV"}


def test_zones_come_with_a_site() -> None:
    found = scored(TRUTH, site=SITE)
    (lead,) = found.objects[0].leads
    assert lead.zone_id == "gate" and lead.arrival_t_s == pytest.approx(50.0, abs=0.2)
    assert isnan(lead.warned_t_s)


# ---------------------------------------------------------------- times and heights


@pytest.mark.parametrize("hours", [3, -3.5])
def test_a_log_of_another_time_zone_is_told_by_name(hours: float) -> None:
    system = log(flight(1))
    for item in system["tracks"][0]["records"]:
        item["time"] += round(hours * 3_600_000)
    option = f"--log-offset-s {-hours * 3600:.0f}"
    with pytest.raises(
        ConfigError, match=f"{abs(hours):g} h is what another time zone makes.*{option}"
    ) as caught:
        scored(system, name="system.json")
    assert str(caught.value).startswith("system.json: 1 fault")
    assert of(scored(system, log_offset_s=-hours * 3600), "completeness").value == 1.0


def test_a_log_of_another_day_is_told_without_a_guess() -> None:
    system = log(flight(1))
    for item in system["tracks"][0]["records"]:
        item["time"] += 5 * 86_400_000
    with pytest.raises(ConfigError, match=r"never at one time: the log begins \+432000 s") as caught:
        scored(system)
    assert "zone" not in str(caught.value)


def test_times_of_which_nobody_knows_the_truth_are_not_scored() -> None:
    found = scored(log(flight(1, -100, 160)))
    assert noted(found) == ["outside"] and found.looks == 61
    assert dict(found.notes[0].arguments)["time_s"] == 200.0


def test_another_place_is_told() -> None:
    assert noted(scored(log(moved(flight(1), 50_000.0)))) == ["never-on"]


def test_the_geoid_matters_against_a_site_and_not_between_logs() -> None:
    assert of(scored(TRUTH, geoid_m=0.0), "rmse").value == of(scored(TRUTH, geoid_m=30.0), "rmse").value
    above = [
        scored(TRUTH, geoid_m=geoid_m, site=SITE).objects[0].milestones.tracked_range_m
        for geoid_m in (0.0, 100.0)
    ]
    assert above[0] == pytest.approx(np.hypot(2000, 100), abs=2)
    assert above[1] == pytest.approx(np.hypot(2000, 200), abs=2)


# ---------------------------------------------------------------- other kinds of location


def seen(locations: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A system that gives a location a second, of the drone that comes from the north."""
    return log(
        {"uas_id": 9, "records": [record(t_s, t_s, item, **more) for t_s, item in enumerate(locations)]}
    )


def elevation_deg(t_s: int) -> float:
    return float(np.degrees(np.arctan2(100, 2000 - 20 * t_s)))


def test_a_place_on_the_map_is_scored_on_the_map() -> None:
    flat = [
        {"$type": "Position2d", "lat": position(2000 - 20 * t)["lat"], "lon": LONGITUDE} for t in range(61)
    ]
    found = scored(seen(flat))
    assert noted(found) == ["on-map-only"] and of(found, "completeness").value == 1.0
    assert of(found, "rmse").value < 0.5


def test_bearing_elevation_and_distance_are_a_place() -> None:
    polar = [
        {
            "$type": "BearingElevationDistance",
            "bearing": 0.0,
            "elevation": elevation_deg(t),
            "distance": float(np.hypot(2000 - 20 * t, 100)),
        }
        for t in range(61)
    ]
    found = scored(seen(polar))
    assert noted(found) == [] and of(found, "completeness").value == 1.0 and of(found, "rmse").value < 2.0
    beside = seen(polar, cuas_location=place(-500.0))  # the system stood half a kilometre to the south
    assert of(scored(beside), "completeness").value == 0.0


def test_bearings_are_scored_by_angle() -> None:
    bearings = [{"$type": "Bearing", "bearing": 357.0 if t % 2 else 3.0} for t in range(60)]
    bearings.append({"$type": "Bearing", "bearing": 90.0})
    found = scored(seen(bearings))
    assert noted(found) == ["directions"] and of(found, "direction-on-object").value == pytest.approx(60 / 61)
    assert of(found, "bearing-rms").value == pytest.approx(3.0, abs=1e-6)
    assert of(found, "completeness").value == 0.0 and found.objects[0].milestones.detected_t_s == 0.0


def test_an_alarm_of_a_direction_is_of_what_it_points_at() -> None:
    on = {"active": True, "certainty": 1.0}
    ahead, aside = [{"$type": "Bearing", "bearing": angle} for angle in (1.0, 200.0)]
    right, wrong = scored(seen([ahead] * 9, alarm=on)), scored(seen([aside] * 9, alarm=on))
    assert (len(right.alarms), right.needless) == (1, ())
    assert [item.cause for item in wrong.needless] == [""]
    assert right.objects[0].milestones.alarmed_t_s == 0.0


def test_elevations_are_scored_too() -> None:
    rays = [
        {"$type": "BearingElevation", "bearing": 0.0, "elevation": elevation_deg(t) + 1.0} for t in range(61)
    ]
    assert of(scored(seen(rays)), "elevation-rms").value == pytest.approx(1.0, abs=0.02)


def test_sectors_are_right_if_an_object_is_in_them() -> None:
    sectors: list[dict[str, Any]] = [
        {"$type": "Arc", "from": 350, "to": 10},
        {"$type": "Arc", "from": 10, "to": 350},
        {"$type": "Quad", "quad": "North"},
        {"$type": "Quad", "quad": "East"},
        {"$type": "Arc", "from": -180, "to": 180},
    ]
    found = scored(seen(sectors))
    assert of(found, "sector-right").value == pytest.approx(3 / 5)


def test_single_plots_tell_when_an_object_was_first_detected() -> None:
    plots = (
        {"records": [record(3, 900, position(2000 - 60)), record(5, 901, None)]},
        {"uas_id": 1, "records": [record(1, 902, position(-9000))]},
    )
    found = scored(log(flight(1, 20, 60), detection=plots))
    assert found.objects[0].milestones.detected_t_s == 3.0 and noted(found) == ["nowhere"]


def test_pilots_are_no_aircraft() -> None:
    track = flight(1)
    track["records"].append(record(60, 999, position(-3000), classification="GCS"))
    found = scored(log(track), log(copy_with_pilot()))
    assert noted(found) == ["ground-station"] and of(found, "rmse").value == pytest.approx(0.0, abs=1e-6)


def copy_with_pilot() -> dict[str, Any]:
    track = flight(1)
    track["records"].append(record(60, 998, position(-3000), classification="GCS"))
    return track
