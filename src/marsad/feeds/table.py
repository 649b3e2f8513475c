"""Which standard is served by which feed: the one explicit table."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marsad.feeds.feed import Feed
from marsad.feeds.sapient.feed import SapientFeed
from marsad.feeds.sbs_feed import SbsFeed
from marsad.feeds.settings import FeedSettings
from marsad.geo.local import LocalFrame

FEED_TYPES: dict[str, type[SapientFeed] | type[SbsFeed]] = {
    "sapient": SapientFeed,
    "sbs": SbsFeed,
}
FEEDS: dict[str, Callable[[Any, LocalFrame], Feed]] = dict(FEED_TYPES)


def open_feed(settings: FeedSettings, frame: LocalFrame) -> Feed:
    """The feed of some settings, at the site whose ENU frame is given."""
    return FEEDS[settings.standard](settings, frame)


def open_feeds(
    settings: Iterable[FeedSettings], frame: LocalFrame, running: Mapping[str, Feed] | None = None
) -> dict[str, Feed]:
    """All feeds of a site by name; those whose nodes have identifiers of the same kind know of each other.

    running  feeds that are open already: one of the same name and standard goes on, and has yet to adopt
             its settings
    """
    feeds: dict[str, Feed] = {}
    for item in settings:
        known = (running or {}).get(item.name)
        goes_on = known is not None and isinstance(known, FEED_TYPES[item.standard])
        feeds[item.name] = known if goes_on and known is not None else open_feed(item, frame)
    sapient = [feed for feed in feeds.values() if isinstance(feed, SapientFeed)]
    for feed in sapient:
        feed.stand_beside(sapient)
    return feeds
