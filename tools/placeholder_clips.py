"""Write placeholder recordings for the loudspeakers of a site, where espeak-ng is installed.

python tools/placeholder_clips.py SITE.toml           write every file that is missing, and the manifest
python tools/placeholder_clips.py --list SITE.toml    only say what is to be recorded, file by file

A synthetic voice is hard to understand over a loudspeaker, in Arabic above all: what this writes is marked as
a placeholder, which `marsad check` refuses for a site in live mode. Whoever records the files sets
"placeholder" to false in manifest.json.
"""

import argparse
import io
import json
import shutil
import subprocess
import sys
import tomllib
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from marsad.outputs.clips import MANIFEST, RATE_HZ, TONE, needed_files
from marsad.outputs.settings import SpeakerSettings
from marsad.outputs.speech import words_of
from marsad.report.wording import catalogue

VOICES = {"ar": "ar", "en": "en"}
PROGRAM = "espeak-ng"


def files_of(site: Path) -> Iterator[tuple[Path, str, str]]:
    """Each file that the loudspeakers of a site need, its language and what it says."""
    tree = tomllib.loads(site.read_text("utf-8"))
    zones = {one["id"]: {"en": one["name_en"], "ar": one["name_ar"]} for one in tree["site"].get("zone", [])}
    for record in tree.get("output", []):
        if record.get("standard") != "rtp":
            continue
        settings = SpeakerSettings.model_validate(record)
        for name in needed_files(settings, list(zones)):
            language, _, clip = name.removesuffix(".wav").partition("/")
            said = words_of(clip, language, catalogue("ar" if language == "ar" else "en"), zones)
            yield Path(settings.clips) / name, language, said


def spoken(text: str, language: str) -> NDArray[np.int16]:
    """The samples of a text, spoken by espeak-ng."""
    command = [PROGRAM, "-v", VOICES[language], "-s", "140", "--stdout", "--stdin"]
    said = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(said)) as file:
        rate_hz = file.getframerate()
        samples = np.frombuffer(file.readframes(len(said)), "<i2").astype(float)
    common = np.gcd(rate_hz, RATE_HZ)
    samples = resample_poly(samples, RATE_HZ // common, rate_hz // common)
    loud = np.flatnonzero(np.abs(samples) > 200)
    if loud.size:  # no long silence between clips
        samples = samples[max(loud[0] - 200, 0) : loud[-1] + 800]
    return np.clip(samples, -32_768, 32_767).astype(np.int16)


def tone() -> NDArray[np.int16]:
    """Two tones that make people listen."""
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    parts = [9_000 * np.sin(2 * np.pi * pitch_hz * time_s) * np.exp(-3 * time_s) for pitch_hz in (659, 523)]
    return np.concatenate(parts).astype(np.int16)


def write(path: Path, samples: NDArray[np.int16]) -> None:
    """Write a recording."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())


def main() -> int:
    """The exit status."""
    asked = argparse.ArgumentParser(description="Write placeholder recordings for loudspeakers.")
    asked.add_argument("site", type=Path, help="settings file of the site")
    asked.add_argument("--list", action="store_true", help="only say what is to be recorded")
    options = asked.parse_args()
    files = dict.fromkeys(files_of(options.site))
    if not files:
        sys.stderr.write(f"{options.site}: has no output with the standard rtp\n")
        return 1
    if options.list:
        sys.stdout.writelines(f"{path}\t{said}\n" for path, _, said in files)
        return 0
    if shutil.which(PROGRAM) is None:
        sys.stderr.write(f"{PROGRAM} is not installed; --list says what is to be recorded\n")
        return 1
    missing = [one for one in files if not one[0].exists()]
    for folder in sorted({path.parents[1] for path, _, _ in missing}):
        folder.mkdir(parents=True, exist_ok=True)
        manifest = {"placeholder": True, "made_by": PROGRAM}  # first: what follows is never without it
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        if not (folder / TONE).exists():
            write(folder / TONE, tone())
    for path, language, said in missing:
        write(path, spoken(said, language))
    sys.stdout.write(f"{len(missing)} files written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
