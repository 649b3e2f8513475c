"""Which standard is served by which feed: the one explicit table."""

from collections.abc import Callable
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
