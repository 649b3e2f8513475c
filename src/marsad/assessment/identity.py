"""The identity stage: who a track says it is, what that is worth, and the identity shown to people."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from pydantic import Field

from marsad.assessment.claims import Standing
from marsad.assessment.classification import Classes
from marsad.assessment.columns import Flags, Floats, Small, Times, column
from marsad.assessment.intake import Heard
from marsad.assessment.reasons import Part, Telling, capped
from marsad.assessment.testimony import Testimony
from marsad.model.settings import Settings
from marsad.model.threat import Identity, Level
from marsad.model.threat_table import IDENTITIES

_TAKES_OFF_MPS = 15.0  # an own drone that takes off; whatever comes from elsewhere is mostly faster
_CREWED_FITS = -4.0  # log-belief above which a flight still looks like a crewed aircraft


class IdentityWeights(Settings):
    """Decibans of what is known of an identity."""

    authenticated_db: float = Field(-25.0, description="a friend whose claim was authenticated")
    adsb_consistent_db: float = Field(-15.0, description="an ADS-B claim that the sensors confirm")
    friend_listed_db: float = Field(
        default=-15.0, ge=-15.0, le=0.0, description="listed but not authenticated: never beyond ADS-B"
    )
    adsb_only_db: float = Field(
        default=-8.0, ge=-15.0, le=0.0, description="claim fits a crewed aircraft, no sensor confirms it yet"
    )
    remote_id_db: float = Field(-2.0, description="a Remote ID claim: whoever means harm seldom sends one")
    friend_silent_db: float = Field(
        default=-12.0,
        ge=-15.0,
        le=0.0,
        description="was a friend until its claim fell silent, the same track",
    )
    no_identity_db: float = Field(3.0, description="nothing claimed, though a receiver would have heard it")
    claim_disagrees_db: float = Field(6.0, description="a claim that the sensors contradict")
    unlawful_interference_db: float = Field(6.0, description="its transponder code 7500 says it is hijacked")
    by_hand_db: float = Field(default=30.0, description="a person calls it hostile, or with minus a friend")


class PendingLimits(Settings):
    """How long a track is pending."""

    friend_silent_s: float = Field(
        default=300.0, ge=0.0, description="so long what was a friend and fell silent counts as such"
    )
    friend_known_s: float = Field(
        default=20.0, ge=0.0, description="so long it must have been one before it fell silent"
    )
    pending_for_s: float = Field(default=5.0, description="a track younger than this is pending")


class IdentityEvidence(IntEnum):
    """What is known of a track's identity; exactly one at a time, a row of the table of kinds."""

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
    OWNER_CONFIRMED = 12
    FRIEND_SILENT = 13
    CLAIM_REFUTED = 14


