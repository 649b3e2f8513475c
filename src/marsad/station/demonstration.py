"""A demonstration as a person meets it: what is simulated, how fast, what it leaves, what to try next."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from marsad.model.reason import Reason
from marsad.report.wording import LANGUAGES
from marsad.server import ServerSettings
from marsad.simulate.scenario import Scenario
from marsad.station.demo import REGISTER, SUMMARY, is_there, refuse_real_record, run_at_once, run_live
from marsad.station.rig import until_interrupted
from marsad.station.settings_file import read_settings
from marsad.station.terminal import Terminal, say, say_reason


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One scenario, shown.

    command   makes a command line of ours one that can be typed where this runs
    """

    scenario: Scenario
    seed: int
    directory: Path
    terminal: Terminal
    command: Callable[[str], str] = "marsad {}".format

    def at_once(self, progress: Callable[[float], None]) -> None:
        """Play it as fast as the machine goes, without console; progress is called with the share done."""
        self._introduce(inf)
        summary = run_at_once(self.scenario, self.seed, self.directory, self.terminal, progress)
        if summary is not None:
            self._conclude(summary)

    def live(self, speed: float, server: ServerSettings, *, stay: bool) -> None:
        """Play it at a pace against a running site with its console."""
        self._introduce(speed)
        day = run_live(
            self.scenario,
            self.seed,
            self.directory,
            self.terminal,
            speed=speed,
            server=server,
            stay=stay,
            concluded=self._conclude,
        )
        asyncio.run(until_interrupted(day))

    def _introduce(self, speed: float) -> None:
        """Say what is about to be seen, and that none of it is real."""
        refuse_real_record(self.directory)
        terminal, file = self.terminal, self.scenario.file
        settings = read_settings(self.scenario.site_path)
        terminal.utc_offset_s = settings.site.site.utc_offset_s
        title = file.title_ar if terminal.language == "ar" else file.title_en
        code = "station.demo.alone" if file.crew is None else "station.demo"
        say(terminal, code, title=title, seed=str(self.seed))
        if speed < inf and settings.server.operators:
            say(terminal, "station.demo.operators", file=self.scenario.site_path.name)
        if speed == 1:
            say(terminal, "station.demo.real-time")
        elif speed < inf:
            say(terminal, "station.demo.speed", speed=speed)
        if speed < inf:
            say(terminal, "station.demo.varies", option="--headless")
        say(terminal, "station.demo.history")
        if is_there(self.directory):
            say(terminal, "station.demo.replaces", directory=str(self.directory))

    def _conclude(self, summary: dict[str, Any]) -> None:
        for reason in epilogue(summary, self.directory, self.command):
            say_reason(self.terminal, reason)


def epilogue(
    summary: dict[str, Any], directory: Path, command: Callable[[str], str] = "marsad {}".format
) -> list[Reason]:
    """What a demonstration left behind, and what to try next."""
    documents = [("report", path) for _, path in sorted(summary["reports"].items())]
    incident = summary["incident"]
    if incident is not None:
        named = [directory / f"statement-{incident['id']}-{language}.txt" for language in LANGUAGES]
        documents += [("statement", str(path)) for path in named]
    documents += [("register", str(directory / REGISTER)), ("journal", summary["journal"])]
    told = [Reason(f"station.document.{what}", (("path", path),)) for what, path in documents]
    where = (("path", str(directory / SUMMARY)), ("digest", summary["digest"]))
    commands = {
        "replay": f"replay {summary['journal']} --digest",
        "seed": f"demo --scenario {summary['scenario']} --seed {summary['seed'] + 1}",
        "own": "new site.toml",
    }
    told.append(Reason("station.document.summary", where))
    told += [Reason(f"station.next.{what}", (("command", command(line)),)) for what, line in commands.items()]
    return told
