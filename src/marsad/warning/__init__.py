"""WARN: when a warning is given, grows, passes and is ended; who releases it; what became of it."""

from marsad.warning.settings import WarningSettings
from marsad.warning.teller import Teller
from marsad.warning.warner import Warner

__all__ = ["Teller", "Warner", "WarningSettings"]
