"""What waited its turn says the time left of when it is sent: SMS, mail and maps."""

from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest

from marsad.model.announcement import AnnouncementKind
from marsad.outputs.cot import CotOutput
from marsad.outputs.kept import Kept
from marsad.outputs.settings import CotSettings, SmsSettings, SmtpSettings
from marsad.outputs.sms import Sms
from marsad.outputs.smtp import Smtp
from marsad.outputs.time_left import arrives_t_ns, as_of
from marsad.outputs.transmitter import Surroundings

from .conftest import S, announced
from .mail_server import MailServer, mail_server
from .receiver import receiver

SAID = {
    0: "Take cover now. Fuel. Drone, 42 seconds. Go to the nearest shelter now.",
    20: "Take cover now. Fuel. Drone, 22 seconds. Go to the nearest shelter now.",
    37: "Take cover now. Fuel. Drone, 5 seconds. Lie down",
    45: "Take cover now. Fuel. Drone. Lie down",
    300: "Take cover now. Fuel. Drone. Go to the nearest shelter now.",
}


def test_the_time_left_is_that_of_then_and_when_it_is_over_does_not_move() -> None:
    one = announced()
    then = as_of(one, one.made_t_ns + 20 * S)
    assert (then.time_left.likely_s, then.time_left.low_s, then.time_left.high_s) == (22.0, 15.0, 30.0)
    assert as_of(one, one.made_t_ns - S) == one, "clocks that differ a little add nothing"
    assert isnan(as_of(one, one.made_t_ns + 60 * S).time_left.likely_s)
    assert arrives_t_ns(one) == one.made_t_ns + 42 * S
    assert arrives_t_ns(replace(one, kind=AnnouncementKind.ALL_CLEAR)) is None


@pytest.mark.parametrize("late_s", SAID)
async def test_an_sms_that_waited_says_how_long_there_is_now(
    late_s: int, surroundings: Surroundings, tmp_path: Path
) -> None:
    listed = tmp_path / "sms.csv"
    listed.write_text("to,language,zones\n+9647901234567,en\n+9647901234568,ar\n", "utf-8")
    one = announced(output_id="sms")
    there = replace(surroundings, utc_ns=lambda: one.made_t_ns + late_s * S)
    async with receiver() as gateway:
        record = {"url": f"http://127.0.0.1:{gateway.port}/", "json_body": '{"to": "{to}", "text": "{text}"}'}
        settings = SmsSettings.model_validate({"name": "sms", "recipients_file": str(listed), **record})
        way = Sms(settings, there)
        await way.transmit(one.announcement_id, one)
        await way.close()
    texts = {record["to"]: record["text"] for record in gateway.records}
    assert texts["+9647901234567"].startswith(SAID[late_s])
    assert ("22 ث" in texts["+9647901234568"]) is (late_s == 20)


async def test_a_mail_says_how_long_there_is_and_until_when_by_the_clock(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    listed = tmp_path / "mail.csv"
    listed.write_text("to,language,zones\nofficer@site.example,both\n", "utf-8")
    made_ns = 1_641_285_600 * S  # 2022-01-04 08:40:00 UTC, 11:40:00 at the site
    one = replace(announced(output_id="mail"), made_t_ns=made_ns)
    there = replace(surroundings, utc_ns=lambda: made_ns + 20 * S)
    async with mail_server(MailServer()) as server:
        record = {"server": f"127.0.0.1:{server.port}", "security": "none", "sender": "marsad@site.example"}
        settings = SmtpSettings.model_validate({"name": "mail", "recipients_file": str(listed), **record})
        await Smtp(settings, there).transmit(one.announcement_id, one)
    (mail,) = server.mails
    assert str(mail["Subject"]).endswith("Take cover now. Fuel. Drone, 22 seconds.")
    text = mail.get_content()
    assert "Sent at 11:40:20; arrival reckoned for about 11:40:42, local time of the site." in text
    assert "11:40:42" in text.split("————")[0], "in Arabic, too"


def test_an_alarm_that_a_map_is_told_again_says_what_is_left_then(surroundings: Surroundings) -> None:
    one = announced()
    late: list[int] = [0]
    there = replace(surroundings, utc_ns=lambda: one.made_t_ns + late[0] * S)
    settings = CotSettings.model_validate({"name": "tak", "address": "tcp://127.0.0.1:9"})
    way = CotOutput(settings, there)
    way._remember(Kept(one, lambda: 0))
    for late[0] in (0, 20, 300):
        text = b"".join(way._all(is_new=False)).decode().partition("<remarks>")[2]
        assert text.startswith(SAID[late[0]].removesuffix(" Go to the nearest shelter now."))
