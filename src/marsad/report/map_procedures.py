"""A site's procedures on the map of a report: thin lines under all that happened."""

from collections.abc import Iterable, Sequence

import shapely

from marsad.model.procedure import Path, Procedure, ProcedureUse
from marsad.report.map_view import View
from marsad.report.procedure_outline import procedure_outline

_COLOUR = "#9a93b0"


def procedure_lines(procedures: Sequence[Procedure], view: View, height_px: float) -> Iterable[str]:
    """Lines round where aircraft are used to fly, dashed round places, cut off at the edge of the map.

    Departure climbs are left out: they would lie across the finals.
    """
    paper = shapely.box(0, 0, view.width_px, height_px)
    for procedure in procedures:
        if procedure.use == ProcedureUse.DEPARTURE_CLIMB:
            continue
        corners = [view.at(east, north) for east, north in procedure_outline(procedure).tolist()]
        dashes = "" if isinstance(procedure.shape, Path) else ' stroke-dasharray="4 3"'
        for part in shapely.get_parts(shapely.intersection(shapely.LinearRing(corners), paper)):
            if part.is_empty:
                continue
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(part).tolist())
            yield f'<polyline points="{points}" fill="none" stroke="{_COLOUR}" stroke-width="0.8"{dashes}/>'
