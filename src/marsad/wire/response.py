"""What people do: the checklist, the watch, the authority card."""

from typing_extensions import TypedDict

from marsad.wire.door import PermissionName


class Duty(TypedDict):
    """One action of the checklist; due_t_ms and done_t_ms null where there is none. level 1 to 4."""

    item_id: str
    text_key: str
    owner: str
    level: int
    opened_t_ms: int
    due_t_ms: int | None
    done_t_ms: int | None
    done_by: str
    note: str


class Response(TypedDict):
    """How far the response has gone, 0 (normal) to 4 (after), and its duties, the most urgent first."""

    level: int
    duties: list[Duty]


class OnWatch(TypedDict):
    """Who has the watch, "" for nobody, and until when; confirmed_t_ms is when the card was gone through.

    taken_from: who had it before, "" for nobody.
    """

    holder: str
    since_t_ms: int | None
    until_t_ms: int | None
    offered_to: str
    note: str
    confirmed_t_ms: int | None
    confirmed_by: str
    taken_from: str


class CardPerson(TypedDict):
    """Somebody on the authority card; phone is "" where none is given."""

    name: str
    post_en: str
    post_ar: str
    phone: str


class CardDuty(TypedDict):
    """One decision: who takes it, and who stands in; zone_ids and stages are empty where it is about all."""

    decides: PermissionName
    zone_ids: list[str]
    stages: list[str]
    people: list[str]
    deputies: list[str]


class AuthorityCard(TypedDict):
    """Who decides what; confirmed_on is a day such as "2026-11-20", "" where nobody has confirmed it."""

    people: list[CardPerson]
    duties: list[CardDuty]
    confirmed_on: str
    confirmed_by: str
