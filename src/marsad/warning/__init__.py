"""WARN: when a warning is given, grows, passes and is cleared; CAP messages; checklist."""

from marsad.warning.settings import WarningSettings
from marsad.warning.warner import Warner

__all__ = ["Warner", "WarningSettings"]
