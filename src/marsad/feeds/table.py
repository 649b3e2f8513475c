"""Which standard is served by which feed: the one explicit table."""

from collections.abc import Callable, Iterable
from typing import Any

from marsad.feeds.feed import Feed
from marsad.feeds.sapient.feed import SapientFeed
from marsad.feeds.sbs_feed import SbsFeed
from marsad.feeds.settings import FeedSettings
from marsad.geo.local import LocalFrame

FEEDS: dict[str, Callable[[Any, LocalFrame], Feed]] = {
    "sapient": SapientFeed,
    "sbs": SbsFeed,
}


def open_feed(settings: FeedSettings, frame: LocalFrame) -> Feed:
    """The feed of some settings, at the site whose ENU frame is given."""
    return FEEDS[settings.standard](settings, frame)


def open_feeds(settings: Iterable[FeedSettings], frame: LocalFrame) -> dict[str, Feed]:
    """All feeds of a site by name; those whose nodes have identifiers of the same kind know of each other."""
    feeds = {item.name: open_feed(item, frame) for item in settings}
    sapient = [feed for feed in feeds.values() if isinstance(feed, SapientFeed)]
    for feed in sapient:
        feed.stand_beside(sapient)
    return feeds
