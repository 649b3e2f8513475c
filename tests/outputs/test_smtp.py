"""Mail against a real mail server over a real socket: what is sent, refused, put off, and to whom."""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import trustme

from marsad.errors import BusyError, LinkError, RefusedError
from marsad.model.announcement import AnnouncementKind, DeliveryState, DrillAnnouncement, Earlier
from marsad.outputs import smtp
from marsad.outputs.lane import Lane
from marsad.outputs.settings import SmtpSettings
from marsad.outputs.smtp import Smtp
from marsad.outputs.transmitter import Surroundings
from marsad.warning.outputs import NATURES

from .conftest import Ears, announced, drilled
from .mail_server import MailServer, mail_server
from .running import running

LIST = """to,language,zones
# whom the duty officer named
commander@site.example,both
officer@site.example,en,fuel hq
gate@site.example,ar,fuel
medic@site.example,ar,hq
"""


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "mail.csv"
    path.write_text(LIST, "utf-8")
    return path


def settings(port: int, listed: Path, **more: object) -> SmtpSettings:
    record = {
        "name": "mail",
        "server": f"127.0.0.1:{port}",
        "security": "none",
        "sender": "marsad@site.example",
        "recipients_file": str(listed),
        "timeout_s": 20,
        **more,
    }
    return SmtpSettings.model_validate(record)


async def test_each_reader_gets_a_mail_in_their_language_and_of_their_zones(
    surroundings: Surroundings, listed: Path
) -> None:
    async with mail_server(MailServer()) as server:
        way = Smtp(settings(server.port, listed), surroundings)
        one = announced()
        assert await way.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
    told = {tuple(to): mail for (_, to), mail in zip(server.envelopes, server.mails, strict=True)}
    assert set(told) == {("commander@site.example",), ("officer@site.example",), ("gate@site.example",)}
    assert {sender for sender, _ in server.envelopes} == {"marsad@site.example"}
    english, arabic = told[("officer@site.example",)], told[("gate@site.example",)]
    both = told[("commander@site.example",)]
    assert re.fullmatch(r"Take cover now\. Fuel\. Drone, 4[012] seconds\.", english["Subject"])
    assert arabic["Subject"].startswith("احتموا فوراً. الوقود.")
    assert both["Subject"] == f"{arabic['Subject']} | {english['Subject']}"
    text = english.get_content()
    assert english.get_content_type() == "text/plain"
    assert "Go to the nearest shelter now." in text and "Ain al-Asad" in text and one.announcement_id in text
    assert f"\u2068{one.announcement_id}\u2069" in both.get_content(), "set apart from the Arabic around it"
    assert "توجّهوا فوراً إلى أقرب ملجأ" in both.get_content() and text.strip() in both.get_content()
    for mail in server.mails:
        assert mail["Auto-Submitted"] == "auto-generated" and mail["Importance"] == "high"
        assert mail["To"].addresses == () and "site.example" not in str(mail["To"])
        assert parsedate_to_datetime(mail["Date"]).timestamp() == one.made_t_ns // 10**9
        assert mail["In-Reply-To"] is None
    assert len({mail["Message-ID"] for mail in server.mails}) == 3
    assert all(line <= 127 for body in server.bodies for line in body), "no server need know of 8 bits"
    assert all(len(line) < 999 for body in server.bodies for line in body.split(b"\r\n"))


async def test_what_is_said_later_stands_below_what_was_said_first(
    surroundings: Surroundings, listed: Path
) -> None:
    async with mail_server(MailServer()) as server:
        way = Smtp(settings(server.port, listed), surroundings)
        first = announced(1)
        update = replace(
            announced(2, AnnouncementKind.UPDATE),
            earlier=(Earlier(first.announcement_id, first.made_t_ns),),
        )
        told = (*update.earlier, Earlier(update.announcement_id, update.made_t_ns))
        over = replace(announced(3, AnnouncementKind.RETRACTION), earlier=told)
        for one in (first, update, over):
            await way.transmit(one.announcement_id, one)
        again = Smtp(settings(server.port, listed), surroundings)  # as after a start
        await again.transmit(first.announcement_id, first)
    english = [mail for mail in server.mails if mail["Message-ID"].endswith(".en@site.example>")]
    ids = [str(mail["Message-ID"]) for mail in english]
    assert [mail["In-Reply-To"] for mail in english] == [None, ids[0], ids[1], None]
    assert str(english[2]["References"]) == f"{ids[0]} {ids[1]}"
    assert ids[3] == ids[0], "the same announcement, by the same name"
    assert english[2]["Subject"] == "False alarm. Fuel. There is no danger."
    assert english[1]["Importance"] is None and english[2]["Importance"] == "high"
    later = replace(first, made_t_ns=first.made_t_ns + 10**12)  # another journal counts from 1 again
    async with mail_server(MailServer()) as server:
        way = Smtp(settings(server.port, listed), surroundings)
        await way.transmit(later.announcement_id, later)
    assert not {str(mail["Message-ID"]) for mail in server.mails} & set(ids)


