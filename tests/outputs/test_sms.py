"""SMS against a real HTTP server: what is asked, what counts as accepted, and that no number is told."""

import json
import logging
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from marsad.errors import BusyError, LinkError, RefusedError
from marsad.model.announcement import AnnouncementKind, DeliveryState
from marsad.outputs import sms
from marsad.outputs.lane import Lane
from marsad.outputs.settings import SmsSettings
from marsad.outputs.sms import Sms
from marsad.outputs.sms_request import NOTHING, at_pointer
from marsad.outputs.transmitter import Surroundings
from marsad.warning.outputs import NATURES

from .conftest import Ears, announced, drilled
from .receiver import receiver
from .running import running

NUMBERS = ("+9647901234567", "+9647901234568", "+9647901234569")
LIST = f"to,language,zones\n{NUMBERS[0]},ar\n{NUMBERS[1]},en,fuel\n{NUMBERS[2]},both,hq\n"
JSON = '{"to": ["{to}"], "message": {"text": "{text}", "ref": "{id}"}, "flash": true}'


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "sms.csv"
    path.write_text(LIST, "utf-8")
    return path


def settings(port: int, listed: Path, **more: object) -> SmsSettings:
    record = {
        "name": "sms",
        "url": f"http://127.0.0.1:{port}/send",
        "json_body": JSON,
        "recipients_file": str(listed),
        **more,
    }
    return SmsSettings.model_validate(record)


def answer(status: int, body: str = "", head: str = "") -> bytes:
    data = body.encode()
    return f"HTTP/1.1 {status} Said\r\n{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


