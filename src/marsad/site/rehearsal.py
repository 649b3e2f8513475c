"""Other settings, tried before they are in force: what they would end, they do not get."""

import pickle

from marsad.model.frame import CONFIGURATION, TICK, Frame
from marsad.site.fold import SiteFold

_SECOND_NS = 10**9


def rehearsed(fold: SiteFold, configuration: bytes) -> str:
    """Why a site with these settings would end, "" where it goes on; the fold itself takes no notice.

    Numbers may each be good, and no number for what they are put together to: a copy of the site takes the
    settings and lives two seconds with them.
    """
    try:
        copy: SiteFold = pickle.loads(pickle.dumps(fold))
        copy.fold(Frame(CONFIGURATION, copy.t_ns, configuration))
        for _ in range(2):
            copy.fold(Frame(TICK, copy.t_ns + _SECOND_NS))
            copy.picture()
        pickle.dumps(copy)
    except Exception as error:  # whatever it is, the running site is not to meet it
        return f"with these settings the site would end ({type(error).__name__}: {error})"
    return ""