async def test_a_drill_has_its_word_first_in_every_subject(surroundings: Surroundings, listed: Path) -> None:
    async with mail_server(MailServer()) as server:
        way = Smtp(settings(server.port, listed), surroundings)
        one = drilled()
        await way.transmit(one.announcement_id, one)
    subjects = sorted(str(mail["Subject"]) for mail in server.mails)
    assert len(subjects) == 3
    assert subjects[0].startswith("TEST ")
    assert all(part.startswith(("TEST ", "«اختبار» ")) for one in subjects for part in one.split(" | "))


async def test_who_was_put_off_is_tried_again_and_nobody_else(
    surroundings: Surroundings, ears: Ears, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Greylisting: 451 now, 250 after a while."""
    monkeypatch.setattr(smtp, "AGAIN_S", 0.05)
    server = MailServer(to_recipient={"gate@site.example": "451 4.7.1 <gate@site.example> greylisted"})
    async with (
        mail_server(server),
        running(Lane("mail", _way(server, listed, surroundings), ears.tell)) as lane,
    ):
        one = announced(output_id="mail")
        lane.offer(one.announcement_id, one, 600)
        said = await ears.until_state(one.announcement_id, DeliveryState.NOT_SENT)
        assert ears.heard[0].state is DeliveryState.SENT
        assert "2 of 3 taken" in said.detail and "451 4.7.1" in said.detail
        assert "gate@" not in said.detail, "nobody's address is told"
        server.to_recipient.clear()
        await server.until(3)
        await ears.until_state(one.announcement_id, DeliveryState.ACCEPTED)
    assert sorted(to for _, some in server.envelopes for to in some) == [
        *("commander@site.example", "gate@site.example", "officer@site.example")
    ]
    assert lane.counters["failed"] >= 1 and lane.counters["refused"] == 0


def _way(server: MailServer, listed: Path, surroundings: Surroundings, **more: object) -> Smtp:
    return Smtp(settings(server.port, listed, **more), surroundings)


async def test_what_is_refused_for_good_is_told_and_not_tried_again(
    surroundings: Surroundings, ears: Ears, listed: Path
) -> None:
    server = MailServer(to_mail=lambda number: "550 5.7.1 not from you")
    async with (
        mail_server(server),
        running(Lane("mail", _way(server, listed, surroundings), ears.tell)) as lane,
    ):
        first, second = (
            announced(1, output_id="mail", alarm_id="a"),
            announced(2, output_id="mail", alarm_id="b"),
        )
        lane.offer(first.announcement_id, first, 600)
        (refused,) = await ears.until(1)
        server.to_mail = lambda number: "250 OK"
        lane.offer(second.announcement_id, second, 600)
        await ears.until_state(second.announcement_id, DeliveryState.ACCEPTED)
    assert refused.state is DeliveryState.NOT_SENT
    assert refused.detail.startswith("0 of 3 taken; refused for 3: line ") and "550 5.7.1" in refused.detail
    assert lane.counters["refused"] == 1 and lane.counters["attempts"] == 2


async def test_one_address_that_is_refused_keeps_nobody_else_from_being_told(
    surroundings: Surroundings, ears: Ears, listed: Path
) -> None:
    server = MailServer(to_recipient={"officer@site.example": "550 5.1.1 <officer@site.example> unknown"})
    async with mail_server(server):
        one = announced()
        way = _way(server, listed, surroundings)
        assert await way.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
    detail = ears.heard[-1].detail
    assert "2 of 3 taken" in detail and "line 4 (" in detail and "550 5.1.1" in detail
    assert "officer" not in detail


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        ({"to_data": lambda number: "452 4.2.2 disk full"}, BusyError, "452 4.2.2 disk full"),
        ({"to_data": lambda number: "554 5.6.0 no"}, RefusedError, "554 5.6.0 no"),
        ({"to_mail": lambda number: "421 4.3.2 going down"}, BusyError, "421"),
    ],
)
async def test_answers_of_4_are_for_now_and_of_5_for_good(
    surroundings: Surroundings, listed: Path, answers: dict[str, object], error: type[LinkError], said: str
) -> None:
    server = MailServer(**answers)  # type: ignore[arg-type]
    async with mail_server(server):
        one = announced()
        with pytest.raises(error, match=said):
            await _way(server, listed, surroundings).transmit(one.announcement_id, one)
    assert server.mails == []


async def test_a_login_goes_over_tls_alone_and_from_a_file(
    surroundings: Surroundings, listed: Path, tmp_path: Path
) -> None:
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "good.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    (tmp_path / "password").write_text("open sesame\n")
    (tmp_path / "wrong").write_text("open barley\n")
    files = {"authorities": str(tmp_path / "good.pem"), "password_file": str(tmp_path / "password")}
    base = {"security": "starttls", "user": "marsad", **files}
    server = MailServer(logins={b"marsad": b"open sesame"})
    one = announced()
    async with mail_server(server, starttls=tls):
        good = _way(server, listed, surroundings, **base)
        assert await good.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
        stranger = _way(server, listed, surroundings, **base | {"authorities": str(tmp_path / "other.pem")})
        with pytest.raises(LinkError, match="certificate verify failed"):
            await stranger.transmit(one.announcement_id, one)
        wrong = _way(server, listed, surroundings, **base | {"password_file": str(tmp_path / "wrong")})
        with pytest.raises(RefusedError, match="535") as raised:
            await wrong.transmit(one.announcement_id, one)
        assert "barley" not in str(raised.value)
    assert len(server.mails) == 3
    async with mail_server(MailServer(), tls=tls) as inner:
        way = _way(inner, listed, surroundings, security="tls", authorities=str(tmp_path / "good.pem"))
        assert await way.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
    async with mail_server(MailServer()) as plain:
        way = _way(plain, listed, surroundings, **base)
        with pytest.raises(LinkError, match="STARTTLS"):
            await way.transmit(one.announcement_id, one)
        assert plain.mails == [] and plain.asked == 0, "nothing goes in the clear where TLS is asked for"


@asynccontextmanager
async def babbling(*said: bytes) -> AsyncIterator[int]:
    """A server that says so much, and then neither speaks nor closes; gives its port."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        for line in said:
            writer.write(line)
            await reader.readline()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "no answer within 0.2 s"),
        ((b"220 mail.example\r\n",), "no answer within 0.2 s"),
        ((b"220 mail.example\r\n", b"250 mail.example\r\n"), "no answer within 0.2 s"),
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), "the server"),
        ((b"\x00\xff" * 5_000 + b"\r\n",), "the server"),
        ((b"554 go away\r\n",), "554"),
    ],
)
async def test_servers_that_say_nothing_or_nonsense_are_told_of(
    surroundings: Surroundings, listed: Path, lines: tuple[bytes, ...], said: str
) -> None:
    async with babbling(*lines) as port:
        patience_s = 0.2 if "no answer" in said else 20  # so long a busy machine may take
        way = Smtp(settings(port, listed, timeout_s=patience_s), surroundings)
        one = announced()
        with pytest.raises(LinkError, match=said) as raised:
            await way.transmit(one.announcement_id, one)
    assert len(str(raised.value)) < 300 and str(raised.value).isprintable()


