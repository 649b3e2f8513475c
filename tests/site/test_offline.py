"""An offline run: the same seed the same bytes, and how TCP cut them changes nothing."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from marsad.feeds.sapient.framing import Deframer, framed
from marsad.model.frame import CONFIGURATION, Frame, FrameKind
from marsad.simulate import Simulation, load_scenario
from marsad.site.fold import SiteFold
from marsad.site.journal import JournalReader
from marsad.site.offline import run_offline
from marsad.site.recorder import begin

SECONDS = 25


def journalled(path: Path) -> SiteFold:
    """The first seconds of the raid, played into a journal."""
    raid = load_scenario("ain-al-asad-2022-01-04")
    short = replace(raid, file=raid.file.model_copy(update={"duration_s": float(SECONDS)}))
    simulation = Simulation(short, 1)
    recorder = begin(path, raid.site_path.read_bytes(), simulation.start_t_ns)
    with recorder.journal:
        run_offline(simulation, recorder, lambda t_ns, effects, picture: None)
    return recorder.fold


def message_by_message(frames: Iterator[Frame], nodes: frozenset[str]) -> Iterator[Frame]:
    for frame in frames:
        if frame.feed not in nodes or frame.kind is not FrameKind.DATA:
            yield frame
            continue
        for body in Deframer(1 << 20).messages(frame.data)[0]:
            yield replace(frame, data=framed(body))


def test_a_run_is_the_same_again_and_with_every_message_in_a_read_of_its_own(tmp_path: Path) -> None:
    thresholds = gc.get_threshold()
    first, again = journalled(tmp_path / "a.mcap"), journalled(tmp_path / "b.mcap")
    one, other = (list(JournalReader(tmp_path / name).frames()) for name in ("a.mcap", "b.mcap"))
    assert one == other
    assert gc.get_threshold() == thresholds and gc.get_freeze_count() == 0
    nodes = frozenset(item.name for item in first.settings.feed if item.standard == "sapient")
    frames = list(message_by_message(JournalReader(tmp_path / "a.mcap").frames(), nodes))
    assert frames[0].feed == CONFIGURATION and len(frames) > first.frames + 100
    apart = SiteFold(frames[0])
    for frame in frames[1:]:
        apart.fold(frame)
    assert apart.digest() == again.digest() == first.digest()
    assert apart.counters["detections"] == first.counters["detections"] > 100
