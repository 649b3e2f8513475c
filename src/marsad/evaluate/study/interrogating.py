"""Radars whose interrogators hear what some objects call themselves.

A scenario's settings cannot describe them: the node words its plots otherwise, the site sees bytes, nothing
else.
"""

from collections.abc import Sequence
from dataclasses import fields
from math import isnan, radians

from marsad.feeds.sapient import edge
from marsad.model.detection import Claim
from marsad.model.effect import Effect
from marsad.model.frame import Frame
from marsad.model.picture import Picture
from marsad.simulate.node import Node, polar_report
from marsad.simulate.sensing import Plot, Radar
from marsad.simulate.simulation import Simulation

_CLAIMED_CLASS = (("crewed", 0.9), ("owa", 0.1))


class ClaimedNode(Node):
    """A radar node whose interrogator hears what some objects call themselves."""

    claims: dict[int, Claim]

    def _report(self, t_ns: int, plot: Plot) -> bytes:
        claim = self.claims.get(plot.row)
        ids = (self._ulid(t_ns), self._ulid(t_ns))
        if claim is None or not isinstance(self.eye, Radar):
            return polar_report(self.edge, self.eye, self._clock(t_ns), *ids, plot)
        radar = self.eye.settings
        tells_rate = radar.tells_range_rate and not isnan(plot.range_rate_mps)
        return edge.polar_detection(
            self.edge,
            self._clock(t_ns),
            *ids,
            plot.azimuth_rad,
            radians(radar.azimuth_sigma_deg),
            range_m=plot.range_m,
            range_sigma_m=radar.range_sigma_m,
            elevation_rad=plot.elevation_rad,
            elevation_sigma_rad=radians(radar.elevation_sigma_deg),
            range_rate_mps=plot.range_rate_mps if tells_rate else None,
            range_rate_sigma_mps=radar.range_rate_sigma_mps,
            classes=_CLAIMED_CLASS,
            claim=claim,
        )


class ClaimedSimulation:
    """A simulation whose radars hear claims: a source of frames like it.

    claims   what objects call themselves to the radars' interrogators, by row
    """

    def __init__(self, simulation: Simulation, claims: dict[int, Claim]) -> None:
        self.simulation = simulation
        self.start_t_ns, self.end_t_ns = simulation.start_t_ns, simulation.end_t_ns
        self._claims = claims
        simulation.refit(self._refitted)

    def frames(self, until_t_ns: int) -> list[Frame]:
        """Everything that enters since the last call, in time order."""
        return self.simulation.frames(until_t_ns)

    def notice(self, effects: Sequence[Effect], picture: Picture | None = None) -> None:
        """What the site did since the last call."""
        self.simulation.notice(effects, picture)

    def _refitted(self, node: Node) -> Node:
        made = ClaimedNode(**{each.name: getattr(node, each.name) for each in fields(node) if each.init})
        made.claims = self._claims
        return made