async def test_nobody_there_is_told_of_and_another_output_is_not_kept_waiting(
    surroundings: Surroundings, ears: Ears, listed: Path
) -> None:
    async with babbling() as silent, mail_server(MailServer()) as server:
        slow = Smtp(settings(silent, listed, name="slow", timeout_s=30), surroundings)
        well = _way(server, listed, surroundings, name="well")
        async with (
            running(Lane("slow", slow, ears.tell)) as dead,
            running(Lane("well", well, ears.tell)) as lane,
        ):
            one, two = announced(1, output_id="slow"), announced(2, output_id="well")
            dead.offer(one.announcement_id, one, 600)
            begun_s = time.monotonic()
            lane.offer(two.announcement_id, two, 600)
            await server.until(3)
            assert time.monotonic() - begun_s < 20
    async with babbling() as gone:
        pass
    with pytest.raises(LinkError, match="the server cannot be used"):
        one = announced()
        await Smtp(settings(gone, listed), surroundings).transmit(one.announcement_id, one)


async def test_a_retraction_that_comes_while_a_warning_is_put_off_takes_its_place(
    surroundings: Surroundings, ears: Ears, listed: Path
) -> None:
    server = MailServer(to_mail=lambda number: "451 later")
    async with (
        mail_server(server),
        running(Lane("mail", _way(server, listed, surroundings), ears.tell)) as lane,
    ):
        warning = announced(1, output_id="mail")
        lane.offer(warning.announcement_id, warning, 600)
        await ears.until(1)
        server.to_mail = lambda number: "250 OK"
        over = announced(2, AnnouncementKind.RETRACTION, output_id="mail")
        lane.offer(over.announcement_id, over, 600)
        await server.until(3)
    assert {str(mail["Subject"])[:11] for mail in server.mails if mail["Subject"].isascii()} == {
        "False alarm"
    }


async def test_a_zone_of_which_nobody_is_told_is_said(surroundings: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("to,language,zones\na@b.example,en,hq\n")
    one = announced()
    with pytest.raises(RefusedError, match="nobody on the list is told of zone 'fuel'"):
        await Smtp(settings(1, tmp_path / "list.csv"), surroundings).transmit(one.announcement_id, one)


def test_who_gets_a_mail_twice_cannot_tell() -> None:
    assert NATURES["smtp"].answers and not NATURES["smtp"].knows_doubles
    assert not NATURES["smtp"].carries_levels


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"server": "mail.example:587", "security": "none"}, "another machine"),
        ({"server": "mail.example"}, "no name or address and port"),
        ({"server": "mail.example:99999"}, "no name or address and port"),
        ({"user": "marsad"}, "user and password_file must be given together"),
        ({"sender": "marsad"}, "sender"),
        ({"sender": "a@b\r\nBcc: x@y.example"}, "sender"),
        ({"authorities": "ca.pem"}, "certificates do nothing"),
        ({"password": "secret"}, "password"),
    ],
)
def test_settings_that_cannot_be_meant(listed: Path, record: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(2525, listed, **record)


def test_a_drill_is_a_type_of_its_own() -> None:
    assert isinstance(drilled(), DrillAnnouncement)
