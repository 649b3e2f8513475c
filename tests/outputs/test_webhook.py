"""Web hooks against a real web server: what is sent, what is believed, what is told of failures."""

import hashlib
import hmac
import ssl
import time
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from marsad.errors import LinkError
from marsad.model.announcement import AnnouncementKind, DeliveryState
from marsad.model.reason import Reason
from marsad.outputs.settings import WebhookSettings
from marsad.outputs.transmitter import Surroundings
from marsad.outputs.webhook import Webhook

from .conftest import announced, drilled
from .receiver import receiver

SECRET = b"a secret of more than sixteen bytes"


def settings(port: int, **more: object) -> WebhookSettings:
    record = {"name": "gate", "url": f"http://127.0.0.1:{port}/alarm", **more}
    return WebhookSettings.model_validate(record)


async def test_an_announcement_is_posted_in_both_languages_and_signed(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    async with receiver() as received:
        hook = Webhook(settings(received.port, secret_file=str(tmp_path / "secret")), surroundings)
        one = announced()
        assert await hook.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
        await hook.close()
    (record,), (body,), (headers,) = received.records, received.bodies, received.headers
    assert headers["idempotency-key"] == record["id"] == one.announcement_id
    assert (record["status"], record["kind"], record["stage"]) == ("actual", "warning", "WARN")
    assert record["zones"] == [{"id": "fuel", "name": {"ar": "الوقود", "en": "Fuel"}}]
    assert record["time_left_s"] == {"likely": 42.0, "low": 35.0, "high": 50.0}
    assert record["text"]["en"]["headline"] == "Take cover now. Fuel. Drone, 42 seconds."
    assert record["text"]["ar"]["headline"].startswith("احتموا فوراً")
    stamp, code = (part.split("=")[1] for part in headers["marsad-signature"].split(","))
    assert abs(int(stamp) - time.time()) < 60
    assert hmac.new(SECRET, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() == code


async def test_a_drill_says_so_before_anything_else(surroundings: Surroundings) -> None:
    async with receiver() as received:
        hook = Webhook(settings(received.port), surroundings)
        one = drilled()
        await hook.transmit(one.announcement_id, one)
        await hook.close()
    (record,) = received.records
    assert record["status"] == "test"
    assert all(text.startswith("TEST ") for text in record["text"]["en"].values())


async def test_a_retraction_says_why(surroundings: Surroundings) -> None:
    async with receiver() as received:
        hook = Webhook(settings(received.port), surroundings)
        reasons = (Reason("alarm.retracted", (("words", "our own drone"),)),)
        one = replace(announced(kind=AnnouncementKind.RETRACTION), reasons=reasons)
        await hook.transmit(one.announcement_id, one)
        await hook.close()
    text = received.records[0]["text"]
    assert text["en"]["description"] == "Fuel: the warning was withdrawn. Reason given: our own drone"
    assert "our own drone" in text["ar"]["description"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\nwrong key", "answered 401 No: 'wrong key'; 2xx"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "answered 302"),
        (b"HTTP/1.1 500 Oops\r\n\r\n" + b"x" * 100_000, "answered 500 Oops: 'xxx"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "cannot be reached"),
        (None, "no answer within 0.3 s"),
    ],
)
async def test_a_receiver_that_does_not_accept_is_told_of_in_a_sentence(
    surroundings: Surroundings, answer: bytes | None, said: str
) -> None:
    async with receiver(lambda number: answer) as received:
        hook = Webhook(settings(received.port, timeout_s=0.3), surroundings)
        one = announced()
        with pytest.raises(LinkError) as raised:
            await hook.transmit(one.announcement_id, one)
        await hook.close()
    assert said in str(raised.value) and len(str(raised.value)) < 300
    assert str(raised.value).isprintable()


async def test_nobody_there_is_told_of(surroundings: Surroundings) -> None:
    async with receiver() as received:
        port = received.port
    hook = Webhook(settings(port), surroundings)
    one = announced(kind=AnnouncementKind.RETRACTION)
    with pytest.raises(LinkError, match="cannot be reached"):
        await hook.transmit(one.announcement_id, one)
    await hook.close()


async def test_a_receiver_with_another_certificate_is_not_believed(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "good.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    own = authority.issue_cert("127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.configure_cert(tls)
    async with receiver(tls=tls) as received:
        url = f"https://127.0.0.1:{received.port}/"
        one = announced()
        good = Webhook(settings(0, url=url, authorities=str(tmp_path / "good.pem")), surroundings)
        assert await good.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
        bad = Webhook(settings(0, url=url, authorities=str(tmp_path / "other.pem")), surroundings)
        with pytest.raises(LinkError, match="certificate verify failed"):
            await bad.transmit(one.announcement_id, one)
        await good.close()
        await bad.close()
    assert len(received.bodies) == 1


async def test_a_receiver_that_wants_a_certificate_is_shown_ours(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    ours = authority.issue_cert("site.example")
    ours.cert_chain_pems[0].write_to_path(str(tmp_path / "ours.pem"))
    ours.private_key_pem.write_to_path(str(tmp_path / "ours.key"))
    files = {"client_certificate": str(tmp_path / "ours.pem"), "client_key": str(tmp_path / "ours.key")}
    async with receiver(tls=tls) as received:
        base = {"url": f"https://127.0.0.1:{received.port}/", "authorities": str(tmp_path / "ca.pem")}
        one = announced()
        hook = Webhook(settings(0, **base, **files), surroundings)
        assert await hook.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
        stranger = Webhook(settings(0, **base), surroundings)
        with pytest.raises(LinkError):
            await stranger.transmit(one.announcement_id, one)
        await hook.close()
        await stranger.close()


def test_a_certificate_that_is_none_is_told_of_at_the_start(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(LinkError, match="certificates cannot be used"):
        Webhook(settings(1, url="https://127.0.0.1:1/", authorities=str(tmp_path / "ca.pem")), surroundings)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"url": "ftp://gate.example/"}, "no http or https address"),
        ({"url": "https://me:secret@gate.example/"}, "secret_file"),
        ({"url": "https://gate.example/"}, "set secret_file"),
        ({"url": "http://127.0.0.1:1/", "client_key": "k"}, "must be given together"),
    ],
)
def test_settings_that_cannot_be_meant(record: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        WebhookSettings.model_validate({"name": "gate", **record})
