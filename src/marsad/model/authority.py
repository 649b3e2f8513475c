"""Who decides at a site, who stands in for them, and who has the watch."""

from dataclasses import dataclass

from marsad.model.role import Permission

CONFIRMED_DAYS = 90  # a card that nobody went through for longer is old


@dataclass(frozen=True, slots=True)
class CardPerson:
    """Somebody on the authority card.

    name    as in the record; who signs in, by that name
    phone   "" for none; on the card alone, in no log
    """

    name: str
    post_en: str
    post_ar: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class CardDuty:
    """One decision on the authority card: who takes it, and who where they cannot.

    decides   what is decided, as the table of roles calls it
    zone_ids  those that it is about, "" for what concerns every zone; () for all
    stages    those that it is about, such as "WARN"; () for all
    people    names of those on the card, in the order in which they are asked
    """

    decides: Permission
    zone_ids: tuple[str, ...]
    stages: tuple[str, ...]
    people: tuple[str, ...]
    deputies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorityCard:
    """Who decides what at a site.

    confirmed_on   the day on which somebody last went through it, such as "2026-11-20"; "" for never
    """

    people: tuple[CardPerson, ...] = ()
    duties: tuple[CardDuty, ...] = ()
    confirmed_on: str = ""
    confirmed_by: str = ""

    def __bool__(self) -> bool:
        return bool(self.people or self.duties)

    def deputies(self, decides: Permission, zone_id: str, stage: str) -> tuple[str, ...]:
        """Who stands in for a decision about a zone and stage: as the first duty says that fits."""
        for duty in self.duties:
            fits = duty.decides is decides and (not duty.zone_ids or zone_id in duty.zone_ids)
            if fits and (not duty.stages or stage in duty.stages):
                return duty.deputies
        return ()


@dataclass(frozen=True, slots=True)
class OnWatch:
    """Who has the watch, and when the card was gone through last.

    holder           "" while nobody has it
    since_t_ns       when it was taken; 0 while nobody has it
    until_t_ns       then it ends by itself, if nobody takes it anew; 0 while nobody has it
    offered_to       to whom it is offered, who has not taken it yet; "" for nobody
    note             what goes with the offer
    taken_from       who had it before, and has it again if it is handed back; "" for nobody
    confirmed_t_ns   when somebody said at the console that the card is right; 0 for never
    """

    holder: str = ""
    since_t_ns: int = 0
    until_t_ns: int = 0
    offered_to: str = ""
    note: str = ""
    confirmed_t_ns: int = 0
    confirmed_by: str = ""
    taken_from: str = ""
