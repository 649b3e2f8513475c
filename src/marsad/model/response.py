"""The response of the people at a site: what they have to do now, and what of it is done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Duty:
    """One action of one role on the checklist.

    item_id      which one of the list
    text_key     its sentence in the catalogues
    owner        the role whose it is
    level        of the response that it belongs to, 1 (suspected) to 4 (after)
    opened_t_ns  when it became due to be done
    due_t_ns     by when; 0 where there is no hurry
    done_t_ns    when a person said that it is done; 0 before
    """

    item_id: str
    text_key: str
    owner: str
    level: int
    opened_t_ns: int
    due_t_ns: int
    done_t_ns: int = 0
    done_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """How far the response has gone, and its duties, the most urgent first.

    level   0 normal, 1 suspected, 2 confirmed, 3 attack, 4 after
    """

    level: int = 0
    duties: tuple[Duty, ...] = ()
