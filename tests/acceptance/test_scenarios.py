"""A handful of the packaged scenarios, played through the whole site: what they expect is what is seen.

The others, and the full days, are played by ``make scenarios``.
"""

import pytest

from marsad.evaluate.rehearsal import rehearse
from marsad.simulate import load_scenario

HANDFUL = ("fibre-optic-quadcopter", "government-building", "dust-storm", "outage-in-the-middle")
pytestmark = pytest.mark.timeout(1800)  # a loaded machine plays slower than real time


@pytest.mark.parametrize("name", HANDFUL)
def test_a_scenario_shows_what_it_expects(name: str) -> None:
    rehearsal = rehearse(load_scenario(name), seed=1)
    assert rehearsal.findings
    assert [f"{each.expected}: {each.seen}" for each in rehearsal.findings if not each.met] == []
