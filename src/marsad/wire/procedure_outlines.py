"""A site's procedures as outlines on the ground, for the wire."""

import numpy as np
import shapely
from numpy.typing import NDArray

from marsad import wire
from marsad.geo.local import LocalFrame
from marsad.model.procedure import Path, Procedure, ProcedureUse
from marsad.report.facts import procedure_name
from marsad.report.procedure_outline import procedure_outline

Array = NDArray[np.float64]
_LABEL_M = 3_500.0  # before the end of a final: where its name stands


def procedure_to_wire(procedure: Procedure, frame: LocalFrame) -> wire.ProcedureShape:
    """A procedure's outline in degrees, with what people call it."""
    ring = procedure_outline(procedure)
    if isinstance(procedure.shape, Path):
        label = _path_label(procedure.shape, procedure.use)
    else:
        label = np.array(shapely.Polygon(ring).representative_point().coords[0])
    return {
        "procedure_id": procedure.procedure_id,
        "name_en": procedure_name(procedure, "en"),
        "name_ar": procedure_name(procedure, "ar"),
        "use": procedure.use.value,
        "ring": _degrees(np.vstack([ring, ring[:1]]), frame),
        "label": _degrees(label[None, :], frame)[0],
    }


def _path_label(path: Path, use: ProcedureUse) -> Array:
    line = shapely.LineString([(point.east_m, point.north_m) for point in path.points])
    away = max(line.length / 2, line.length - _LABEL_M) if use == ProcedureUse.FINAL else line.length / 2
    return np.array(line.interpolate(away).coords[0], float)


def _degrees(places: Array, frame: LocalFrame) -> list[list[float]]:
    """[longitude, latitude] of places (k,2)."""
    latitude, longitude, _ = frame.geodetic_from_enu(np.column_stack([places, np.zeros(len(places))]))
    found: list[list[float]] = np.round(np.stack([longitude, latitude], axis=1), 6).tolist()
    return found
