"""From a radar's bytes to a mail, an SMS and a loudspeaker: a whole site over real sockets."""

from pathlib import Path

import httpx

from marsad.model.announcement import DeliveryState
from marsad.outputs.clips import needed_files
from marsad.outputs.settings import SpeakerSettings
from marsad.site.recorder import replay
from marsad.station.record import newest_journal
from marsad.tracking import warm_up

from ..adversary.process import site
from ..adversary.raid import SITE
from ..outputs.loudspeaker import loudspeaker, record
from ..outputs.mail_server import MailServer, mail_server
from ..outputs.receiver import receiver
from .test_outputs import radar

NUMBER, ADDRESS = "+9647901234567", "officer@site.example"
OUTPUTS = """
[[output]]
name = "mail"
standard = "smtp"
server = "127.0.0.1:{mail}"
security = "none"
sender = "marsad@site.example"
recipients_file = "{folder}/mail.csv"
stages = ["WARN"]
drills = true

[[output]]
name = "sms"
standard = "sms"
url = "http://127.0.0.1:{sms}/send"
form = {{ to = "{{to}}", text = "{{text}}" }}
recipients_file = "{folder}/sms.csv"
stages = ["WARN"]
drills = true

[[output]]
name = "yard"
standard = "rtp"
address = "127.0.0.1:{speaker}"
clips = "{folder}/clips"
languages = ["en"]
repeats = 100
pause_s = 0.1
stages = ["WARN"]
drills = true

[[output]]
name = "real"
standard = "smtp"
server = "127.0.0.1:{real}"
security = "none"
sender = "marsad@site.example"
recipients_file = "{folder}/mail.csv"
"""


async def test_a_radar_is_heard_by_mail_sms_and_loudspeaker_and_so_is_that_it_was_false(
    tmp_path: Path,
) -> None:
    warm_up(lambda kernel: None)
    (tmp_path / "mail.csv").write_text(f"to,language,zones\n{ADDRESS},en\n")
    (tmp_path / "sms.csv").write_text(f"to,language,zones\n{NUMBER},en\n")
    one = SpeakerSettings.model_validate(
        {"name": "x", "address": "127.0.0.1:1", "clips": "x", "languages": ["en"], "drills": True}
    )
    names = record(tmp_path / "clips", needed_files(one, ["gate"]))
    async with (
        mail_server(MailServer()) as mail,
        mail_server(MailServer()) as real,
        receiver() as sms,
        loudspeaker(names) as speaker,
    ):
        ports = {"mail": mail.port, "sms": sms.port, "speaker": speaker.port, "real": real.port}
        text = SITE + OUTPUTS.format(folder=tmp_path, **ports)
        async with site(tmp_path, text) as (_, port, console), radar(port):
            await mail.until(1)
            await sms.until(1)
            heard = await speaker.until("en/drone")
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console}", timeout=10) as http:
                origin = {"Origin": f"http://127.0.0.1:{console}"}
                for alarm_id in sorted(_alarms(tmp_path)):
                    action = {"action": "retract", "alarm_id": alarm_id, "reason": "our own drone"}
                    await http.post("/api/actions", json=action, headers=origin)
            while "False alarm" not in str(mail.mails[-1]["Subject"]):
                await mail.until(len(mail.mails) + 1)
            await speaker.until("en/false_alarm")
    assert heard[:2] == ["|", "en/test"] and heard[2] in ("en/take_cover", "en/lie_down")
    subjects = [str(one["Subject"]) for one in mail.mails]
    assert all(one.startswith("TEST ") for one in subjects)
    last = mail.mails[-1]
    assert str(last["In-Reply-To"]) in {str(one["Message-ID"]) for one in mail.mails}
    assert "our own drone" in last.get_content()
    assert real.mails == [] and real.asked == 0, "what is for what is meant hears of no test"
    path = newest_journal(tmp_path, "example")
    assert path is not None
    assert not _written(tmp_path, NUMBER[1:]) and not _written(tmp_path, ADDRESS)
    found = replay(path).fold.picture().telling.deliveries
    told = {
        item.output_id: item for item in found if DeliveryState.SENT <= item.state < DeliveryState.TOO_LATE
    }
    assert set(told) == {"mail", "sms", "yard"}
    assert told["yard"].state is DeliveryState.SENT and told["mail"].state is DeliveryState.ACCEPTED


def _alarms(directory: Path) -> set[str]:
    """The alarms of which somebody was told so far, as the journal has it."""
    path = newest_journal(directory, "example")
    assert path is not None
    return {item.alarm_id for item in replay(path).fold.picture().telling.deliveries}


def _written(directory: Path, word: str) -> list[str]:
    """The files that hold a word, beside the lists."""
    files = [one for one in directory.rglob("*") if one.is_file() and one.suffix != ".csv"]
    assert newest_journal(directory, "example") in files
    return [one.name for one in files if word.encode() in one.read_bytes()]
