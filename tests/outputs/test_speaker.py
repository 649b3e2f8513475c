"""Loudspeakers: RTP to a real receiver on loopback; what is said, repeated and cut."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from marsad.errors import BusyError, LinkError
from marsad.model.announcement import AnnouncementKind, DeliveryState
from marsad.model.threat import Level
from marsad.outputs.clips import needed_files
from marsad.outputs.lane import Lane
from marsad.outputs.settings import SpeakerSettings
from marsad.outputs.speaker import Speaker
from marsad.outputs.transmitter import Surroundings
from marsad.warning.outputs import NATURES

from .conftest import Ears, announced, drilled
from .loudspeaker import Loudspeaker, loudspeaker, record
from .running import running
from .setting import STEPS, SetClock

GROUP = "239.192.77.1"
WARNING = ["take_cover", "zone_fuel", "drone", "time_left", "seconds_40"]


def settings(port: int, folder: Path, **more: object) -> SpeakerSettings:
    return SpeakerSettings.model_validate(
        {
            "name": "yard",
            "address": f"127.0.0.1:{port}",
            "clips": str(folder),
            "languages": ["en"],
            "repeats": 1,
            "pause_s": 0,
            "lead_in_s": 0,
            "drills": True,
            **more,
        }
    )


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, dict[int, str]]:
    """All clips of the site, of 50 ms each."""
    folder = tmp_path / "clips"
    both = settings(5004, folder, languages=["ar", "en"])
    return folder, record(folder, needed_files(both, ["fuel", "hq"]))


@asynccontextmanager
async def speaking(
    one: SpeakerSettings, surroundings: Surroundings, ears: Ears
) -> AsyncIterator[tuple[Lane, Speaker]]:
    way = Speaker(one, surroundings)
    async with running(Lane("yard", way, ears.tell)) as lane:
        yield lane, way


def english(*words: str) -> list[str]:
    return [f"en/{word}" for word in words]


async def test_a_warning_is_said_in_each_language_with_packets_of_20_ms(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, names = recorded
    async with loudspeaker(names, GROUP) as speaker:
        more = {"address": f"{GROUP}:{speaker.port}", "interface": "127.0.0.1", "hops": 3, "lead_in_s": 0.1}
        one = settings(0, folder, languages=["ar", "en"], **more)
        async with speaking(one, surroundings, ears) as (lane, _):
            word = announced(output_id="yard")
            lane.offer(word.announcement_id, word, 600)
            await speaker.until("en/seconds_40")
            (said,) = await ears.until(1)
    assert said.state is DeliveryState.SENT, "and nobody ever says more"
    heard = [name for name in speaker.heard if name != "|"]
    assert heard == [f"ar/{one}" for one in WARNING] + english(*WARNING)
    assert speaker.tos == {46 << 2} and speaker.ttl == {3}
    _is_speech(speaker)


def _is_speech(speaker: Loudspeaker, payload_type: int = 8) -> None:
    """Numbers, times and pace of what came, by the timestamps it has."""
    packets = speaker.ordered
    first = packets[0]
    assert first.is_marked and len({one.source for one in packets}) == 1
    assert {one.payload_type for one in packets} == {payload_type}
    assert {len(one.payload) for one in packets} == {160}
    drifts_s = []
    for before, after in pairwise(packets):
        assert (after.sequence - before.sequence) & 0xFFFF == 1, "none is missing, none comes twice"
        step = (after.timestamp - before.timestamp) & 0xFFFFFFFF
        assert step == 160 if not after.is_marked else step > 160 and step % 160 == 0
    for one in packets:
        due_s = ((one.timestamp - first.timestamp) & 0xFFFFFFFF) / 8_000
        drifts_s.append(one.arrived_s - first.arrived_s - due_s)
    drifts_s = [one - min(drifts_s) for one in drifts_s]
    # the pace is that of the timestamps, to the end; a machine that stalls makes a few late, not the rest
    assert sorted(drifts_s)[len(drifts_s) // 2] < 0.05, drifts_s
    assert min(drifts_s[-10:]) < 0.05, drifts_s


async def test_a_sentence_is_repeated_with_the_time_that_is_left_then(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, names = recorded
    word = announced(output_id="yard")
    now_ns = [word.made_t_ns]
    later = replace(surroundings, utc_ns=lambda: now_ns[0])
    async with (
        loudspeaker(names) as speaker,
        speaking(settings(speaker.port, folder, repeats=3, pause_s=0.2), later, ears) as (lane, _),
    ):
        lane.offer(word.announcement_id, word, 600)
        await speaker.until("en/seconds_40")
        now_ns[0] += 20 * 10**9
        await speaker.until("en/seconds_20")
        now_ns[0] += 15 * 10**9
        await speaker.until("en/lie_down")
        heard = await speaker.until_count("en/drone", 3)
    assert heard == [
        *("|", *english(*WARNING)),
        *("|", *english(*WARNING[:-1], "seconds_20")),
        *("|", *english("lie_down", "zone_fuel", "drone")),
    ], "7 s are no time to run, and no number that a person could use"
    _is_speech(speaker)


async def test_it_ends_with_its_shelter_time(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, names = recorded
    word = announced(output_id="yard")
    now_ns = [word.made_t_ns]
    later = replace(surroundings, utc_ns=lambda: now_ns[0])
    async with (
        loudspeaker(names) as speaker,
        speaking(settings(speaker.port, folder, repeats=100), later, ears) as (lane, _),
    ):
        lane.offer(word.announcement_id, word, 600)
        await speaker.until_count("en/take_cover", 2)
        now_ns[0] = word.expires_t_ns
        over = announced(9, AnnouncementKind.ALL_CLEAR, alarm_id="another")
        over = replace(over, output_id="yard", expires_t_ns=word.expires_t_ns + 10**12)
        lane.offer(over.announcement_id, over, 600)
        await speaker.until("en/all_clear")
        said = speaker.heard.count("en/take_cover")
        await speaker.until_count("en/all_clear", 3)
    assert speaker.heard.count("en/take_cover") == said <= 4


@pytest.mark.parametrize("step_ns", STEPS)
async def test_it_sounds_as_long_as_it_stands_though_the_clock_is_set(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]], step_ns: int
) -> None:
    folder, names = recorded
    word = announced(output_id="yard")
    clock = SetClock(word.made_t_ns)
    async with (
        loudspeaker(names) as speaker,
        speaking(settings(speaker.port, folder, repeats=100), clock.within(surroundings), ears) as (lane, _),
    ):
        lane.offer(word.announcement_id, word, 600)
        await speaker.until("en/seconds_40")
        clock.site_ns += 20 * 10**9
        clock.utc_offset_ns = step_ns
        await speaker.until("en/seconds_20")
        clock.site_ns = word.expires_t_ns
        over = announced(9, AnnouncementKind.ALL_CLEAR, alarm_id="another")
        now_ns = clock.site_ns + step_ns
        over = replace(over, output_id="yard", made_t_ns=now_ns, expires_t_ns=now_ns + 10**12)
        lane.offer(over.announcement_id, over, 600)
        await speaker.until("en/all_clear")
        said = speaker.heard.count("en/take_cover")
        await speaker.until_count("en/all_clear", 3)
    assert speaker.heard.count("en/take_cover") == said, "and it ends when it should"


async def test_what_ends_an_alarm_cuts_its_sentence_between_two_clips(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, names = recorded
    async with (
        loudspeaker(names) as speaker,
        speaking(settings(speaker.port, folder, repeats=100), surroundings, ears) as (lane, way),
    ):
        word = announced(1, output_id="yard")
        lane.offer(word.announcement_id, word, 600)
        await speaker.until("en/take_cover")
        over = announced(2, AnnouncementKind.RETRACTION, output_id="yard")
        lane.offer(over.announcement_id, over, 600)
        await speaker.until_count("en/no_danger", 2)
        await ears.until_state(over.announcement_id, DeliveryState.SENT)
    heard = [name for name in speaker.heard if name != "|"]
    first = heard.index("en/false_alarm")
    assert 0 < first < len(WARNING) and heard[:first] == english(*WARNING)[:first], heard
    after = english("false_alarm", "zone_fuel", "no_danger")
    assert heard[first : first + 6] == after + after and way.counters["cut"] == 1
    counts = [sum(code in one.payload for one in speaker.packets) for code in names]
    torn = [count for count in counts if count % 3]  # a clip of 50 ms is three packets
    assert len(torn) <= 1, "none is torn but the one that sounded when the site ended"


async def test_nobody_who_is_sent_into_cover_hears_that_an_earlier_danger_there_is_over(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, names = recorded
    for zone_id, left in (("fuel", []), ("", english("zone_hq"))):
        async with (
            loudspeaker(names) as speaker,
            speaking(settings(speaker.port, folder, repeats=100), surroundings, ears) as (lane, _),
        ):
            over = replace(
                announced(kind=AnnouncementKind.ALL_CLEAR, alarm_id="old", output_id="yard"), zone_id=zone_id
            )
            lane.offer(over.announcement_id, over, 600)
            await speaker.until_count("en/all_clear", 2)
            new = announced(2, alarm_id="new", output_id="yard")
            lane.offer(new.announcement_id, new, 600)
            await speaker.until_count("en/take_cover", 6)
            if left:
                await speaker.until(*left)
        heard = [name for name in speaker.heard if name != "|"]
        since = heard.index("en/take_cover")
        ended = [after for one, after in pairwise(heard[since:]) if one == "en/all_clear"]
        assert set(ended) == set(left), "to the people of other zones it is still said"
        assert heard[since : since + 5] == english(*WARNING), "said whole before that"


async def test_a_zone_that_is_no_more_is_named_by_its_recording_or_the_sentence_is_refused(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    """Whatever a sentence meets, what comes after it is said at once."""
    folder, names = recorded
    fuel, hq = surroundings.site.zones
    without = replace(surroundings, site=replace(surroundings.site, zones=(hq,)))
    async with (
        loudspeaker(names) as speaker,
        speaking(settings(speaker.port, folder), without, ears) as (lane, way),
    ):
        over = replace(announced(kind=AnnouncementKind.ALL_CLEAR, output_id="yard"), former_zone=fuel)
        lane.offer(over.announcement_id, over, 600)
        await speaker.until("en/zone_fuel")
        unheard = replace(over, announcement_id="unheard", alarm_id="other", zone_id="gone")
        lane.offer("unheard", unheard, 600)
        said = await ears.until_state("unheard", DeliveryState.NOT_SENT)
        assert "zone_gone.wav" in said.detail and said.code == "unsuited"
        word = replace(announced(2, alarm_id="new", output_id="yard"), zone_id="hq")
        del way._clips["en/drone.wav"]  # a fault of this program
        lane.offer(word.announcement_id, word, 600)
        said = await ears.until_state(word.announcement_id, DeliveryState.NOT_SENT)
        assert "en/drone.wav" in said.detail and way.counters["failed"] == 1
        again = replace(word, announcement_id="again", alarm_id="again", stage=Level.ALERT)
        lane.offer("again", replace(again, kind=AnnouncementKind.PASSED), 600)
        await speaker.until("en/be_ready")
    assert lane.counters["failed-beside"] == 0


async def test_what_nobody_heard_yet_goes_before_what_is_said_once_more(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, names = recorded
    async with (
        loudspeaker(names) as speaker,
        speaking(settings(speaker.port, folder, repeats=100), surroundings, ears) as (lane, _),
    ):
        one = announced(1, output_id="yard", alarm_id="a")
        lane.offer(one.announcement_id, one, 600)
        await speaker.until_count("en/take_cover", 2)
        two = replace(announced(2, output_id="yard", alarm_id="b"), zone_id="hq")
        lane.offer(two.announcement_id, two, 600)
        await speaker.until_count("en/zone_hq", 2)
        await speaker.until_count("en/zone_fuel", 4)
    whole = [name for name in speaker.heard if name != "|"]
    first = whole.index("en/zone_hq")
    assert whole[first + 1 : first + 4] == english("drone", "time_left", "seconds_40"), "said whole"


async def test_a_drill_says_so_first_and_falls_silent_when_it_is_meant(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, names = recorded
    async with (
        loudspeaker(names) as speaker,
        speaking(settings(speaker.port, folder, repeats=100), surroundings, ears) as (lane, way),
    ):
        drill = drilled(1, output_id="yard")
        lane.offer(drill.announcement_id, drill, 600)
        await speaker.until("en/drone")
        assert speaker.heard[:3] == ["|", *english("test", "take_cover")]
        real = announced(2, output_id="yard")
        lane.offer(real.announcement_id, real, 600)
        await ears.until_state(real.announcement_id, DeliveryState.SENT)
        before = speaker.heard.count("en/test")
        await speaker.until_count("en/take_cover", before + 3)
        assert speaker.heard.count("en/test") == before
        with pytest.raises(BusyError, match="what is meant is being said"):
            await way.transmit("drill", drill)


async def test_a_test_is_said_once(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, names = recorded
    async with (
        loudspeaker(names) as speaker,
        speaking(settings(speaker.port, folder, repeats=100), surroundings, ears) as (lane, _),
    ):
        trial = replace(drilled(1, output_id="yard"), kind=AnnouncementKind.TEST, zone_id="")
        lane.offer(trial.announcement_id, trial, 600)
        await ears.until(1)
        word = replace(drilled(2, output_id="yard"), alarm_id="another")
        lane.offer(word.announcement_id, word, 600)
        heard = await speaker.until_count("en/take_cover", 2)
    assert heard[:3] == ["|", *english("test", "only_a_test")] and heard.count("en/only_a_test") == 1


async def test_nothing_that_can_be_reached_is_told_of(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, _ = recorded
    one = settings(5004, folder, address="255.255.255.255:5004", private_network=True)
    async with speaking(one, surroundings, ears) as (lane, _):
        word = announced(output_id="yard")
        lane.offer(word.announcement_id, word, 600)
        (said,) = await ears.until(1)
    assert said.state is DeliveryState.NOT_SENT and "255.255.255.255:5004: Permission denied" in said.detail


async def test_an_interface_that_is_not_here_and_a_clip_that_is_missing_are_told_at_the_start(
    surroundings: Surroundings, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, _ = recorded
    with pytest.raises(LinkError, match=r"nothing can be sent from 192.0.2.99"):
        Speaker(
            settings(1, folder, address="239.1.1.1:5004", interface="192.0.2.99", private_network=True),
            surroundings,
        )
    (folder / "en" / "zone_hq.wav").unlink()
    with pytest.raises(LinkError, match=r"en/zone_hq.wav: cannot be read: No such file"):
        Speaker(settings(1, folder), surroundings)


async def test_an_alert_and_what_comes_after_have_words_of_their_own(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]]
) -> None:
    folder, names = recorded
    said = []
    for kind in (AnnouncementKind.WARNING, AnnouncementKind.PASSED, AnnouncementKind.ALL_CLEAR):
        async with (
            loudspeaker(names) as speaker,
            speaking(settings(speaker.port, folder), surroundings, ears) as (lane, _),
        ):
            word = replace(announced(1, kind), stage=Level.ALERT, zone_id="")
            lane.offer(word.announcement_id, word, 600)
            await speaker.until("en/every_zone")
            said.append(speaker.heard[1:3])
    assert [first for first, _ in said] == english("be_ready", "be_ready", "all_clear")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed (Debian: ffmpeg)")
async def test_another_program_hears_the_same(
    surroundings: Surroundings, ears: Ears, recorded: tuple[Path, dict[int, str]], tmp_path: Path
) -> None:
    """ffmpeg's own RTP and G.711: a stream that it takes and decodes without knowing of this program."""
    folder, _ = recorded
    async with loudspeaker({}) as free:
        port = free.port
    sdp = tmp_path / "speech.sdp"
    sdp.write_text(
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=speech\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=audio {port} RTP/AVP 8\na=rtpmap:8 PCMA/8000/1\n"
    )
    out = tmp_path / "heard.raw"
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-nostdin", "-loglevel", "info", "-protocol_whitelist", "file,udp,rtp", "-i", str(sdp)),
        *("-t", "2", "-f", "s16le", "-flush_packets", "1", "-y", str(out)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        one = settings(port, folder, repeats=100, lead_in_s=0.1)
        async with speaking(one, surroundings, ears) as (lane, _):
            word = announced(output_id="yard")
            lane.offer(word.announcement_id, word, 600)
            async with asyncio.timeout(60):
                _, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert b"pcm_alaw" in told, told
    samples = set(memoryview(out.read_bytes()).cast("h").tolist())
    from .loudspeaker import alaw_decoded

    spoken = {alaw_decoded(code) for code, name in recorded[1].items() if name in english(*WARNING)}
    assert spoken <= samples, "each clip has one sample of its own, decoded by another program"


def test_nobody_knows_whether_it_sounded_or_sounded_twice() -> None:
    nature = NATURES["rtp"]
    assert not nature.answers and not nature.knows_doubles and not nature.carries_levels


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"address": "239.192.0.1:5004"}, "private_network"),
        ({"address": "192.0.2.7:5004"}, "private_network"),
        ({"address": "[::1]:5004"}, "no IPv4 address and port"),
        ({"address": "speaker.example:5004"}, "no IP address and port"),
        ({"interface": "eth0"}, "no IPv4 address of this machine"),
        ({"languages": []}, "languages"),
        ({"languages": ["en", "en"]}, "stands twice"),
        ({"languages": ["fr"]}, "languages"),
        ({"encoding": "opus"}, "encoding"),
        ({"dscp": 64}, "dscp"),
        ({"repeats": 0}, "repeats"),
    ],
)
def test_settings_that_cannot_be_meant(tmp_path: Path, record: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(5004, tmp_path, **record)
