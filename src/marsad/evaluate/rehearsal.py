"""A scenario played through the whole site at once, and judged by what it expects."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from marsad.evaluate.expectation import Finding, findings
from marsad.evaluate.witness import Witness
from marsad.model.effect import Effect
from marsad.model.picture import Picture
from marsad.simulate import Simulation
from marsad.simulate.scenario import Scenario
from marsad.site.offline import run_offline
from marsad.site.recorder import begin


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One run, judged.

    duration_s   simulated
    wall_s       taken
    """

    scenario: str
    seed: int
    duration_s: float
    wall_s: float
    findings: tuple[Finding, ...]

    @property
    def met(self) -> bool:
        """Whether everything expected was seen."""
        return all(finding.met for finding in self.findings)


def rehearse(
    scenario: Scenario, seed: int, progress: Callable[[float], None] = lambda share: None
) -> Rehearsal:
    """Play a scenario as fast as the machine goes; its journal is thrown away.

    progress   called with the share done, 0 to 1

    Raises ConfigError, RecordingError.
    """
    begun = perf_counter()
    simulation = Simulation(scenario, seed)
    witness = Witness(simulation.truth)
    span_ns = simulation.end_t_ns - simulation.start_t_ns

    def watch(t_ns: int, effects: Sequence[Effect], picture: Picture) -> None:
        witness.watch(t_ns, effects, picture)
        progress((t_ns - simulation.start_t_ns) / span_ns)

    with tempfile.TemporaryDirectory(prefix="marsad-scenario-") as folder:
        configuration = scenario.site_path.read_bytes()
        recorder = begin(Path(folder) / "journal.mcap", configuration, simulation.start_t_ns)
        try:
            run_offline(simulation, recorder, watch)
        finally:
            recorder.journal.close()
    duration_s, wall_s = scenario.file.duration_s, perf_counter() - begun
    return Rehearsal(scenario.file.name, seed, duration_s, wall_s, tuple(findings(scenario, witness)))
