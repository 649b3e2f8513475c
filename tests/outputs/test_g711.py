"""G.711 against the tables of ITU-T G.711, written anew here, and against other programs."""

import shutil
import subprocess
import sys
import warnings

import numpy as np
import pytest

from marsad.outputs.g711 import Law, encoded, silence

from .loudspeaker import alaw_decoded, ulaw_decoded

EVERY = np.arange(-32_768, 32_768).astype(np.int16)
DECODED = {"pcma": alaw_decoded, "pcmu": ulaw_decoded}


def test_known_samples_have_the_bytes_of_the_standard() -> None:
    """Values from tables 1 and 2 of G.711: the ends, the middle, and the end of each segment."""
    assert encoded(np.array([0, 8, 32_767, -32_768, -1], np.int16), "pcma") == bytes(
        [0xD5, 0xD5, 0xAA, 0x2A, 0x55]
    )
    assert encoded(np.array([0, 32_767, -32_768, -1], np.int16), "pcmu") == bytes([0xFF, 0x80, 0x00, 0x7F])
    # of 14 bits: decision values 31, 95, 223, 479, 991, 2015, 4063 begin the segments (table 2a)
    starts = np.array([31, 95, 223, 479, 991, 2_015, 4_063]) * 4
    assert encoded(starts.astype(np.int16), "pcmu") == bytes([0xEF, 0xDF, 0xCF, 0xBF, 0xAF, 0x9F, 0x8F])
    # of 13 bits: decision values 64, 128, 256, 512, 1024, 2048 begin the segments (table 1a)
    starts = np.array([64, 128, 256, 512, 1_024, 2_048]) * 8
    assert encoded(starts.astype(np.int16), "pcma") == bytes(
        (0x80 | segment << 4) ^ 0x55 for segment in range(2, 8)
    )
    assert silence("pcma") == b"\xd5" and silence("pcmu") == b"\xff"


@pytest.mark.parametrize("law", ["pcma", "pcmu"])
def test_every_byte_comes_back_from_what_it_means(law: Law) -> None:
    levels = np.array([DECODED[law](code) for code in range(256)], np.int16)
    back = list(encoded(levels, law))
    expected = list(range(256))
    if law == "pcmu":
        expected[0x7F] = 0xFF  # minus nothing is nothing
    assert back == expected


@pytest.mark.parametrize("law", ["pcma", "pcmu"])
def test_every_sample_becomes_a_level_no_more_than_half_a_step_away(law: Law) -> None:
    """By half a step of its segment; and what is louder is never encoded as quieter."""
    levels = np.array([DECODED[law](code) for code in range(256)])
    got = levels[np.frombuffer(encoded(EVERY, law), np.uint8)]
    assert (np.diff(got) >= 0).all()
    grid = np.unique(levels)
    gaps = np.diff(grid, prepend=grid[0] - 2, append=grid[-1] + 2)
    place = np.searchsorted(grid, got)
    half_step = np.maximum(gaps[place], gaps[place + 1]) / 2
    grain = 16 if law == "pcma" else 4  # the standard counts in 13 and 14 bits
    within = np.abs(EVERY.astype(int)) <= grid[-1]
    assert (np.abs(got - EVERY) <= half_step + grain)[within].all()
    assert set(got[grid[-1] < EVERY]) == {grid[-1]}, "what is louder than the loudest is the loudest"


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python has no audioop any more")
@pytest.mark.parametrize("law", ["pcma", "pcmu"])
def test_an_older_encoder_agrees_on_all_but_the_edges_of_steps(law: Law) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import audioop
    other = audioop.lin2alaw if law == "pcma" else audioop.lin2ulaw
    ours = np.frombuffer(encoded(EVERY, law), np.uint8)
    theirs = np.frombuffer(other(EVERY.tobytes(), 2), np.uint8)
    levels = np.array([DECODED[law](code) for code in range(256)])
    assert (ours == theirs)[EVERY >= 0].all()
    # it rounds negative samples the other way where they lie between two steps
    differing = ours != theirs
    assert differing.mean() < 0.02
    place = np.searchsorted(np.unique(levels), np.stack([levels[ours], levels[theirs]]))
    assert np.abs(place[0] - place[1]).max() <= 1


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed (Debian: ffmpeg)")
@pytest.mark.parametrize("law", ["pcma", "pcmu"])
def test_another_program_decodes_the_same(law: Law) -> None:
    form = "alaw" if law == "pcma" else "mulaw"
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", form, "-ar", "8000", "-i", "pipe:0"]
    done = subprocess.run(
        [*command, "-f", "s16le", "pipe:1"], input=bytes(range(256)), capture_output=True, check=True
    )
    assert np.frombuffer(done.stdout, "<i2").tolist() == [DECODED[law](code) for code in range(256)]
