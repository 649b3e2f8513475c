"""The authority card, who has the watch, and what everybody should know of them, for the wire."""

from datetime import UTC, datetime, timedelta
from typing import cast

from marsad.model.authority import CONFIRMED_DAYS, AuthorityCard, OnWatch
from marsad.model.picture import Picture
from marsad.model.site import Site
from marsad.server import wire

_NS_PER_MS = 1_000_000


def watch_to_wire(watch: OnWatch) -> wire.OnWatch:
    """Who has the watch."""
    return {
        "holder": watch.holder,
        "since_t_ms": _ms(watch.since_t_ns),
        "until_t_ms": _ms(watch.until_t_ns),
        "offered_to": watch.offered_to,
        "note": watch.note,
        "confirmed_t_ms": _ms(watch.confirmed_t_ns),
        "confirmed_by": watch.confirmed_by,
        "taken_from": watch.taken_from,
    }


def excused_to_wire(picture: Picture) -> wire.Excused | None:
    """What is not announced for a while; None once that is over."""
    until_t_ns = picture.excused.until_t_ns
    if picture.t_ns >= until_t_ns:
        return None
    return {"tracks": picture.excused.tracks, "until_t_ms": until_t_ns // _NS_PER_MS}


def card_to_wire(card: AuthorityCard) -> wire.AuthorityCard:
    """The authority card with its telephone numbers: for those alone who may see them."""
    return {
        "people": [
            {"name": one.name, "post_en": one.post_en, "post_ar": one.post_ar, "phone": one.phone}
            for one in card.people
        ],
        "duties": [
            {
                "decides": cast("wire.PermissionName", duty.decides),
                "zone_ids": list(duty.zone_ids),
                "stages": list(duty.stages),
                "people": list(duty.people),
                "deputies": list(duty.deputies),
            }
            for duty in card.duties
        ],
        "confirmed_on": card.confirmed_on,
        "confirmed_by": card.confirmed_by,
    }


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


def _ms(t_ns: int) -> int | None:
    return t_ns // _NS_PER_MS if t_ns else None
