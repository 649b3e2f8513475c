"""WARN: when a warning is given, grows, passes and is ended; who releases it; what people do on it."""

from marsad.warning.responder import Responder
from marsad.warning.settings import WarningSettings
from marsad.warning.teller import Teller
from marsad.warning.warner import Warner
from marsad.warning.watchkeeper import Watchkeeper

__all__ = ["Responder", "Teller", "Warner", "WarningSettings", "Watchkeeper"]
