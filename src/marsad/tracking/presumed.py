"""The height of what a radar without heights sees: at most as high as it is far away, and most likely low.

Such a radar measures the slant range. How far the object is over ground follows only with its height; one
held to be 1.5 km high is drawn hundreds of metres too near once it is 2 km away, and by the time that it is
there the filter has made a height below the ground of it. Of objects, half fly low and half anywhere below
the ceiling (`TrackingSettings`); seen at a slant range they are lower than that. Both together are the height
that is presumed.
"""

from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from marsad.tracking.compiled import both
from marsad.tracking.motion import Axes

Array = NDArray[np.float64]


@both
def presumed(distance_m: float, low_flyer_scale_m: float, ceiling_m: float) -> tuple[float, float]:
    """Mean and one-sigma (m) of the height above the sensor of an object at that slant range.

    Half of all are exponential in height with the scale, half even up to the ceiling; of both those remain
    that are no higher than the slant range.
    """
    far = max(distance_m, 1.0)
    share = exp(-far / low_flyer_scale_m)
    low, even = 1.0 - share, min(far / ceiling_m, 1.0)
    top, scale = min(far, ceiling_m), low_flyer_scale_m
    first = scale - far * share / low
    second = 2.0 * scale**2 - (far**2 + 2.0 * scale * far) * share / low
    mean = (low * first + even * top / 2.0) / (low + even)
    square = (low * second + even * top**2 / 3.0) / (low + even)
    return mean, sqrt(max(square - mean**2, 1.0))


@both
def presume(
    mean: Array, cov: Array, values: Array, origin: Array, heights: tuple[float, float, float], axes: Axes
) -> None:
    """Put into mean (n, M, d) and cov (n, M, d, d) what is presumed of heights that are known less well.

    mean     in axes, of site ENU, as cov: place (m), then velocity (m/s)
    values   (m, 4) polar plots of the scan; only one of which no plot has an elevation presumes anything
    origin   (3,) of the sensor, site ENU, m
    heights  low_flyer_scale_m, ceiling_m, and the sigma of a height of which nothing is known
    """
    if len(axes) < 3 or len(values) == 0 or not np.isnan(values[:, 2]).all():
        return
    for i in range(len(mean)):
        for m in range(mean.shape[1]):
            variance = cov[i, m, 2, 2]
            away = mean[i, m, :3] - origin
            height, sigma = presumed(sqrt((away**2).sum() + variance), heights[0], heights[1])
            if sigma >= heights[2] or variance <= sigma**2:
                continue
            # as an observation that is as good as it must be, so that the presumed sigma is what comes of it
            gain = (variance - sigma**2) / variance
            off = height - away[2]
            column = cov[i, m, :, 2].copy()
            mean[i, m] += column * (gain / variance * off)
            cov[i, m] -= np.outer(column, column) * (gain / variance)