_BY_HAND = np.isin(list(IdentityEvidence), (IdentityEvidence.HAND_HOSTILE, IdentityEvidence.HAND_FRIEND))
_HELD = np.isin(
    list(IdentityEvidence),
    (IdentityEvidence.AUTHENTICATED, IdentityEvidence.HAND_FRIEND, IdentityEvidence.OWNER_CONFIRMED),
)
_KNOWN = np.isin(
    list(IdentityEvidence),
    (IdentityEvidence.FRIEND_LISTED, IdentityEvidence.AUTHENTICATED, IdentityEvidence.OWNER_CONFIRMED),
)
_UNVOUCHED = np.isin(
    list(IdentityEvidence),
    (
        IdentityEvidence.NONE,
        IdentityEvidence.NO_IDENTITY,
        IdentityEvidence.CLAIMED,
        IdentityEvidence.CLAIM_REFUTED,
        IdentityEvidence.CLAIM_DISAGREES,
    ),
)
# what rests on the claimed place alone: worth less while satellite navigation is disturbed
_UNCONFIRMED = np.isin(list(IdentityEvidence), (IdentityEvidence.CLAIMED, IdentityEvidence.ADSB_ONLY))
_HAND = {
    Identity.HOSTILE: IdentityEvidence.HAND_HOSTILE,
    Identity.SUSPECT: IdentityEvidence.HAND_SUSPECT,
    Identity.NEUTRAL: IdentityEvidence.HAND_NEUTRAL,
    Identity.ASSUMED_FRIEND: IdentityEvidence.HAND_NEUTRAL,
    Identity.FRIEND: IdentityEvidence.HAND_FRIEND,
}
IDENTITY_CODES: dict[IdentityEvidence, str] = {
    IdentityEvidence.NO_IDENTITY: "identity.none",
    IdentityEvidence.CLAIMED: "identity.claimed",
    IdentityEvidence.ADSB_ONLY: "identity.unconfirmed",
    IdentityEvidence.ADSB_CONSISTENT: "identity.consistent",
    IdentityEvidence.FRIEND_LISTED: "identity.listed",
    IdentityEvidence.AUTHENTICATED: "identity.authenticated",
    IdentityEvidence.FRIEND_SILENT: "identity.friend_silent",
    IdentityEvidence.CLAIM_DISAGREES: "identity.disagrees",
    IdentityEvidence.CLAIM_REFUTED: "identity.refuted",
    IdentityEvidence.HAND_HOSTILE: "identity.by_hand_hostile",
    IdentityEvidence.HAND_SUSPECT: "identity.by_hand_suspect",
    IdentityEvidence.HAND_NEUTRAL: "identity.by_hand_neutral",
    IdentityEvidence.HAND_FRIEND: "identity.by_hand_friend",
    IdentityEvidence.OWNER_CONFIRMED: "identity.owner_confirmed",
}


def evidence_decibans(weights: IdentityWeights) -> Floats:
    """Decibans of each IdentityEvidence."""
    worth = {
        IdentityEvidence.NONE: 0.0,
        IdentityEvidence.NO_IDENTITY: weights.no_identity_db,
        IdentityEvidence.CLAIMED: weights.remote_id_db,
        IdentityEvidence.ADSB_ONLY: weights.adsb_only_db,
        IdentityEvidence.ADSB_CONSISTENT: weights.adsb_consistent_db,
        IdentityEvidence.FRIEND_LISTED: weights.friend_listed_db,
        IdentityEvidence.AUTHENTICATED: weights.authenticated_db,
        IdentityEvidence.CLAIM_DISAGREES: weights.claim_disagrees_db,
        IdentityEvidence.CLAIM_REFUTED: 0.0,  # what refutes it weighs
        IdentityEvidence.HAND_HOSTILE: weights.by_hand_db,
        IdentityEvidence.HAND_SUSPECT: weights.claim_disagrees_db,
        IdentityEvidence.HAND_NEUTRAL: weights.adsb_consistent_db,
        IdentityEvidence.HAND_FRIEND: -weights.by_hand_db,
        IdentityEvidence.OWNER_CONFIRMED: weights.authenticated_db,
        IdentityEvidence.FRIEND_SILENT: weights.friend_silent_db,
    }
    return np.array([worth[kind] for kind in IdentityEvidence])


@dataclass(frozen=True)
class IdentityWorth:
    """Decibans of each IdentityEvidence, and of a call for help against unlawful interference."""

    kind_db: Floats
    hijack_db: float

    @staticmethod
    def of(weights: IdentityWeights) -> "IdentityWorth":
        """By the weights of the settings."""
        return IdentityWorth(evidence_decibans(weights), weights.unlawful_interference_db)


