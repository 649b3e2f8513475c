"""What one assessment finds, link by link: what a track is, where it is going, how hostile that makes it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marsad.assessment.evidence import Context, Intent
from marsad.assessment.geometry import Approach
from marsad.assessment.identity import IdentityEvidence

Array = NDArray[np.float64]
_BY_HAND = (IdentityEvidence.HAND_HOSTILE, IdentityEvidence.HAND_FRIEND)
_HELD = (IdentityEvidence.AUTHENTICATED, IdentityEvidence.HAND_FRIEND)


@dataclass(frozen=True)
class Nature:
    """What tracks are.

    mix          (n,c) probability of each class
    kind         (n,) what is known of the identity: an IdentityEvidence
    identity_db  (n,) its weight, uncapped
    age_s        (n,) since the first plot
    """

    mix: Array
    kind: NDArray[np.int8]
    identity_db: Array
    age_s: Array

    @property
    def hostile_by_hand(self) -> NDArray[np.bool_]:
        """Whom a person calls hostile."""
        return np.asarray(self.kind == IdentityEvidence.HAND_HOSTILE)

    @property
    def by_hand(self) -> NDArray[np.bool_]:
        """Whom a person calls hostile or a friend: that weighs before all evidence, and without a cap."""
        return np.isin(self.kind, _BY_HAND)

    @property
    def held(self) -> NDArray[np.bool_]:
        """Who may not warn: an authenticated friend, or one by a person's word."""
        return np.isin(self.kind, _HELD)


@dataclass(frozen=True)
class Aim:
    """Where tracks are going.

    near          how they approach each zone
    margin_m      (n,) how near counts as a hit, by class
    ballistic     (n,) which fall freely
    impact_limit  (n,z) probability of impact from which a falling object warns
    whole_site    (n,) which fall where nobody can say yet
    """

    near: Approach
    margin_m: Array
    ballistic: NDArray[np.bool_]
    impact_limit: Array
    whole_site: NDArray[np.bool_]


@dataclass(frozen=True)
class Weighed:
    """How hostile tracks are: decibans of class, intent and context, and what they come to.

    intent_zone  (n,) the zone toward which the intent is strongest
    """

    class_db: Array
    intent: Intent
    intent_zone: NDArray[np.int64]
    context: Context
    weight_db: Array
    hostility: Array
