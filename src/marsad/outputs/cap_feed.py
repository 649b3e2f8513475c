"""The Atom feed (RFC 4287) of CAP messages, as alert hubs poll it.

Entries are made from the messages alone, as OASIS' "Example Practices: CAP Feeds" has it: what a reader of
the feed is told is what the message says. One feed for each language.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring

from marsad.errors import EncodingError
from marsad.model.xml_text import xml_text
from marsad.warning.cap import NAMESPACE, time_of

ATOM = "http://www.w3.org/2005/Atom"
FEED_NAMES = {"en": "feed.xml", "ar": "feed.ar.xml"}
_CAP = f"{{{NAMESPACE}}}"
_OF_ALERT = ("identifier", "sender", "sent", "status", "msgType", "scope")
_OF_INFO = ("category", "event", "responseType", "urgency", "severity", "certainty", "effective", "expires")
_OF_AREA = ("areaDesc", "polygon", "circle")
_TITLES = {"ar": "إنذارات {}", "en": "Warnings of {}"}


@dataclass(frozen=True, slots=True)
class FeedHead:
    """Whose feed it is.

    key          what no other feed of the world is called
    names        of the site, by language
    address      where the folder is shown, ending in /; "" where that is not known
    utc_ns, utc_offset_s   what time it is
    """

    key: str
    names: Mapping[str, str]
    address: str
    utc_ns: Callable[[], int]
    utc_offset_s: int


def feed_of(head: FeedHead, language: str, entries: Sequence[Element]) -> bytes:
    """The feed of a language, with entries as `entry_of` makes them, newest first."""
    feed = Element("feed", {"xmlns": ATOM, "xmlns:cap": NAMESPACE, "xml:lang": language})
    _put(feed, "id", uuid5(NAMESPACE_URL, f"{head.key} {language}").urn)
    _put(feed, "title", _TITLES[language].format(head.names[language]))
    newest = entries[0].findtext("updated") if entries else None
    _put(feed, "updated", newest or time_of(head.utc_ns(), head.utc_offset_s))
    _put(SubElement(feed, "author"), "name", head.names[language])
    _put(feed, "generator", "Marsad")
    for other, name in FEED_NAMES.items():
        if other == language and head.address:
            SubElement(feed, "link", {"rel": "self", "href": head.address + name})
        elif other != language:
            SubElement(feed, "link", {"rel": "alternate", "hreflang": other, "href": head.address + name})
    feed.extend(entries)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml_text(feed).encode()


def entry_of(message: bytes, language: str, href: str) -> Element:
    """The entry of a CAP message in a feed. Raises EncodingError for what is no such message."""
    try:
        alert = fromstring(message)
        info = next(one for one in alert.iter(f"{_CAP}info") if _text(one, "language") == language)
    except (ParseError, StopIteration) as error:
        raise EncodingError(f"{href} is no CAP message in the language {language!r}") from error
    entry = Element("entry")
    identity = ",".join(_text(alert, name) for name in ("sender", "identifier", "sent"))
    _put(entry, "id", uuid5(NAMESPACE_URL, identity).urn)
    _put(entry, "title", _text(info, "headline"))
    _put(entry, "updated", _text(alert, "sent"))
    _put(SubElement(entry, "author"), "name", _text(info, "senderName"))
    for category in info.iterfind(f"{_CAP}category"):
        SubElement(entry, "category", {"term": category.text or ""})
    _put(entry, "summary", f"{_text(info, 'description')} {_text(info, 'instruction')}")
    SubElement(entry, "link", {"rel": "alternate", "type": "application/cap+xml", "href": href})
    areas = list(info.iter(f"{_CAP}area"))
    for names, owners in ((_OF_ALERT, [alert]), (_OF_INFO, [info]), (_OF_AREA, areas)):
        for owner in owners:
            for name in names:
                for one in owner.iterfind(f"{_CAP}{name}"):
                    _put(entry, f"cap:{name}", one.text or "")
    return entry


def identity_of(message: bytes) -> tuple[str, ...]:
    """Sender, identifier and time: what makes a CAP message that one. Raises EncodingError for none."""
    try:
        alert = fromstring(message)
    except ParseError as error:
        raise EncodingError(f"{message[:40]!r} is no CAP message") from error
    return tuple(_text(alert, name) for name in ("sender", "identifier", "sent"))


def _text(element: Element, name: str) -> str:
    return element.findtext(f"{_CAP}{name}", "")


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
