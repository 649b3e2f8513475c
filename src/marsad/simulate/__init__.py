"""The honest source: scenarios, truth, sensor models, and recordings played back, as frames."""

from marsad.simulate.scenario import Scenario, load_scenario, scenario_names
from marsad.simulate.simulation import Simulation
from marsad.simulate.truth import TrueObject, Truth

__all__ = ["Scenario", "Simulation", "TrueObject", "Truth", "load_scenario", "scenario_names"]
