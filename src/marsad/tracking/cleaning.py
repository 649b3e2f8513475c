"""Which rows of a scan can be used, and with what errors."""

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import twin_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]


def clean(
    values: Array,
    sigmas: Array,
    columns: Index,
    fallback: Array,
    limit: Array,
    floor: Array,
    ceiling: Array,
    polar: bool,
) -> tuple[Index, Array, Array]:
    """Usable rows (k,) of values, sigmas (m, 6), and of those the given columns (k, K).

    A plot must at least say where to look, and lie within `limit` (NaN: that number is not used).
    Errors not given are `fallback`; all are held between floor and ceiling; NaN with the value.
    """
    values, sigmas = values[:, columns].copy(), sigmas[:, columns].copy()
    values[:, np.isnan(limit)] = np.nan
    usable = ~(np.abs(values) > limit).any(1)
    if polar:
        usable &= ~(np.isnan(values[:, 0]) & np.isnan(values[:, 1]))
        usable &= ~(values[:, 0] <= 0)
    else:
        usable &= ~np.isnan(values[:, :2]).any(1)
    values, sigmas = values[usable], sigmas[usable]
    given = np.isfinite(sigmas) & (sigmas > 0)
    errors = np.clip(np.where(given, sigmas, fallback), floor, ceiling)
    return np.flatnonzero(usable), values, np.where(np.isnan(values), np.nan, errors)


@twin_of(clean)
def clean_compiled(
    values: Array,
    sigmas: Array,
    columns: Index,
    fallback: Array,
    limit: Array,
    floor: Array,
    ceiling: Array,
    polar: bool,
) -> tuple[Index, Array, Array]:
    """The twin of `clean`."""
    m, size = len(values), len(columns)
    rows = np.empty(m, np.int64)
    out_values, out_sigmas = np.empty((m, size)), np.empty((m, size))
    used = 0
    for j in range(m):
        usable = True
        for k in range(size):
            value, error = values[j, columns[k]], sigmas[j, columns[k]]
            if np.isnan(limit[k]):
                value = np.nan
            if abs(value) > limit[k]:
                usable = False
            if not (np.isfinite(error) and error > 0):
                error = fallback[k]
            out_values[used, k] = value
            out_sigmas[used, k] = np.nan if np.isnan(value) else min(max(error, floor[k]), ceiling[k])
        first, second = out_values[used, 0], out_values[used, 1]
        if polar and ((np.isnan(first) and np.isnan(second)) or first <= 0):
            usable = False
        if not polar and (np.isnan(first) or np.isnan(second)):
            usable = False
        if usable:
            rows[used] = j
            used += 1
    # copies, lest a past of mostly unusable plots keep room for them all
    return rows[:used].copy(), out_values[:used].copy(), out_sigmas[:used].copy()
