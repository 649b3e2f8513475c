"""Who may speak on the feeds of a station that starts: what its settings and its journals say."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marsad.errors import LinkError, MarsadError
from marsad.feeds.settings import FeedSettings, SapientSettings
from marsad.links.address import Address
from marsad.links.limits import Limits
from marsad.links.peers import mutual_tls
from marsad.model.action import AdmitNode, ListNodes, RefuseNode
from marsad.model.peer import is_loopback
from marsad.site.doors import SETTINGS
from marsad.site.recorder import replay
from marsad.site.settings import SiteSettings
from marsad.station.terminal import Terminal, say

if TYPE_CHECKING:
    import ssl

    from marsad.station.record import Record

BY = SETTINGS
NODES_PER_ACTION_MAX = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that a feed begins with, or what an operator has decided of one node.

    action      puts the nodes on it
    is_upgrade  whether everybody could speak on the feed until now
    """

    action: ListNodes | AdmitNode | RefuseNode
    is_upgrade: bool


@dataclass(frozen=True, slots=True)
class _Before:
    """Who could speak on a feed at the end of the journal before."""

    is_listed: bool = True
    node_ids: tuple[str, ...] = ()
    bound: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def limits_of(feed: FeedSettings, *, is_rehearsal: bool) -> Limits:
    """What a listening feed allows; a rehearsal speaks when its script says so."""
    if not isinstance(feed, SapientSettings):
        return Limits()
    return Limits(
        strangers_max=feed.links_max,
        bytes_per_s_max=feed.link_bytes_per_s_max,
        greeting_max_s=math.inf if is_rehearsal else feed.greeting_max_s,
    )


def tls_of(feed: FeedSettings) -> "ssl.SSLContext | None":
    """TLS of a certified feed, None for others. Raises LinkError if its files cannot be used."""
    if not isinstance(feed, SapientSettings) or feed.access != "certified":
        return None
    files = (feed.tls_certificate, feed.tls_key, feed.tls_authorities)
    certificate, key, authorities = (file or "" for file in files)
    try:
        return mutual_tls(certificate, key, authorities)
    except LinkError as error:
        raise LinkError(f"feed {feed.name}: {error}") from error


def listings(
    record: "Record", settings: SiteSettings, listening: Mapping[str, Address], rehearsed: Collection[str]
) -> list[Listing]:
    """The lists with which the feeds begin that have none in the journal yet.

    A feed off loopback without `access` is listed; on its list is, beside the nodes of the settings,
    whoever has registered in the journal so far. Where a journal begins anew, whoever was admitted in the
    one before it is admitted in this one, from where it was; and who was refused is refused.
    """
    found: list[Listing] = []
    guarded = record.recorder.fold.guarded()
    earlier: dict[str, _Before] | None = None
    for feed in settings.feed:
        if not isinstance(feed, SapientSettings) or feed.name not in listening or feed.name in rehearsed:
            continue
        by_default = feed.access is None and not is_loopback(listening[feed.name][0])
        here = guarded[feed.name]
        if not (by_default or feed.access == "listed") or (here.is_listed and record.before is None):
            continue
        node_ids, was_open, before = here.node_ids(), record.before is None, _Before()
        if record.before is not None:
            if earlier is None:
                earlier = _earlier(record)
            before = earlier.get(feed.name, before)
            was_open = not before.is_listed
            node_ids = before.node_ids if before.is_listed or by_default else ()
        if by_default or node_ids:
            found += _listed(feed.name, node_ids, is_upgrade=was_open and by_default)
        found += [Listing(AdmitNode(BY, feed.name, *one), is_upgrade=False) for one in before.bound]
        found += [Listing(RefuseNode(BY, feed.name, *one), is_upgrade=False) for one in before.refused]
    return found


def tell_listed(terminal: Terminal, listing: Listing) -> None:
    """Say who may speak on a feed, where everybody could until now."""
    if listing.is_upgrade and isinstance(listing.action, ListNodes):
        count = float(len(listing.action.node_ids))
        feed = listing.action.feed
        say(terminal, "station.feed.listed", feed=feed, sensor_count=count, setting="access")


def _earlier(record: "Record") -> dict[str, _Before]:
    """Feed → who could speak on it at the end of the journal before."""
    assert record.before is not None, "there is a journal before this one"
    try:
        fold = replay(record.before, from_snapshot=True).fold
    except (MarsadError, OSError):
        return {}
    return {
        name: _Before(feed.is_listed, feed.node_ids(), feed.bound(), feed.refused())
        for name, feed in fold.guarded().items()
    }


def _listed(feed: str, node_ids: tuple[str, ...], *, is_upgrade: bool) -> list[Listing]:
    parts = [
        node_ids[start : start + NODES_PER_ACTION_MAX]
        for start in range(0, max(len(node_ids), 1), NODES_PER_ACTION_MAX)
    ]
    return [Listing(ListNodes(BY, feed, part), is_upgrade) for part in parts]
