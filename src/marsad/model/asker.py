"""Who wants to speak to a site and may not: nodes that ask to join, are refused, or claim to be another."""

from dataclasses import dataclass
from enum import StrEnum

from marsad.model.sensor import SensorKind


class Asking(StrEnum):
    """What stands between a node and the site."""

    ASKS = "asks"  # it is on no list; an operator admits or refuses it
    REFUSED = "refused"  # an operator has refused it
    CLAIMS = "claims"  # another connection speaks for that node and lives


@dataclass(frozen=True, slots=True)
class Asker:
    """One node that may not speak.

    name, kind   in its own words
    address      where it speaks from, "" = not known
    first_t_ns, last_t_ns   receive times of its first and last word
    reports      refused so far
    """

    feed: str
    node_id: str
    name: str
    kind: SensorKind
    address: str
    asking: Asking
    first_t_ns: int
    last_t_ns: int
    reports: int = 0
    by: str = ""
