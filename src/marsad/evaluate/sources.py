"""What is to be scored against what: a journal or a log, and where its truth comes from."""

import json
from dataclasses import dataclass
from pathlib import Path

from marsad.errors import ConfigError, ConfigFault, RecordingError
from marsad.evaluate.courageous import Log, read
from marsad.evaluate.ground_truth import read_truth, start_of
from marsad.evaluate.own_run import Replay
from marsad.evaluate.paths import Paths, SimulatedPaths
from marsad.geo.local import LocalFrame
from marsad.model.reason import Reason
from marsad.simulate.scenario import Scenario, load_scenario
from marsad.simulate.truth import truth_of

SUMMARY = "summary.json"
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class TruthFound:
    """A truth, and what is to be said of it.

    told         where it is from
    digest       of the run that the summary tells of, "" without one
    duration_s   of the simulation; NaN for a log of ground truth
    """

    paths: Paths
    told: Reason
    digest: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class Geoid:
    """Height of EGM96 above the ellipsoid at the site, m, and how it is known."""

    height_m: float
    told: Reason


def is_log(path: Path) -> bool:
    """Whether a file is JSON text rather than a journal, by how it begins."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def log_from(path: Path) -> Log:
    """A COURAGEOUS log. Raises ConfigError with every fault and its JSON path."""
    return read(path.read_bytes(), str(path))


def geoid_for(given_m: float | None, replay: Replay | None) -> Geoid:
    """The geoid's height: as given, else as a feed of the site has it, else 0 with a word."""
    if given_m is not None:
        return Geoid(given_m, Reason("evaluate.geoid.given", (("geoid_m", given_m),)))
    if replay is not None and (known := replay.geoid_m) is not None:
        return Geoid(known, Reason("evaluate.geoid.settings", (("geoid_m", known),)))
    return Geoid(0.0, Reason("evaluate.geoid.unknown", (("option", "--geoid-m"),)))


def truth_of_scenario(replay: Replay, name: str, seed: int) -> TruthFound:
    """The truth of a simulation. Raises ConfigError if it is of another site or another time."""
    told = Reason("evaluate.truth.scenario", (("scenario", name), ("seed", str(seed))))
    return _simulated(replay, load_scenario(name), seed, told, "")


def has_summary(journal: Path) -> bool:
    """Whether a demonstration left its summary beside a journal."""
    return journal.with_name(SUMMARY).exists()


def truth_of_summary(replay: Replay, journal: Path) -> TruthFound:
    """The truth by the summary that a demonstration left beside its journal.

    Raises RecordingError if there is none.
    """
    path = journal.with_name(SUMMARY)
    try:
        summary = json.loads(path.read_bytes())
        scenario, seed, digest = summary["scenario"], summary["seed"], summary.get("digest", "")
        if not (isinstance(scenario, str) and isinstance(seed, int) and isinstance(digest, str)):
            raise TypeError("scenario is no text or seed no number")
    except FileNotFoundError:
        raise RecordingError(
            f"{journal}: what was true is not known: there is no {SUMMARY} beside it; give --truth with a "
            "log of ground truth, or --scenario and --seed"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordingError(
            f"{path}: is no summary of a demonstration ({error}); give --truth, or --scenario and --seed"
        ) from error
    told = Reason("evaluate.truth.summary", (("scenario", scenario), ("seed", str(seed))))
    return _simulated(replay, load_scenario(scenario), seed, told, digest)


def truth_of_file(replay: Replay, path: Path, geoid_m: float) -> tuple[TruthFound, list[Reason]]:
    """A log of ground truth beside a journal, and what of it could not be used."""
    log = log_from(path)
    site = replay.site
    frame = LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)
    paths, notes = read_truth(log, frame, geoid_m, site, start_of(log.document))
    told = Reason("evaluate.truth.file", (("file", str(path)),))
    return TruthFound(paths, told, "", float("nan")), notes


def _simulated(replay: Replay, scenario: Scenario, seed: int, told: Reason, digest: str) -> TruthFound:
    ours, theirs = replay.site.site_id, scenario.layout.site.site_id
    if ours != theirs:
        raise _unlike("site", f"the journal is of site {ours!r}, the scenario of {theirs!r}")
    began_ns = replay.fold.t_ns
    if not scenario.start_t_ns - 60_000_000_000 <= began_ns <= scenario.end_t_ns:
        away_s = (began_ns - scenario.start_t_ns) / 1e9
        raise _unlike("time", f"the journal begins {away_s:+.0f} s from the scenario's start")
    truth = truth_of(scenario, seed)
    return TruthFound(SimulatedPaths(truth, replay.site), told, digest, truth.duration_s)


def _unlike(key: str, sentence: str) -> ConfigError:
    return ConfigError("truth", [ConfigFault(key, "", "", sentence=f"{sentence}: it is another run's truth")])
