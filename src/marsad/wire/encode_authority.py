"""The authority card, who has the watch, and what everybody should know of them, for the wire."""

from datetime import UTC, datetime, timedelta

from marsad import wire
from marsad.model.authority import CONFIRMED_DAYS, AuthorityCard, OnWatch
from marsad.model.picture import Picture
from marsad.model.site import Site
from marsad.wire.rows import row_of


def watch_to_wire(watch: OnWatch) -> wire.OnWatch:
    """Who has the watch."""
    return row_of(watch, wire.OnWatch)


def excused_to_wire(picture: Picture) -> wire.Excused | None:
    """What is not announced for a while; None once that is over."""
    until_t_ns = picture.excused.until_t_ns
    if picture.t_ns >= until_t_ns:
        return None
    return row_of(picture.excused, wire.Excused)


def card_to_wire(card: AuthorityCard) -> wire.AuthorityCard:
    """The authority card with its telephone numbers: for those alone who may see them."""
    return row_of(
        card,
        wire.AuthorityCard,
        people=[row_of(one, wire.CardPerson) for one in card.people],
        duties=[row_of(one, wire.CardDuty) for one in card.duties],
    )


def authority_notices(site: Site, picture: Picture) -> list[str]:
    """Codes of what everybody should know: nobody has the watch, or the card is old. Times are UTC.

    Of a site without a card nobody has said that it works by watches, so nothing is said of it.
    """
    card, watch = site.authority, picture.watch
    if not card:
        return []
    found = [] if watch.holder else ["watch-nobody"]
    confirmed = _day(watch.confirmed_t_ns, site) if watch.confirmed_t_ns else ""
    newest = max(confirmed, card.confirmed_on)  # days as they are written are in order
    oldest = _day(picture.t_ns - int(timedelta(CONFIRMED_DAYS).total_seconds() * 1e9), site)
    if not newest:
        found.append("card-never-confirmed")
    elif newest < oldest:
        found.append("card-old")
    return found


def _day(t_ns: int, site: Site) -> str:
    """The day at the site."""
    return datetime.fromtimestamp(t_ns // 10**9 + site.utc_offset_s, UTC).date().isoformat()
