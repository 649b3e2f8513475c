"""CAP as an output: what stands in the folder, what the feeds say to a reader, what is posted and signed."""

import hashlib
import hmac
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
import trustme
from capvalidator import Validator
from lxml import etree
from signxml import SignatureConfiguration, SignatureMethod, XMLVerifier
from signxml.exceptions import InvalidSignature

from marsad.errors import EncodingError, LinkError, MarsadError
from marsad.model.announcement import AnnouncementKind, DeliveryState, Earlier, LiveSwitch
from marsad.model.threat import Level
from marsad.outputs import cap_folder
from marsad.outputs.cap import CapOutput
from marsad.outputs.cap_feed import FeedHead
from marsad.outputs.files import file_findings
from marsad.outputs.settings import CapSettings
from marsad.outputs.transmitter import Surroundings
from marsad.report.wording import catalogue
from marsad.warning.cap import NAMESPACE, cap_message

from .conftest import announced, drilled
from .receiver import receiver

SECRET = b"a secret of more than sixteen bytes"
CAP = f"{{{NAMESPACE}}}"


def settings(**more: object) -> CapSettings:
    return CapSettings.model_validate({"name": "hub", "standard": "cap", **more})


async def told(output: CapOutput, count: int = 1, **more: Any) -> list[str]:
    """Hand on announcements; returns their identifiers."""
    said = [announced(number, **more) for number in range(count)]
    for one in said:
        assert await output.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
    return [one.announcement_id for one in said]


def listed(folder: Path, name: str = "feed.xml") -> Any:
    """A feed as an independent reader has it."""
    feed = feedparser.parse((folder / name).read_bytes())
    assert not feed.bozo, feed.bozo_exception
    return feed


# --- the folder -------------------------------------------------------------------------------------------