@dataclass
class IdentityState:
    """What a person decided, and when a track was a friend by its own word.

    decided  index into IDENTITIES, -1 = nothing
    friend_since_t_ns, friend_t_ns  first and last time; by its label alone only if it took off here
    aircraft  flew as the aircraft it said it was, and nothing has been heard or seen of it since
    from_here  was first seen over a protected zone and slow, as what takes off there
    """

    decided: Small = column(np.int8, blank=-1)
    friend_since_t_ns: Times = column(np.int64)
    friend_t_ns: Times = column(np.int64)
    aircraft: Flags = column(np.bool_)
    from_here: Flags = column(np.bool_)

    def decide(self, row: int, identity: Identity) -> None:
        """A person decides who the track in that row is. PENDING or UNKNOWN gives the decision back."""
        back = identity in (Identity.PENDING, Identity.UNKNOWN)
        self.decided[row] = -1 if back else IDENTITIES.index(identity)

    def first_seen(self, young: Flags, over_zone: Flags, speed_mps: Floats) -> None:
        """Take in which tracks (n,) are new, which are over a protected zone now, and how fast they are."""
        self.from_here = np.where(young, over_zone & (speed_mps <= _TAKES_OFF_MPS), self.from_here)


@dataclass(frozen=True)
class Identities:
    """What is known of the identity of n tracks.

    kind        (n,) an IdentityEvidence
    decided     (n,) as in the state
    kind_db     (n,) what the kind is worth
    eased_db    (n,) what of that a disturbed satellite navigation takes back
    hijack_db   (n,) what a call for help against unlawful interference weighs
    testimony   what speaks for and against what they say of themselves
    offset_m    (n,) how far claim and plot were apart when they were compared last
    says_aircraft  (n,) calls itself a crewed aircraft, whether that can be or not
    declared    (n,) sends the identifier of a declared flight, and flies as declared
    was_aircraft   (n,) flew as the aircraft it said it was; now nothing hears or sees it, as after a landing
    proven      (n,) was for a while, and of late, a friend by more than its label
    placed      (n,) flies a flight declared for a place: more than a label
    from_here   (n,) was first seen over a protected zone and slow: it took off here
    """

    kind: Small
    decided: Small
    kind_db: Floats
    eased_db: Floats
    hijack_db: Floats
    testimony: Testimony
    offset_m: Floats
    says_aircraft: Flags
    declared: Flags
    was_aircraft: Flags
    proven: Flags
    placed: Flags
    from_here: Flags

    @cached_property
    def decibans(self) -> Floats:
        """(n,) the weight of all of it, uncapped."""
        return np.asarray(self.kind_db + self.eased_db + self.hijack_db + self.testimony.decibans)

    @property
    def aircraft(self) -> Flags:
        """Who calls itself an aircraft, and whom no list, no declared flight and no person clears."""
        known = _KNOWN[self.kind] | self.declared
        return np.asarray(self.says_aircraft & ~known & (self.decided < 0))

    @property
    def listed(self) -> Flags:
        """Who is a friend by its label alone, and not by a person's word."""
        return np.asarray((self.kind == IdentityEvidence.FRIEND_LISTED) & (self.decided < 0))

    @property
    def labelled(self) -> Flags:
        """For whom nothing but an open label of the list speaks: anybody can send it."""
        open_label = (self.kind == IdentityEvidence.FRIEND_LISTED) | (self.kind == IdentityEvidence.ADSB_ONLY)
        known = self.placed | (self.proven & ~self.from_here)
        return np.asarray(open_label & ~known & (self.decided < 0))

    @property
    def unvouched(self) -> Flags:
        """For whom nothing speaks: silent, or of a name that no list, no declared flight and no person knows.

        What was an aircraft or a friend on this track before, or took off here, is not among them.
        """
        spoken_for = self.was_aircraft | self.proven | self.from_here | self.declared
        return np.asarray(_UNVOUCHED[self.kind] & ~spoken_for & (self.decided < 0))

    @property
    def untrue(self) -> Flags:
        """Whose word is not taken for true: by itself, or because sensors see it elsewhere."""
        return np.asarray(self.testimony.doubted | (self.kind == IdentityEvidence.CLAIM_DISAGREES))

    @property
    def hostile_by_hand(self) -> Flags:
        """Whom a person calls hostile."""
        return np.asarray(self.kind == IdentityEvidence.HAND_HOSTILE)

    @property
    def by_hand(self) -> Flags:
        """Whom a person calls hostile or a friend: that weighs before all evidence, and without a cap."""
        return np.asarray(_BY_HAND[self.kind])

    @property
    def held(self) -> Flags:
        """Who may not warn: an authenticated friend, or one by a person's word or that of its owner."""
        return np.asarray(_HELD[self.kind])

    def cooperative(self, limit_db: float) -> Flags:
        """Who says who it is, and is taken for it."""
        return np.asarray((self.kind_db + self.eased_db <= limit_db) & ~self.testimony.doubted)

    def reasons(self, cap_db: tuple[float, float]) -> list[Telling]:
        """What is known of the identity, and what the cap of the group takes away."""
        parts: list[Telling] = []
        for kind in np.flatnonzero(np.bincount(self.kind)).tolist():
            if kind != IdentityEvidence.NONE:
                mine = self.kind == kind
                apart = (("offset_m", self.offset_m),) if kind == IdentityEvidence.CLAIM_DISAGREES else ()
                told = mine if kind == IdentityEvidence.CLAIM_REFUTED else None
                own = np.where(mine, self.kind_db, 0.0)
                parts.append(Part(IDENTITY_CODES[IdentityEvidence(kind)], own, apart, told))
        worth = np.full(len(self.kind), 100.0 * self.testimony.belief)
        parts.append(Part("identity.navigation_disturbed", self.eased_db, (("worth_percent", worth),)))
        parts.append(Part("identity.unlawful_interference", self.hijack_db))
        parts += self.testimony.told()
        parts.append(capped("cap.identity", np.where(self.by_hand, 0.0, self.decibans), cap_db))
        return parts


