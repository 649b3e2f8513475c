"""What is told of a track and the site's procedures; the sentences are in the catalogues' procedure room.

Who shows them puts the name of a procedure in place of its procedure_id.
"""

import numpy as np

from marsad.assessment.procedure_history import ProcedureHistory
from marsad.assessment.procedure_shapes import ProcedureShapes
from marsad.assessment.procedures import ProcedureFit, Property
from marsad.model.procedure import ProcedureUse
from marsad.model.reason import Reason


def procedure_reasons(
    row: int,
    found: ProcedureFit,
    history: ProcedureHistory,
    left_by_m: float,
    shapes: ProcedureShapes,
    t_ns: int,
) -> tuple[Reason, ...]:
    """What to tell of one track, most telling first; () for a site without procedures.

    left_by_m   of the track, as `marsad.assessment.procedure_history.left_by_m` has it
    """
    if not len(shapes):
        return ()
    index = int(found.index[row])
    told = _of_the_past(row, history, left_by_m, shapes)
    if index < 0:
        return (*told, Reason("procedure.off_every", ()))
    name = ("procedure_id", shapes.procedures[index].procedure_id)
    differences = _differences(row, found, name, shapes.procedures[index].use)
    if found.fits[row]:
        duration_s = float(history.duration_s(t_ns)[row])
        return (Reason("procedure.flown", (name, ("duration_s", duration_s))), *told)
    return (*differences, *told)


def _of_the_past(
    row: int, history: ProcedureHistory, left_by_m: float, shapes: ProcedureShapes
) -> tuple[Reason, ...]:
    told = []
    if history.joined_late[row]:
        name = shapes.procedures[int(history.flown[row])].procedure_id
        distance = ("distance_m", float(history.joined_m[row]))
        told.append(Reason("procedure.joined_late", (("procedure_id", name), distance)))
    if history.left[row] >= 0 and left_by_m > 0:
        name = shapes.procedures[int(history.left[row])].procedure_id
        told.append(Reason("procedure.left", (("procedure_id", name), ("offset_m", left_by_m))))
    return tuple(told)


def _differences(
    row: int, found: ProcedureFit, name: tuple[str, str], use: ProcedureUse
) -> tuple[Reason, ...]:
    differs, unknown = Property(int(found.differs[row])), Property(int(found.unknown[row]))
    speed = ("speed_mps", float(found.speed_mps[row]))
    told = []
    if Property.HEIGHT in differs:
        told.append(_height(row, found, name, use))
    if Property.SPEED in differs:
        slow = found.speed_mps[row] < found.low_mps[row]
        limit = float(found.low_mps[row] if slow else found.high_mps[row])
        code = "procedure.slow" if slow else "procedure.fast"
        told.append(Reason(code, (name, speed, ("limit_mps", limit))))
    if Property.SIZE in differs:
        told.append(
            Reason("procedure.small", (name, ("probability_percent", 100.0 * float(found.small[row]))))
        )
    if Property.DESCENT in differs:
        told.append(Reason("procedure.level", (name,)))
    if Property.SIDEWAYS in differs:
        told.append(Reason("procedure.beside", (name, ("offset_m", float(found.offset_m[row])))))
    if Property.COURSE in differs:
        told.append(Reason("procedure.course", (name, ("angle_deg", float(found.course_off_deg[row])))))
    if Property.HEIGHT in unknown:
        told.append(Reason("procedure.height_unknown", (name,)))
    return tuple(told) or (Reason("procedure.doubtful", (name,)),)


def _height(row: int, found: ProcedureFit, name: tuple[str, str], use: ProcedureUse) -> Reason:
    below = found.height_off_m[row] < 0
    nominal_m = float(found.nominal_off_m[row])
    if use == ProcedureUse.FINAL and not np.isnan(nominal_m):
        code = "procedure.below_glide_path" if below else "procedure.above_glide_path"
        return Reason(code, (name, ("offset_m", abs(nominal_m))))
    code = "procedure.below" if below else "procedure.above"
    return Reason(code, (name, ("offset_m", abs(float(found.height_off_m[row])))))
