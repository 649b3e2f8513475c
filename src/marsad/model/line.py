"""A line for the timeline of an incident, as whatever part of the site has something to tell makes it."""

from dataclasses import dataclass

from marsad.model.reason import Reason


@dataclass(frozen=True, slots=True)
class Line:
    """What is worth a line, if an incident is open.

    by   who is its cause, "" for nobody
    """

    what: Reason
    by: str = ""