async def test_each_message_is_a_file_of_its_own_and_stands_in_both_feeds(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    folder = tmp_path / "cap"
    output = CapOutput(settings(folder=str(folder), feed_url="https://site.example/cap/"), surroundings)
    await output.run()
    assert listed(folder).entries == [], "who polls finds the feed before the first message"
    first, second = await told(output, 2)
    await output.close()
    names = {f"cap-{first}.xml", f"cap-{second}.xml", "feed.xml", "feed.ar.xml"}
    assert {path.name for path in folder.iterdir()} == names
    for name in names - {"feed.xml", "feed.ar.xml"}:
        assert Validator((folder / name).read_bytes()).schema()[0]
    english, arabic = listed(folder), listed(folder, "feed.ar.xml")
    assert english.version == "atom10" and english.feed.title == "Warnings of Ain al-Asad"
    assert [entry.cap_identifier for entry in english.entries] == [second, first], "newest first"
    newest = english.entries[0]
    assert newest.title == "Take cover now. Fuel. Drone, 42 seconds."
    assert newest.links[0].href == f"https://site.example/cap/cap-{second}.xml"
    assert newest.links[0].type == "application/cap+xml"
    assert (newest.cap_status, newest.cap_severity, newest.cap_areadesc) == ("Actual", "Extreme", "Fuel")
    sent = datetime.fromisoformat(newest.updated)
    assert sent.utcoffset() is not None and abs((datetime.now(UTC) - sent).total_seconds()) < 60
    assert arabic.feed.language == "ar" and arabic.entries[0].title.startswith("احتموا فوراً")
    assert arabic.entries[0].id == newest.id != english.entries[1].id
    assert english.feed.links[0].href == "https://site.example/cap/feed.xml"


async def test_the_feed_holds_the_newest_and_goes_on_after_a_start(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    record = settings(folder=str(tmp_path / "cap"), feed_entries=3)
    output = CapOutput(record, surroundings)
    said = await told(output, 5)
    for number, name in enumerate(said):  # in the order in which they were written, on any disk
        os.utime(tmp_path / "cap" / f"cap-{name}.xml", ns=(number, number))
    (tmp_path / "cap" / ".feed.xml.1.draft").write_text("a process was killed here")
    (tmp_path / "cap" / "cap-broken.xml").write_text("<alert")
    os.utime(tmp_path / "cap" / "cap-broken.xml", ns=(0, 0))
    before = [entry.cap_identifier for entry in listed(tmp_path / "cap").entries]
    assert before == said[:1:-1]
    again = CapOutput(record, surroundings)
    await again.run()
    assert [entry.cap_identifier for entry in listed(tmp_path / "cap").entries] == before
    assert not list((tmp_path / "cap").glob("*.draft"))
    one = announced(9, AnnouncementKind.RETRACTION)
    one = replace(one, earlier=(Earlier(said[0], one.made_t_ns),))
    for _ in range(2):  # the same again is nothing new
        await again.transmit(one.announcement_id, one)
    after = [entry.cap_identifier for entry in listed(tmp_path / "cap").entries]
    assert after == [one.announcement_id, *before[:2]]
    assert listed(tmp_path / "cap").entries[0].cap_msgtype == "Cancel"


async def test_the_folder_is_bounded(
    surroundings: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cap_folder, "KEPT_MAX", 4)
    (tmp_path / "another.xml").write_text("somebody else's")
    output = CapOutput(settings(folder=str(tmp_path)), surroundings)
    said = await told(output, 7)
    kept = {name for name in os.listdir(tmp_path) if name.startswith("cap-")}
    assert kept == {f"cap-{name}.xml" for name in said[3:]}
    assert (tmp_path / "another.xml").exists()


async def test_a_folder_that_cannot_be_written_is_told_of_and_the_post_goes_out_once(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    folder = tmp_path / "cap"
    async with receiver() as received:
        url = f"http://127.0.0.1:{received.port}/"
        output = CapOutput(settings(folder=str(folder), url=url), surroundings)
        await output.run()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        one = announced()
        for _ in range(2):
            with pytest.raises(MarsadError, match="cannot be written: No such file"):
                await output.transmit(one.announcement_id, one)
        folder.mkdir()
        assert await output.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
        await output.close()
    assert len(received.bodies) == 1 and (folder / f"cap-{one.announcement_id}.xml").is_file()


def put(folder: Path) -> cap_folder.CapFolder:
    names = {"en": "Ain al-Asad", "ar": "عين الأسد"}
    return cap_folder.CapFolder(folder, FeedHead("site", names, "", lambda: 0, 0), 10)


async def test_settings_that_are_only_looked_at_change_nothing_in_a_folder_that_is_written_to(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    first = CapOutput(settings(folder=str(tmp_path / "new")), surroundings)
    assert not (tmp_path / "new").exists(), "it may never hold"
    await first.run()
    (names := await told(first)).sort()
    (draft := tmp_path / "new" / ".cap-x.xml.1.draft").write_bytes(b"half")
    feed = (tmp_path / "new" / "feed.xml").stat().st_mtime_ns
    other = CapOutput(settings(folder=str(tmp_path / "new")), surroundings)
    assert draft.exists() and (tmp_path / "new" / "feed.xml").stat().st_mtime_ns == feed
    await other.close()
    await first.close()
    await other.run()
    assert not draft.exists() and [one.cap_identifier for one in listed(tmp_path / "new").entries] == names
    (tmp_path / "file").touch()
    for path, why in ((tmp_path / "file", "Not a directory"), (tmp_path / "no" / "new", "No such file")):
        with pytest.raises(LinkError, match=why):
            CapOutput(settings(folder=str(path)), surroundings)


def test_nothing_that_is_there_is_written_over(surroundings: Surroundings, tmp_path: Path) -> None:
    words = {language: catalogue(language) for language in ("ar", "en")}
    one = announced()
    message = cap_message(one, surroundings.site, surroundings.warning, words).encode()
    put(tmp_path).put(one.announcement_id, message)
    file = tmp_path / f"cap-{one.announcement_id}.xml"
    signed = message.replace(b"42 seconds", b"43 seconds")  # the same, by what identifies it
    put(tmp_path).put(one.announcement_id, signed)
    assert file.read_bytes() == message and list(tmp_path.glob("cap-*.xml")) == [file]
    file.write_bytes(other := b"<alert>of another run</alert>")
    put(tmp_path).put(one.announcement_id, message)
    assert file.read_bytes() == other
    (beside,) = (path for path in tmp_path.glob("cap-*.xml") if path != file)
    assert beside.read_bytes() == message and beside.name.startswith(f"cap-{one.announcement_id}-")
    assert [entry.cap_identifier for entry in listed(tmp_path).entries] == [one.announcement_id]


def test_a_feed_of_somebody_else_is_not_written_over(surroundings: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text("<feed>news of the base</feed>")
    with pytest.raises(LinkError, match=r"feed\.xml is there and none of ours"):
        CapOutput(settings(folder=str(tmp_path)), surroundings)
    assert (tmp_path / "feed.xml").read_text() == "<feed>news of the base</feed>"


def test_an_identifier_that_is_no_file_name_gets_another() -> None:
    assert cap_folder.file_name("raid-1_x") == "cap-raid-1_x.xml"
    strange = cap_folder.file_name("../../etc/passwd"), cap_folder.file_name("__/__/etc/passwd")
    assert len(set(strange)) == 2 and all("/" not in name and ".." not in name for name in strange)
    assert len(cap_folder.file_name("x" * 500)) < 200


# --- the post ---------------------------------------------------------------------------------------------


async def test_a_message_is_posted_as_what_it_is_and_signed_by_the_secret(
    surroundings: Surroundings, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    warning = surroundings.warning.model_copy(update={"sender": "warnings@site.example"})
    async with receiver() as received:
        url = f"http://127.0.0.1:{received.port}/alerts"
        record = settings(url=url, secret_file=str(tmp_path / "secret"))
        output = CapOutput(record, replace(surroundings, warning=warning))
        one = drilled()
        assert await output.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
        await output.close()
    (body,), (headers,) = received.bodies, received.headers
    assert headers["content-type"] == "application/cap+xml"
    assert headers["idempotency-key"] == one.announcement_id
    stamp, code = (part.split("=")[1] for part in headers["marsad-signature"].split(","))
    assert hmac.new(SECRET, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() == code
    root = ElementTree.fromstring(body)
    assert root.findtext(f"{CAP}sender") == "warnings@site.example"
    assert root.findtext(f"{CAP}status") == "Test"


async def test_a_hub_that_does_not_accept_is_told_of(surroundings: Surroundings) -> None:
    refused = b"HTTP/1.1 422 Not CAP\r\nContent-Length: 0\r\n\r\n"
    async with receiver(lambda number: refused) as received:
        output = CapOutput(settings(url=f"http://127.0.0.1:{received.port}/"), surroundings)
        one = announced()
        with pytest.raises(LinkError, match="answered 422 Not CAP"):
            await output.transmit(one.announcement_id, one)
        await output.close()


async def test_levels_are_none_of_its_business(surroundings: Surroundings, tmp_path: Path) -> None:
    output = CapOutput(settings(folder=str(tmp_path)), surroundings)
    with pytest.raises(EncodingError):
        await output.transmit("x", LiveSwitch("fuel", Level.WARN, True, 0))


# --- the XML signature --------------------------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """pair(trustme.KeyType.RSA): the files of a certificate and its key, as settings name them."""

    def made(kind: trustme.KeyType = trustme.KeyType.ECDSA, name: str = "own") -> dict[str, str]:
        own = trustme.CA(key_type=kind).issue_cert("site.example", key_type=kind)
        own.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
        own.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
        return {
            "signature_certificate": str(tmp_path / f"{name}.pem"),
            "signature_key": str(tmp_path / f"{name}.key"),
        }

    return made


@pytest.mark.parametrize("kind", list(trustme.KeyType))
async def test_a_signed_message_is_valid_and_any_change_is_seen(
    surroundings: Surroundings, tmp_path: Path, pair: Callable[..., dict[str, str]], kind: trustme.KeyType
) -> None:
    files = pair(kind)
    output = CapOutput(settings(folder=str(tmp_path / "cap"), **files), surroundings)
    (name,) = await told(output)
    data = (tmp_path / "cap" / f"cap-{name}.xml").read_bytes()
    assert Validator(data).schema()[0], "a signature has its place in the schema"
    assert Validator(data).signature() == (True, "CAP alert signature is valid.")
    certificate = (tmp_path / "own.pem").read_text("ascii")
    expected = SignatureConfiguration(
        signature_methods=frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.ECDSA_SHA256})
    )
    verified = XMLVerifier().verify(data, x509_cert=certificate, expect_config=expected)
    assert not isinstance(verified, list)
    signed = verified.signed_xml
    assert signed is not None and signed.findtext(f"{CAP}identifier") == name
    changed = data.replace(b"<cap:", b"<").replace(b"Extreme", b"Minor")
    assert changed != data
    with pytest.raises(InvalidSignature):
        XMLVerifier().verify(changed, x509_cert=certificate, expect_config=expected)
    unsigned = etree.fromstring(data)
    assert unsigned[-1].tag == "{http://www.w3.org/2000/09/xmldsig#}Signature"
    assert listed(tmp_path / "cap").entries[0].cap_identifier == name


def test_a_key_of_another_is_told_of_at_the_start_and_by_the_check(
    surroundings: Surroundings, tmp_path: Path, pair: Callable[..., dict[str, str]]
) -> None:
    mixed = pair() | {"signature_key": pair(name="other")["signature_key"]}
    record = settings(folder=str(tmp_path / "cap"), **mixed)
    with pytest.raises(LinkError, match="are no PEM pair"):
        CapOutput(record, surroundings)
    (finding,) = file_findings(record)
    assert finding.place == ("signature_key",) and "are no PEM pair" in finding.sentence


# --- settings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, "folder or url must be given"),
        ({"url": "https://hub.example/"}, "set secret_file, signature_key or client_key"),
        ({"folder": "cap", "signature_key": "k"}, "must be given together"),
        ({"folder": "cap", "feed_url": "https://hub.example/cap"}, "must end in /"),
        ({"folder": "cap", "feed_entries": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_cannot_be_meant(record: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(**record)


def test_files_that_are_not_there_are_found_before_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    cases = {
        "folder": {"folder": str(tmp_path / "file")},
        "secret_file": {"url": "https://hub.example/", "secret_file": str(tmp_path / "none")},
        "authorities": {"url": "http://127.0.0.1:1/", "authorities": str(tmp_path / "none")},
    }
    for name, record in cases.items():
        (finding,) = file_findings(settings(**record))
        assert finding.place == (name,)
    (finding,) = file_findings(settings(folder=str(tmp_path / "no" / "cap")))
    assert "to make it in" in finding.sentence
    assert list(file_findings(settings(folder=str(tmp_path / "cap")))) == []


def test_without_the_packages_for_signing_it_is_told_which_to_install(
    surroundings: Surroundings,
    tmp_path: Path,
    pair: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Most sites sign nothing, and are installed without them."""
    record = settings(folder=str(tmp_path / "cap"), **pair())
    monkeypatch.setitem(sys.modules, "signxml", None)
    with pytest.raises(LinkError, match=r"install marsad\[signed\]"):
        CapOutput(record, surroundings)
    (finding,) = file_findings(record)
    assert "marsad[signed]" in finding.sentence
    CapOutput(settings(folder=str(tmp_path / "cap")), surroundings)