@dataclass(frozen=True)
class Words:
    """What n tracks say of themselves: how it stands, what speaks for and against it, how far it is off.

    offset_m  (n,) how far claim and plot were apart when they were compared last
    """

    claims: Standing
    testimony: Testimony
    offset_m: Floats


class IdentityJudge:
    """Owns the weights of identities and how long a friend that fell silent counts as one."""

    def __init__(self, weights: IdentityWeights, limits: PendingLimits) -> None:
        self._worth = IdentityWorth.of(weights)
        self._limits = limits

    def identities(
        self,
        state: IdentityState,
        t_ns: int,
        heard: Heard,
        words: Words,
        classes: Classes,
    ) -> Identities:
        """What is known of every track's identity."""
        claims, testimony, worth = words.claims, words.testimony, self._worth
        kind = evidence(claims, classes.crewed_log, heard.adsb | heard.remote_id, state.decided)
        # whatever it was before, off its plan it is no friend that fell silent
        state.friend_since_t_ns = np.where(claims.off_plan, 0, state.friend_since_t_ns)
        state.friend_t_ns = np.where(claims.off_plan, 0, state.friend_t_ns)
        proven = self._remember_friends(state, kind, claims.placed | state.from_here, t_ns)
        was_aircraft = state.aircraft & ~claims.fresh & ~heard.sensed
        state.aircraft = _says_aircraft(kind) | was_aircraft
        kind_db, undecided = worth.kind_db[kind], state.decided < 0
        return Identities(
            kind,
            state.decided,
            kind_db,
            np.where(_UNCONFIRMED[kind], -kind_db * (1.0 - testimony.belief), 0.0),
            np.where(claims.hijacked & undecided, worth.hijack_db, 0.0),
            testimony,
            words.offset_m,
            claims.adsb,
            claims.declared,
            was_aircraft,
            proven,
            claims.placed,
            state.from_here,
        )

    def _remember_friends(self, state: IdentityState, kind: Small, known: Flags, t_ns: int) -> Flags:
        """What was a friend for a while and fell silent is, on the same track, a silent friend.

        By its label alone only one that took off here: whoever borrowed it could be silent from then on.

        known  (n,) flies a declared flight, or took off here
        """
        listed = (kind == IdentityEvidence.FRIEND_LISTED) & known
        friend = np.asarray(listed | (kind == IdentityEvidence.AUTHENTICATED))
        if not friend.any() and not state.friend_t_ns.any():
            return friend
        first = np.where(state.friend_since_t_ns == 0, t_ns, state.friend_since_t_ns)
        state.friend_since_t_ns = np.where(friend, first, state.friend_since_t_ns)
        state.friend_t_ns = np.where(friend, t_ns, state.friend_t_ns)
        long = state.friend_t_ns - state.friend_since_t_ns >= int(self._limits.friend_known_s * 1e9)
        recent = (state.friend_t_ns > 0) & (
            t_ns - state.friend_t_ns <= int(self._limits.friend_silent_s * 1e9)
        )
        silent = (kind == IdentityEvidence.NO_IDENTITY) | (kind == IdentityEvidence.NONE)
        np.copyto(kind, np.int8(IdentityEvidence.FRIEND_SILENT), where=long & recent & silent)
        return np.asarray(long & recent)


