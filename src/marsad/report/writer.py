"""The hand that writes one report in one language: words, times, names as its site has them."""

from collections.abc import Sequence
from datetime import datetime
from math import isfinite

from marsad.model.incident import Incident, IncidentWarning
from marsad.model.site import Site
from marsad.report.account import Account, account_of
from marsad.report.facts import called, hour_is_known, place_names
from marsad.report.wording import Language, Style, comma, digits, document_style, isolated, say
from marsad.report.wording.dates import clock, local_time, short_date


class Writer:
    """One report in one language; knows the record, never the clock."""

    def __init__(self, incident: Incident, site: Site, language: Language) -> None:
        self.incident = incident
        self.account: Account = account_of(incident, site)
        self.site = site
        self.style: Style = document_style(site, language)
        self.places = place_names(site, self.style)
        self.comma = comma(language)
        self.semicolon = "؛ " if language == "ar" else "; "

    def say(self, key: str, **arguments: float | str) -> str:
        """A sentence of the catalogue."""
        return say(key, self.style, **arguments)

    def local(self, t_ns: int) -> datetime:
        """The local time of the site."""
        return local_time(t_ns, self.site.utc_offset_s)

    def time(self, t_ns: int, *, utc: bool = False) -> str:
        """A time for a table; with its date where that is not the date of the opening."""
        at = local_time(t_ns, 0 if utc else self.site.utc_offset_s)
        opened = local_time(self.incident.opened_t_ns, 0 if utc else self.site.utc_offset_s)
        if not hour_is_known(self.incident):
            return short_date(at, self.style)
        shown = clock(at, self.style)
        return shown if at.date() == opened.date() else f"{short_date(at, self.style)} {shown}"

    def day_and_time(self, t_ns: int) -> str:
        """A local time with its date."""
        at = self.local(t_ns)
        return f"{short_date(at, self.style)} {clock(at, self.style)}"

    def lead(self, warning: IncidentWarning) -> str:
        """The lead time of a warning of the account, as every time left: one number looks one way."""
        if not isfinite(warning.lead_s):
            return self.say("value.unknown")
        return self.say("duration.left", seconds=warning.lead_s)

    def zone(self, zone_id: str) -> str:
        """What people call a zone."""
        return isolated(self.places.get(zone_id, zone_id), self.style)

    def name(self, text: str) -> str:
        """What people call somebody or a sensor; a dash for nobody."""
        return called(text, self.site, self.style) if text else "—"

    def tracks(self, track_ids: Sequence[int]) -> str:
        """Numbers of tracks; they are numbers, so they have the digits of the document."""
        return self.comma.join(digits(str(track_id), self.style) for track_id in track_ids) or "—"