async def test_each_number_is_told_in_its_language_and_the_gateways_names_are_kept(
    surroundings: Surroundings, ears: Ears, listed: Path, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("open sesame\n")
    more = {
        "headers": {"Authorization": "Bearer {token}"},
        "token_file": str(tmp_path / "token"),
        "accepted_pointer": "/messages/0/status",
        "accepted_pattern": "queued|sent",
        "id_pointer": "/messages/0/id",
    }
    accepted = json.dumps({"messages": [{"status": "queued", "id": 81_000_001}]})
    async with receiver(lambda number: answer(200, accepted)) as gateway:
        way = Sms(settings(gateway.port, listed, **more), surroundings)
        one = announced(output_id="sms")
        assert await way.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
        await way.close()
    told = {record["to"][0]: record for record in gateway.records}
    assert set(told) == set(NUMBERS[:2]), "the third is told of another zone"
    said_s = next(s for s in (42, 41, 40) if f" {s} seconds" in told[NUMBERS[1]]["message"]["text"])
    assert told[NUMBERS[1]]["message"] == {
        "text": f"Take cover now. Fuel. Drone, {said_s} seconds. Go to the nearest shelter now. "
        "Stay away from windows and doors. Wait for the all-clear.",
        "ref": one.announcement_id,
    }
    assert told[NUMBERS[0]]["message"]["text"].startswith("احتموا فوراً. الوقود.")
    assert told[NUMBERS[0]]["flash"] is True
    assert {head["authorization"] for head in gateway.headers} == {"Bearer open sesame"}
    assert way.counters == {"messages": 2, "parts": 2}
    (said,) = ears.heard
    assert said.state is DeliveryState.ACCEPTED
    assert said.detail.startswith("2 of 2 taken; line ") and "81000001" in said.detail


async def test_placeholders_change_nothing_around_them(surroundings: Surroundings, listed: Path) -> None:
    """What stands in a value is text, whatever the site's names hold."""
    url = "http://127.0.0.1:{port}/send?to={to_digits}&text={text}&id={id}"
    async with receiver() as gateway:
        more = {"url": url.replace("{port}", str(gateway.port)), "json_body": None, "method": "GET"}
        way = Sms(settings(0, listed, text={"ar": "{text}", "en": 'a&b=c "{text}" {'}, **more), surroundings)
        one = announced()
        await way.transmit(one.announcement_id, one)
        await way.close()
        form = Sms(
            settings(gateway.port, listed, json_body=None, form={"n": "{to}", "t": "{text}"}, text={}),
            surroundings,
        )
        await form.transmit(one.announcement_id, one)
        await form.close()
    asked = [parse_qs(urlsplit(line.split(" ")[1]).query) for line in gateway.requests[:2]]
    assert {one["to"][0] for one in asked} == {number[1:] for number in NUMBERS[:2]}
    english = next(one["text"][0] for one in asked if one["text"][0].isascii())
    assert english.startswith('a&b=c "Take cover now.') and english.endswith('" {')
    posted = [parse_qs(body.decode()) for body in gateway.bodies[2:]]
    assert {one["n"][0] for one in posted} == set(NUMBERS[:2])


async def test_a_drill_has_its_word_first(surroundings: Surroundings, listed: Path) -> None:
    async with receiver() as gateway:
        way = Sms(settings(gateway.port, listed), surroundings)
        one = drilled()
        await way.transmit(one.announcement_id, one)
        await way.close()
    texts = [record["message"]["text"] for record in gateway.records]
    assert len(texts) == 2 and all(text.startswith(("TEST ", "«اختبار» ")) for text in texts)


async def test_no_number_and_no_token_is_in_any_log_or_word(
    surroundings: Surroundings,
    ears: Ears,
    listed: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A gateway that says back all it was told, and a log that writes down everything."""
    monkeypatch.setattr(sms, "AGAIN_S", 0.01)
    (tmp_path / "token").write_text("open-sesame-4711\n")
    eastern = NUMBERS[0].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    echo = f"no credit for {NUMBERS[0]} or {NUMBERS[1][1:]}, +964 790 123 4567, key open-sesame-4711"
    echo += f" {eastern} %2B964%37901234567"
    answers = {0: answer(500, echo), 1: answer(400, echo), 2: answer(200, json.dumps({"id": eastern}))}
    url = "http://127.0.0.1:{port}/send?key={token}&to={to}&text={text}"
    with caplog.at_level(logging.DEBUG):
        async with receiver(lambda number: answers[min(number, 2)]) as gateway:
            more = {"url": url.replace("{port}", str(gateway.port)), "json_body": None, "at_once": 1}
            more |= {"token_file": str(tmp_path / "token"), "id_pointer": "/id"}
            way = Sms(settings(0, listed, **more), surroundings)
            async with running(Lane("sms", way, ears.tell)) as lane:
                one = announced(output_id="sms")
                lane.offer(one.announcement_id, one, 600)
                await ears.until_state(one.announcement_id, DeliveryState.ACCEPTED)
    assert len(gateway.requests) == 3
    written = caplog.text + "".join(said.detail for said in ears.heard)
    assert "line 2 (" in written and "line 3 (" in written and "no credit for" in written
    for secret in (*(number[1:] for number in NUMBERS), "790 123", "sesame", "4711", eastern[1:], "%37"):
        assert secret not in written


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (answer(503, "busy"), BusyError, "answered 503: 'busy'"),
        (answer(429, "", "Retry-After: 7\r\n"), BusyError, "answered 429"),
        (answer(200, '{"status": "rejected"}'), BusyError, "and no acceptance"),
        (answer(200, "garbage"), BusyError, "and no acceptance"),
        (answer(200, "[" * 19_000), BusyError, "and no acceptance"),
        (answer(404, "no such page"), RefusedError, "refused for 2: line"),
        (answer(302, "", "Location: http://127.0.0.1:1/\r\n"), RefusedError, "answered 302"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", LinkError, "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc", LinkError, "no answer within 0.3 s"),
        (None, LinkError, "no answer within 0.3 s"),
    ],
)
async def test_what_is_no_acceptance_is_told_of(
    surroundings: Surroundings, listed: Path, said: bytes | None, error: type[LinkError], words: str
) -> None:
    more: dict[str, object] = {"accepted_pointer": "/status", "accepted_pattern": "ok"}
    more |= {"timeout_s": 0.3 if "no answer" in words else 20}  # so long a busy machine may take
    async with receiver(lambda number: said) as gateway:
        way = Sms(settings(gateway.port, listed, **more), surroundings)
        one = announced()
        with pytest.raises(error, match=words) as raised:
            await way.transmit(one.announcement_id, one)
        await way.close()
    assert type(raised.value) is error and str(raised.value).isprintable()
    if isinstance(raised.value, BusyError) and b"Retry-After" in (said or b""):
        assert raised.value.again_s == 7


async def test_who_has_it_is_not_told_again_when_another_is_tried_once_more(
    surroundings: Surroundings, listed: Path
) -> None:
    async with receiver(lambda number: answer(500 if number == 0 else 200)) as gateway:
        way = Sms(settings(gateway.port, listed, at_once=1), surroundings)
        one = announced()
        with pytest.raises(BusyError, match="1 of 2 taken"):
            await way.transmit(one.announcement_id, one)
        assert await way.transmit(one.announcement_id, one) is DeliveryState.ACCEPTED
        await way.close()
    assert [record["to"][0] for record in gateway.records] == [NUMBERS[0], NUMBERS[1], NUMBERS[0]]


async def test_a_gateway_is_asked_no_more_than_so_often_and_a_retraction_cuts_the_wait(
    surroundings: Surroundings, ears: Ears, listed: Path
) -> None:
    async with receiver() as gateway:
        way = Sms(settings(gateway.port, listed, per_minute=1, at_once=1), surroundings)
        async with running(Lane("sms", way, ears.tell)) as lane:
            warning = announced(1, output_id="sms")
            lane.offer(warning.announcement_id, warning, 600)
            await gateway.until(1)
            over = announced(2, AnnouncementKind.RETRACTION, output_id="sms")
            lane.offer(over.announcement_id, over, 600)
            said = await ears.until_state(warning.announcement_id, DeliveryState.TOO_LATE)
        assert "a later word" in said.detail and len(gateway.bodies) == 1


async def test_a_number_that_got_too_many_gets_no_updates_but_every_warning_and_end(
    surroundings: Surroundings, ears: Ears, listed: Path
) -> None:
    async with receiver() as gateway:
        way = Sms(settings(gateway.port, listed, number_per_hour=1), surroundings)
        first, update = announced(1), announced(2, AnnouncementKind.UPDATE)
        await way.transmit(first.announcement_id, first)
        with pytest.raises(RefusedError, match="has 1 of this hour already"):
            await way.transmit(update.announcement_id, update)
        for one in (announced(3, alarm_id="another"), announced(4, AnnouncementKind.ALL_CLEAR)):
            await way.transmit(one.announcement_id, one)
        await way.close()
    assert len(gateway.bodies) == 6
    assert ears.heard


async def test_a_gateway_that_hangs_keeps_no_other_output_waiting(
    surroundings: Surroundings, ears: Ears, listed: Path
) -> None:
    async with receiver(lambda number: None) as dead, receiver() as well:
        slow = Sms(settings(dead.port, listed, name="slow", timeout_s=30), surroundings)
        good = Sms(settings(well.port, listed, name="good"), surroundings)
        async with (
            running(Lane("slow", slow, ears.tell)) as one,
            running(Lane("good", good, ears.tell)) as two,
        ):
            first, second = announced(1, output_id="slow"), announced(2, output_id="good")
            one.offer(first.announcement_id, first, 600)
            await dead.until(1)
            two.offer(second.announcement_id, second, 600)
            await ears.until_state(second.announcement_id, DeliveryState.ACCEPTED)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", {"a/b": [1, {"~": 2}]}), ("/a~1b/0", 1), ("/a~1b/1/~0", 2), ("/a~1b/01", NOTHING), ("/x", NOTHING)],
)
def test_pointers_are_those_of_rfc_6901(pointer: str, value: object) -> None:
    assert at_pointer({"a/b": [1, {"~": 2}]}, pointer) == value


def test_who_gets_an_sms_twice_cannot_tell() -> None:
    assert NATURES["sms"].answers and not NATURES["sms"].knows_doubles and not NATURES["sms"].carries_levels


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"url": "http://sms.example/"}, "in the clear: use https"),
        ({"url": "https://{to}.example/"}, "no placeholder may stand in its host"),
        ({"json_body": '{"to": "{to}"}'}, "{text} stands nowhere"),
        ({"json_body": '{"text": "{text}"}'}, "{to} stands nowhere"),
        ({"json_body": '{"to": "{to}", "text": "{txt}"}'}, "{txt} stands for nothing; these do: {to}"),
        ({"json_body": "{to}"}, "is no JSON"),
        ({"form": {"to": "{to}"}}, "one body: json_body or form"),
        ({"method": "GET"}, "GET has no body"),
        ({"headers": {"Key": "{token}"}}, "belong together"),
        ({"headers": {"Authorization": "Bearer hush"}}, "headers: Authorization seems to be a secret"),
        ({"form": {"to": "{to}", "text": "{text}", "password": "hush"}}, "form: password seems to be"),
        ({"url": "https://sms.example/?api_key=hush"}, "url: api_key seems to be a secret"),
        ({"token_file": "token"}, "belong together"),
        ({"headers": {"Key": "a\r\nHost: x"}}, "headers"),
        ({"accepted_pattern": "("}, "no regular expression"),
        ({"accepted_pointer": "status"}, "no JSON pointer"),
        ({"accepted_pointer": "/status"}, "needs accepted_pattern"),
        ({"text": {"en": "Marsad"}}, "{text} must stand in it once"),
        ({"text": {"en": "{text}{to}"}}, "{text} must stand in it once"),
        ({"text": {"ar": "{text}" + "ب" * 26}}, "leave no room"),
        ({"text": {"fr": "{text}"}}, "text"),
        ({"parts_max": 0}, "parts_max"),
    ],
)
def test_settings_that_cannot_be_meant(listed: Path, record: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError) as raised:
        settings(1, listed, **record)
    assert said in str(raised.value)
