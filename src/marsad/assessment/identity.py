"""Who a track says it is, what that is worth, and the standard identity shown to people."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.hearing import ADSB, REMOTE_ID
from marsad.assessment.memory import Memory
from marsad.assessment.settings import EvidenceLimits, EvidenceWeights
from marsad.model.threat import Identity, Level

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
IDENTITIES = tuple(Identity)
_CREWED_FITS = -4.0  # log-belief above which a flight still looks like a crewed aircraft


class IdentityEvidence(IntEnum):
    """What is known of a track's identity; exactly one at a time, the code of its reason."""

    NONE = 0
    NO_IDENTITY = 1
    CLAIMED = 2
    ADSB_ONLY = 3
    ADSB_CONSISTENT = 4
    FRIEND_LISTED = 5
    AUTHENTICATED = 6
    CLAIM_DISAGREES = 7
    HAND_HOSTILE = 8
    HAND_SUSPECT = 9
    HAND_NEUTRAL = 10
    HAND_FRIEND = 11


def evidence_decibans(weights: EvidenceWeights) -> Array:
    """Decibans of each IdentityEvidence."""
    return np.array(
        [
            0.0,
            weights.no_identity_db,
            weights.remote_id_db,
            weights.adsb_only_db,
            weights.adsb_consistent_db,
            weights.friend_listed_db,
            weights.authenticated_db,
            weights.claim_disagrees_db,
            weights.by_hand_db,
            weights.claim_disagrees_db,
            weights.adsb_consistent_db,
            -weights.by_hand_db,
        ]
    )


@dataclass(frozen=True)
class Claims:
    """The standing of every track's claim, flags (n,)."""

    fresh: Flags
    adsb: Flags
    remote_id: Flags
    agrees: Flags
    disagrees: Flags
    authentic: Flags
    listed: Flags


def _within(t_ns: int, then: NDArray[np.int64], seconds: float) -> Flags:
    return np.asarray((then > 0) & (t_ns - then <= int(seconds * 1e9)))


def claims(memory: Memory, t_ns: int, limits: EvidenceLimits) -> Claims:
    """The standing of claims at a time."""
    fresh = _within(t_ns, memory.times("claim_t_ns"), limits.claim_fresh_s)
    agrees_t, disagrees_t = memory.times("agrees_t_ns"), memory.times("disagrees_t_ns")
    disagrees = fresh & _within(t_ns, disagrees_t, limits.claim_fresh_s) & (disagrees_t >= agrees_t)
    system = memory.small("claim_system")
    return Claims(
        fresh,
        fresh & (system == ADSB),
        fresh & (system == REMOTE_ID),
        fresh & ~disagrees & _within(t_ns, agrees_t, limits.claim_fresh_s),
        disagrees,
        ~disagrees & _within(t_ns, memory.times("authentic_t_ns"), limits.authenticated_fresh_s),
        ~disagrees & _within(t_ns, memory.times("listed_t_ns"), limits.claim_fresh_s),
    )


def evidence(
    standing: Claims, crewed_log: Array, unidentified: Flags, decided: NDArray[np.int8]
) -> NDArray[np.int8]:
    """The IdentityEvidence (n,) of every track.

    crewed_log    kinematic log-belief of the crewed class: does the flight fit an aircraft
    unidentified  old enough, within reach of a living receiver
    decided       index into IDENTITIES of what a person decided, -1 none
    """
    found = np.where(unidentified & ~standing.fresh, IdentityEvidence.NO_IDENTITY, IdentityEvidence.NONE)
    fits = crewed_log > _CREWED_FITS
    hand = [
        (Identity.HOSTILE, IdentityEvidence.HAND_HOSTILE),
        (Identity.SUSPECT, IdentityEvidence.HAND_SUSPECT),
        (Identity.NEUTRAL, IdentityEvidence.HAND_NEUTRAL),
        (Identity.ASSUMED_FRIEND, IdentityEvidence.HAND_NEUTRAL),
        (Identity.FRIEND, IdentityEvidence.HAND_FRIEND),
    ]
    for holds, kind in (
        (standing.fresh, IdentityEvidence.CLAIMED),
        (standing.listed | (standing.adsb & fits), IdentityEvidence.ADSB_ONLY),
        (standing.adsb & standing.agrees, IdentityEvidence.ADSB_CONSISTENT),
        (standing.listed & standing.agrees, IdentityEvidence.FRIEND_LISTED),
        (standing.authentic, IdentityEvidence.AUTHENTICATED),
        (standing.disagrees, IdentityEvidence.CLAIM_DISAGREES),
        *((decided == IDENTITIES.index(name), kind) for name, kind in hand),
    ):
        found = np.where(holds, kind, found)
    return found.astype(np.int8)


def identities(
    found: NDArray[np.int8],
    decided: NDArray[np.int8],
    level: NDArray[np.int8],
    weight_db: Array,
    age_s: Array,
    pending_for_s: float,
) -> NDArray[np.int8]:
    """Index into IDENTITIES (n,). HOSTILE and FRIEND-by-hand come from a person only."""
    index = IDENTITIES.index
    shown = np.where(age_s < pending_for_s, index(Identity.PENDING), index(Identity.UNKNOWN))
    neutral = (found == IdentityEvidence.ADSB_CONSISTENT) | (found == IdentityEvidence.ADSB_ONLY)
    shown = np.where(neutral, index(Identity.NEUTRAL), shown)
    shown = np.where(found == IdentityEvidence.FRIEND_LISTED, index(Identity.ASSUMED_FRIEND), shown)
    shown = np.where((weight_db >= 0) & (level >= Level.ALERT), index(Identity.SUSPECT), shown)
    shown = np.where(found == IdentityEvidence.AUTHENTICATED, index(Identity.FRIEND), shown)
    return np.where(decided >= 0, decided, shown).astype(np.int8)
