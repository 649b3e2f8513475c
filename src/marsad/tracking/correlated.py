"""Reports of other trackers: filtered estimates, whose errors stay alike from one to the next.

Taken for independent plots, ten reports of one estimate would make a track look three times as sure as
the estimate is. With errors that are correlated exp(-T/τ) over T seconds, N of them are worth as much
as N independent ones of variance σ² coth(T / 2τ) (variance of the mean of a first-order
autoregressive process: Box, Jenkins, Reinsel, Time Series Analysis, 4th ed., §2.1.6), so that is
the variance each is given. The first of an object keeps its own.
"""

from dataclasses import replace

import numpy as np

from marsad.tracking.plots import Plots

NEAREST_SHARE = 1e-3  # reports closer in time than this share of τ are as good as one
FORGOTTEN = 10.0  # correlation over so many τ is nothing
OBJECTS_MAX = 5_000


def decorrelated(plots: Plots, heard: dict[str, int], decorrelation_s: float) -> tuple[Plots, dict[str, int]]:
    """The plots with errors as large as what they add is worth, and when each object was heard last.

    heard: time (ns) of the last report by the other tracker's own id of the object; plots without
    ids are taken for one object's. Never changed: a new one is returned.
    """
    objects = plots.objects or ("",) * len(plots)
    oldest_ns = plots.t_ns - int(FORGOTTEN * decorrelation_s * 1e9)
    last = np.array([heard.get(name, oldest_ns) for name in objects], np.int64)
    apart = np.abs(plots.t_ns - last) * 1e-9 / decorrelation_s
    worth = np.tanh(np.clip(apart, NEAREST_SHARE, FORGOTTEN) / 2)
    recent = {name: t_ns for name, t_ns in heard.items() if t_ns > oldest_ns}
    recent.update(dict.fromkeys(objects, plots.t_ns))
    if len(recent) > OBJECTS_MAX:
        recent = dict(sorted(recent.items(), key=lambda item: item[1])[-OBJECTS_MAX:])
    return replace(plots, sigmas=plots.sigmas / np.sqrt(worth)[:, None]), recent
