"""What kind of aircraft a claim says it is, and what its names are worth by themselves."""

import re
from dataclasses import dataclass

from marsad.assessment.addresses import AddressStanding, standing_of, state_of
from marsad.assessment.claim_settings import ClaimKind
from marsad.assessment.schedule import Schedule, ScheduleStanding
from marsad.model.detection import Claim

_OPERATOR = re.compile(r"[A-Z]{3}\d[A-Z0-9]{0,4}")  # ICAO Annex 10, Vol II, 5.2.1.7.2: designator and flight
# Emitter categories of ADS-B (RTCA DO-260B, 2.2.3.2.5.2); what is not here says nothing
_CATEGORIES = {
    "A1": ClaimKind.LIGHT,
    "A3": ClaimKind.AIRLINER,
    "A4": ClaimKind.AIRLINER,
    "A5": ClaimKind.AIRLINER,
    "A7": ClaimKind.HELICOPTER,
    "B1": ClaimKind.GLIDER,
    "B2": ClaimKind.BALLOON,
    "B4": ClaimKind.ULTRALIGHT,
    "B6": ClaimKind.UNMANNED,
}
# Designators of national carriers (ICAO Doc 8585) that fly mostly what their own state registers
_CARRIERS = {
    "AFR": "FR", "AUA": "AT", "BAW": "GB", "DLH": "DE", "ELY": "IL", "ETD": "AE", "FDB": "AE", "GFA": "BH",
    "IAW": "IQ", "IRA": "IR", "IRM": "IR", "KAC": "KW", "KLM": "NL", "LOT": "PL", "MEA": "LB", "MSR": "EG",
    "OMA": "OM", "PIA": "PK", "QTR": "QA", "RJA": "JO", "SVA": "SA", "SWR": "CH", "SYR": "SY", "THY": "TR",
    "UAE": "AE",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClaimMarks:
    """What the names in a claim say, apart from where it flies.

    kind           what it says it is
    address        what its address is worth
    other_state    the address belongs to another state than the operator of the callsign: a weak hint
    schedule       how its callsign stands to the schedule
    """

    kind: ClaimKind
    address: AddressStanding
    other_state: bool
    schedule: ScheduleStanding


def marks_of(claim: Claim, schedule: Schedule, t_ns: int) -> ClaimMarks:
    """The marks of a claim at a time (UTC ns)."""
    callsign = claim.callsign.strip().upper()
    is_operator = _OPERATOR.fullmatch(callsign) is not None
    listed = schedule.standing(callsign, t_ns) if callsign else ScheduleStanding.NO_SCHEDULE
    if claim.system == "remote_id":
        return ClaimMarks(ClaimKind.DRONE, AddressStanding.OTHER, False, ScheduleStanding.NO_SCHEDULE)
    kind = ClaimKind.OPERATOR if is_operator else ClaimKind.AIRCRAFT
    if is_operator and listed is ScheduleStanding.LISTED:
        kind = ClaimKind.AIRLINER
    kind = _CATEGORIES.get(claim.state.category, kind)
    address = standing_of(claim.identifier) if claim.system == "icao" else AddressStanding.OTHER
    home = _CARRIERS.get(callsign[:3], "") if is_operator else ""
    registered = state_of(claim.identifier) if claim.system == "icao" else ""
    # private and rescue flights are on nobody's schedule: only a flight number can be missing from it
    standing = listed if is_operator or listed is ScheduleStanding.LISTED else ScheduleStanding.NO_SCHEDULE
    return ClaimMarks(kind, address, bool(home and registered and home != registered), standing)
