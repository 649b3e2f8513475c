"""What a message says beside its words: the time left, and to which zone that is."""

from dataclasses import replace

from marsad.model.announcement import AnnouncementKind
from marsad.model.reason import Reason
from marsad.model.threat import Level
from marsad.outputs.cot_event import CotStyle, events_of
from marsad.outputs.home_assistant import Sensors
from marsad.outputs.message import message_of
from marsad.outputs.settings import MqttSettings
from marsad.outputs.speech import clips_of
from marsad.outputs.transmitter import Surroundings
from marsad.report.wording import catalogue

from .conftest import announced

WORDING = {"ar": catalogue("ar"), "en": catalogue("en")}


def test_one_time_left_says_to_which_zone_it_is(surroundings: Surroundings) -> None:
    nearest = Reason("alarm.track.owa", (("track_id", 7), ("zone_id", "fuel")))
    whole = replace(announced(), zone_id="", reasons=(Reason("rule.alert_score"), nearest))
    record = message_of(whole, surroundings.site, WORDING)
    assert record["whole_site"] and record["time_left_zone"]["id"] == "fuel"
    assert record["time_left_zone"]["name"]["en"] == "Fuel"
    untold = message_of(replace(whole, reasons=()), surroundings.site, WORDING)
    assert untold["time_left_zone"] is None, "nobody knows to which"
    own = message_of(replace(announced(), reasons=()), surroundings.site, WORDING)
    assert own["time_left_zone"]["id"] == announced().zone_id


def test_what_sent_nobody_into_shelter_tells_nobody_to_stay_there(surroundings: Surroundings) -> None:
    passed = announced(kind=AnnouncementKind.PASSED)
    alert = replace(passed, zone_id="", stage=Level.ALERT)
    said = message_of(alert, surroundings.site, WORDING)["text"]
    assert all("shelter" not in said["en"][name].lower() for name in ("event", "headline"))
    assert "Stay" not in said["en"]["instruction"] and "الملاجئ" not in str(said["ar"])
    assert "stay_in_shelter" not in clips_of(alert, 0.0)
    covered = message_of(passed, surroundings.site, WORDING)["text"]["en"]
    assert covered["headline"].startswith("Stay in shelter.") and "stay_in_shelter" in clips_of(passed, 0.0)


def test_a_zone_that_is_no_more_is_named_and_drawn_and_its_sensor_is_switched_off(
    surroundings: Surroundings,
) -> None:
    (fuel, hq) = surroundings.site.zones
    site = replace(surroundings.site, zones=(hq,))
    over = replace(announced(kind=AnnouncementKind.ALL_CLEAR), former_zone=fuel)
    record = message_of(over, site, WORDING)
    assert [zone["name"]["en"] for zone in record["zones"]] == ["Fuel"]
    assert record["text"]["ar"]["headline"].count("الوقود") == 1
    style = CotStyle("Marsad", "en", frozenset({"WARN"}), chat=False)
    alert, outline = events_of(over, site, style, WORDING).standing
    for event in (alert, outline):
        point = event.find("point")
        assert point is not None and point.get("ce") == "100.0" and point.get("lat") != "33.8000000"
    settings = MqttSettings.model_validate(
        {"name": "hub", "url": "mqtt://127.0.0.1:1883", "home_assistant": "homeassistant"}
    )
    (shown,) = Sensors(settings, site, "marsad/asad").take(over, 0.0, 600.0)
    assert (shown.topic, shown.data) == ("marsad/asad/zone/fuel/warn", b"OFF")
