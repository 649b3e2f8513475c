"""Declared flights, and what people decided of a track → the wire."""

from typing import cast

from marsad import wire
from marsad.model import flight as model_flight
from marsad.wire.encode_reasons import reason_to_wire
from marsad.wire.values import NS_PER_MS, time_ms


def track_flight_to_wire(flight: model_flight.TrackFlight) -> wire.TrackFlight:
    """The declared flight a track is taken for, and those it could be."""
    return {
        "flight_id": flight.flight_id,
        "how": flight.how.value,
        "fits": flight.fits,
        "reasons": [reason_to_wire(reason) for reason in flight.reasons],
        "candidates": list(flight.candidates),
    }


def decision_to_wire(decision: model_flight.Decision) -> wire.Decision:
    """What a person decided."""
    return {
        "identity": decision.identity.value,
        "by": decision.by,
        "t_ms": decision.t_ns // NS_PER_MS,
        "why": cast(wire.WhyName, decision.why),
        "note": decision.note,
        "flight_id": decision.flight_id,
    }


def question_to_wire(question: model_flight.Question) -> wire.Question:
    """What an owner was asked or said."""
    return {
        "flight_id": question.flight_id,
        "answer": question.answer.value,
        "by": question.by,
        "t_ms": question.t_ns // NS_PER_MS,
        "note": question.note,
    }


def flight_to_wire(flight: model_flight.AuthorisedFlight, t_ns: int) -> wire.Flight:
    """A declared flight as it stands at a time."""
    return {
        "flight_id": flight.flight_id,
        "name": flight.name,
        "operator": flight.operator,
        "phone": flight.phone,
        "kind": flight.kind,
        "make": flight.make,
        "labels": list(flight.labels),
        "shape": flight.shape.value,
        "places": [list(place) for place in flight.places],
        "extent_m": flight.extent_m,
        "low_m": flight.low_m,
        "high_m": flight.high_m,
        "from_t_ms": time_ms(flight.from_t_ns or None),
        "until_t_ms": time_ms(None if flight.until_t_ns == model_flight.FOREVER_NS else flight.until_t_ns),
        "remarks": flight.remarks,
        "source": flight.source,
        "state": flight.state(t_ns).value,
    }