def evidence(standing: Standing, crewed_log: Floats, unidentified: Flags, decided: Small) -> Small:
    """The IdentityEvidence (n,) of every track.

    crewed_log    kinematic log-belief of the crewed class: does the flight fit an aircraft
    unidentified  old enough, within reach of a living receiver
    decided       index into IDENTITIES of what a person decided, -1 none
    """
    found = np.zeros(len(decided), np.int8)
    fits = crewed_log > _CREWED_FITS
    hand = _HAND.items() if (decided >= 0).any() else ()
    # a later line outweighs an earlier one
    for holds, kind in (
        (unidentified & ~standing.fresh, IdentityEvidence.NO_IDENTITY),
        (standing.fresh, IdentityEvidence.CLAIMED),
        (standing.listed | (standing.adsb & fits), IdentityEvidence.ADSB_ONLY),
        (standing.adsb & standing.agrees, IdentityEvidence.ADSB_CONSISTENT),
        (standing.listed & standing.agrees, IdentityEvidence.FRIEND_LISTED),
        (standing.authentic, IdentityEvidence.AUTHENTICATED),
        (standing.vouched, IdentityEvidence.OWNER_CONFIRMED),
        (standing.refuted, IdentityEvidence.CLAIM_REFUTED),
        (standing.disagrees, IdentityEvidence.CLAIM_DISAGREES),
        *((decided == IDENTITIES.index(name), kind) for name, kind in hand),
    ):
        np.copyto(found, np.int8(kind), where=holds)
    return found


def _says_aircraft(kind: Small) -> Flags:
    """Who says he is an aircraft, and flies as one."""
    return np.asarray((kind == IdentityEvidence.ADSB_CONSISTENT) | (kind == IdentityEvidence.ADSB_ONLY))


def shown(found: Identities, level: Small, weight_db: Floats, age_s: Floats, limits: PendingLimits) -> Small:
    """Index into IDENTITIES (n,). HOSTILE and FRIEND-by-hand come from a person only.

    Whoever people are to look at is nobody's cleared aircraft, and whom they take cover from is suspect,
    whatever he says of himself.

    level, weight_db  (n,) of the track's highest level and its decibans
    """
    kind, told = found.kind, np.full(len(age_s), IDENTITIES.index(Identity.UNKNOWN), np.int8)
    neutral = _says_aircraft(kind) & (level < Level.ALERT) | found.was_aircraft & (level == Level.INFO)
    # a later line outweighs an earlier one
    for holds, identity in (
        (age_s < limits.pending_for_s, Identity.PENDING),
        (neutral & ~found.testimony.doubted, Identity.NEUTRAL),
        (found.declared | (kind == IdentityEvidence.FRIEND_LISTED), Identity.ASSUMED_FRIEND),
        ((weight_db >= 0) & (level >= Level.ALERT) | (level >= Level.WARN), Identity.SUSPECT),
        (
            (kind == IdentityEvidence.AUTHENTICATED) | (kind == IdentityEvidence.OWNER_CONFIRMED),
            Identity.FRIEND,
        ),
    ):
        np.copyto(told, np.int8(IDENTITIES.index(identity)), where=holds)
    return np.where(found.decided >= 0, found.decided, told)
