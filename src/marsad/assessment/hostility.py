"""How likely a track is hostile: a sum of decibans, groups capped because they correlate."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def class_decibans(class_probability: Array, prior_db: Array) -> Array:
    """10 log10 Σ P(c) 10^(prior/10), (n,), of class mixes (n,c) and priors (c,) in decibans."""
    return np.asarray(10.0 * np.log10(np.maximum(class_probability @ 10.0 ** (prior_db / 10.0), 1e-12)))


def decibans(
    class_db: Array,
    identity_db: Array,
    intent_db: Array,
    context_db: Array,
    caps: tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]],
) -> Array:
    """W (n,): the class mix plus the capped sums of identity, intent and context, clamped.

    caps  of identity, intent, context and of the whole, (low, high) in decibans
    """
    total = (
        class_db
        + np.clip(identity_db, *caps[0])
        + np.clip(intent_db, *caps[1])
        + np.clip(context_db, *caps[2])
    )
    return np.asarray(np.clip(total, *caps[3]))


def hostility(weight_db: Array) -> Array:
    """P_h = 1 / (1 + 10^(-W/10))."""
    return np.asarray(1.0 / (1.0 + 10.0 ** (-weight_db / 10.0)))
