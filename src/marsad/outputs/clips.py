"""Recordings that loudspeakers say: a folder with one for each clip, in a folder for each language.

``<folder>/<language>/<clip>.wav``: 8000 samples a second, one channel, 16 bits. ``tone.wav`` beside the
languages, where there is one, sounds before each sentence. A ``manifest.json`` with ``"placeholder": true``
says that a program made some of it: good for drills and no more.
"""

import json
import wave
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marsad.errors import LinkError
from marsad.links.plain_file import check_plain
from marsad.outputs.speech import clips_needed

RATE_HZ = 8_000
CLIP_S_MAX = 15
TONE, MANIFEST = "tone.wav", "manifest.json"
MANIFEST_BYTES_MAX = 100_000


def needed_files(settings: Any, zones: Sequence[str]) -> list[str]:
    """Every file that a loudspeaker may have to play, below its folder.

    settings  a `SpeakerSettings`
    zones     those of the site
    """
    served = [zone for zone in zones if not settings.zones or zone in settings.zones]
    return [
        f"{language}/{clip}.wav"
        for language in settings.languages
        for clip in clips_needed(served, settings.stages, drills=settings.drills)
    ]


def read_clip(path: Path) -> NDArray[np.int16]:
    """The samples of a recording. Raises LinkError that says what it should be."""
    try:
        check_plain(path)
        with wave.open(str(path), "rb") as file:
            form = (file.getframerate(), file.getnchannels(), 8 * file.getsampwidth())
            count = file.getnframes()
            if form != (RATE_HZ, 1, 16):
                raise LinkError(
                    f"{path}: has {form[0]} samples a second, {form[1]} channels and {form[2]} bits; "
                    f"{RATE_HZ}, 1 and 16 are needed"
                )
            if not 0 < count <= RATE_HZ * CLIP_S_MAX:
                raise LinkError(f"{path}: lasts {count / RATE_HZ:.1f} s; up to {CLIP_S_MAX} s may be")
            data = file.readframes(count)
    except (wave.Error, EOFError) as error:
        raise LinkError(
            f"{path}: is no WAV file of plain samples: {str(error) or 'it ends early'}"
        ) from error
    except OSError as error:
        raise LinkError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) != 2 * count:
        raise LinkError(f"{path}: ends early: {len(data)} bytes of {2 * count}")
    return np.frombuffer(data, "<i2").astype(np.int16)


def read_clips(folder: Path, names: Iterable[str]) -> dict[str, NDArray[np.int16]]:
    """The samples of files by name, and of the tone where there is one. Raises LinkError for a bad one."""
    found = {name: read_clip(folder / name) for name in names}
    if (folder / TONE).exists():
        found[TONE] = read_clip(folder / TONE)
    return found


def is_placeholder(folder: Path) -> bool:
    """Whether a program made some of what is in a folder. Raises LinkError for a manifest that is none."""
    path = folder / MANIFEST
    try:
        if not path.exists():
            return False
        check_plain(path)
        with path.open("rb") as file:
            record = json.loads(file.read(MANIFEST_BYTES_MAX))
    except OSError as error:
        raise LinkError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise LinkError(f"{path}: is no JSON") from error
    if not isinstance(record, dict) or not isinstance(record.get("placeholder"), bool):
        raise LinkError(f'{path}: says nothing of "placeholder", which is true or false')
    return bool(record["placeholder"])


def clip_faults(folder: Path, names: Iterable[str], words: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with each file that may have to sound, and what it is to say.

    words   what each file says, for those of which that is known
    """
    if not folder.is_dir():
        yield f"there is no folder {str(folder)!r}"
        return
    for name in names:
        if not (folder / name).is_file():
            said = f"; it says: {words[name]}" if name in words else ""
            yield f"{folder / name} is missing{said}"
            continue
        try:
            read_clip(folder / name)
        except LinkError as error:
            yield str(error)
    if (folder / TONE).exists():
        try:
            read_clip(folder / TONE)
        except LinkError as error:
            yield str(error)
