"""The hostility stage: a sum of decibans, its groups capped because their parts correlate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from marsad.assessment.classification import Classes
from marsad.assessment.identity import Identities
from marsad.assessment.intent import Intent
from marsad.assessment.reasons import clip
from marsad.model.settings import Settings

Array = NDArray[np.float64]


class Caps(Settings):
    """The least and the most that each group of evidence counts together."""

    identity_cap_db: tuple[float, float] = Field(
        (-25.0, 8.0), description="least and most that all evidence of identity counts together"
    )
    intent_cap_db: tuple[float, float] = Field(
        (-10.0, 15.0), description="the same of intent: course, closing, loitering, diving"
    )
    context_cap_db: tuple[float, float] = Field(
        (-6.0, 8.0), description="the same of context: place, company, known activity"
    )
    hostility_cap_db: tuple[float, float] = Field(
        (-40.0, 30.0), description="the same of the whole sum: no object is ever certain"
    )


@dataclass(frozen=True)
class Hostility:
    """How hostile n tracks are: decibans of the class mix, of the whole, and the probability."""

    class_db: Array
    weight_db: Array
    probability: Array


def weigh(
    classes: Classes, identity: Identities, intent: Intent, context_db: Array, prior_db: Array, caps: Caps
) -> Hostility:
    """Class, identity, intent and context together.

    context_db (n,)  uncapped; prior_db (c,) of each class
    """
    class_db, by_hand = class_decibans(classes.mix, prior_db), identity.by_hand
    own_db = identity.decibans
    weight_db = decibans(
        class_db + np.where(by_hand, own_db, 0.0),
        np.where(by_hand, 0.0, own_db),
        intent.foremost_db(),
        context_db,
        caps,
    )
    return Hostility(class_db, weight_db, hostility(weight_db))


def class_decibans(class_probability: Array, prior_db: Array) -> Array:
    """10 log10 Σ P(c) 10^(prior/10), (n,), of class mixes (n,c) and priors (c,) in decibans."""
    return np.asarray(10.0 * np.log10(np.maximum(class_probability @ 10.0 ** (prior_db / 10.0), 1e-12)))


def decibans(class_db: Array, identity_db: Array, intent_db: Array, context_db: Array, caps: Caps) -> Array:
    """W (n,): the class mix plus the capped sums of identity, intent and context, clamped."""
    total = (
        class_db
        + clip(identity_db, caps.identity_cap_db)
        + clip(intent_db, caps.intent_cap_db)
        + clip(context_db, caps.context_cap_db)
    )
    return clip(total, caps.hostility_cap_db)


def hostility(weight_db: Array) -> Array:
    """P_h = 1 / (1 + 10^(-W/10))."""
    return np.asarray(1.0 / (1.0 + 10.0 ** (-weight_db / 10.0)))
