"""Mail, SMS and loudspeakers carry words to people: no level, no place, nothing for an effector."""

import asyncio
from dataclasses import fields, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import ValidationError

from marsad.errors import EncodingError
from marsad.model.announcement import (
    AnnouncementKind,
    DeliveryState,
    DrillSwitch,
    LiveAnnouncement,
    LiveSwitch,
)
from marsad.model.effect import Actuate, Announce
from marsad.model.threat import Level
from marsad.outputs.clips import needed_files
from marsad.outputs.outputs import Outputs
from marsad.outputs.settings import OutputSettings, SmsSettings, SmtpSettings, SpeakerSettings
from marsad.outputs.speech import clips_of
from marsad.outputs.table import open_output
from marsad.outputs.transmitter import Surroundings
from marsad.warning.outputs import NATURES

from .conftest import Ears, announced, drilled
from .loudspeaker import loudspeaker, record
from .mail_server import MailServer, mail_server
from .receiver import receiver

KINDS: dict[str, Any] = {"smtp": SmtpSettings, "sms": SmsSettings, "rtp": SpeakerSettings}
BODY = '{"to": "{to}", "text": "{text}"}'


def made(standard: str, port: int, folder: Path, **more: object) -> OutputSettings:
    """Settings of an output whose counterpart listens on a port."""
    folder.mkdir(exist_ok=True)
    (folder / "mail.csv").write_text("to,language,zones\nofficer@site.example,en\n")
    (folder / "sms.csv").write_text("to,language,zones\n+9647901234567,en\n")
    records: dict[str, dict[str, object]] = {
        "smtp": {
            "server": f"127.0.0.1:{port}",
            "security": "none",
            "sender": "marsad@site.example",
            "recipients_file": str(folder / "mail.csv"),
        },
        "sms": {
            "url": f"http://127.0.0.1:{port}/",
            "json_body": BODY,
            "recipients_file": str(folder / "sms.csv"),
        },
        "rtp": {
            "address": f"127.0.0.1:{port}",
            "clips": str(folder / "clips"),
            "languages": ["en"],
            "lead_in_s": 0,
            "repeats": 1,
        },
    }
    one: OutputSettings = KINDS[standard].model_validate({"name": standard, **records[standard], **more})
    return one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "with"
    one = made("rtp", 5004, place, drills=True)
    record(place / "clips", needed_files(one, ["fuel", "hq"]))
    return place


@pytest.mark.parametrize("standard", KINDS)
@pytest.mark.parametrize("kind", [LiveSwitch, DrillSwitch])
async def test_none_of_them_takes_a_level(
    standard: str, kind: type[LiveSwitch | DrillSwitch], surroundings: Surroundings, folder: Path
) -> None:
    way = open_output(made(standard, 9, folder), surroundings)
    with pytest.raises(EncodingError, match="no levels"):
        await way.transmit("x", kind("fuel", Level.WARN, True, 2**62))
    await way.close()
    assert not NATURES[standard].carries_levels and not NATURES[standard].knows_doubles


@pytest.mark.parametrize("standard", KINDS)
def test_none_of_them_can_be_addressed_to_an_effector(standard: str, folder: Path) -> None:
    """There is no setting that could name one, a place or a bearing, and no further key is taken."""
    for more in ("effector", "jammer", "use", "coil", "track", "bearing_deg", "latitude_deg", "target"):
        with pytest.raises(ValidationError):
            made(standard, 9, folder, **{more: "gun"})
    names = set(KINDS[standard].model_fields)
    assert not names & {"effector", "use", "coils", "register", "track", "tracks", "bearing_deg", "topic"}


def test_what_they_are_given_has_no_place_and_no_bearing() -> None:
    names = {one.name for one in fields(LiveAnnouncement)}
    assert not any(
        word in name for name in names for word in ("lat", "lon", "bearing", "east", "north", "height")
    )
    assert {one.name for one in fields(LiveSwitch)} == {"zone_id", "stage", "is_on", "until_t_ns"}
    assert get_type_hints(LiveSwitch)["is_on"] is bool


@pytest.mark.parametrize("kind", list(AnnouncementKind))
@pytest.mark.parametrize("stage", [Level.ALERT, Level.WARN])
def test_loudspeakers_say_nothing_but_words_that_were_recorded(
    kind: AnnouncementKind, stage: Level, folder: Path
) -> None:
    one = made("rtp", 5004, folder, drills=True)
    known = set(needed_files(one, ["fuel", "hq"]))
    for word in (announced(kind=kind), replace(drilled(), kind=kind)):
        for left_s in (*range(0, 4_000, 29), float("nan")):
            left = replace(word.time_left, likely_s=float(left_s))
            said = clips_of(replace(word, stage=stage, time_left=left), 3.0)
            assert {f"en/{clip}.wav" for clip in said} <= known
            assert (said[0] == "test") == (type(word) is not LiveAnnouncement)


@pytest.mark.parametrize("live_warning", [True, False])
async def test_a_drill_reaches_none_of_them_that_is_not_for_drills(
    surroundings: Surroundings, ears: Ears, folder: Path, live_warning: bool
) -> None:
    """On real sockets: one output of each kind that is for drills, and one that is not."""
    names = {code: name for code, name in record(folder / "clips", _files(folder)).items()}
    async with (
        mail_server(MailServer()) as real_mail,
        mail_server(MailServer()) as mail,
        receiver() as real_sms,
        receiver() as sms,
        loudspeaker(names) as real_speaker,
        loudspeaker(names) as speaker,
    ):
        ends = {
            "smtp": (real_mail.port, mail.port),
            "sms": (real_sms.port, sms.port),
            "rtp": (real_speaker.port, speaker.port),
        }
        settings = []
        for standard, (real, drill) in ends.items():
            settings.append(made(standard, real, folder, name=f"{standard}-real"))
            settings.append(made(standard, drill, folder, name=f"{standard}-drill", drills=True, live=False))
        outputs = Outputs(settings, surroundings, live_warning=live_warning)
        task = asyncio.create_task(outputs.run())
        for number, one in enumerate(settings):
            outputs.carry_out(Announce(drilled(number, output_id=one.name)))
            outputs.carry_out(Announce(announced(number + 100, output_id=f"{one.standard}-drill")))
            outputs.carry_out(
                Actuate(one.name, f"level-{number}", LiveSwitch("fuel", Level.WARN, True, 2**62))
            )
        await mail.until(1)
        await sms.until(1)
        heard = await speaker.until("en/drone")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert real_mail.mails == [] and real_mail.asked == 0
    assert real_sms.bodies == [] and real_speaker.packets == []
    assert [_subject(one)[:5] for one in mail.mails] == ["TEST "]
    assert sms.records[0]["text"].startswith("TEST ")
    assert heard[:2] == ["|", "en/test"]
    told = [one for one in ears.heard if not one.announcement_id.startswith("level")]
    assert {one.output_id for one in told} <= {"smtp-drill", "sms-drill", "rtp-drill"}
    assert all(DeliveryState.SENT <= one.state < DeliveryState.TOO_LATE for one in told)


def _files(folder: Path) -> list[str]:
    return needed_files(made("rtp", 5004, folder, drills=True), ["fuel", "hq"])


def _subject(mail: EmailMessage) -> str:
    return str(mail["Subject"])
