"""The mail of an announcement: plain text that a mail program keeps together with what was said before."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from marsad.model.announcement import AnnouncementKind, DrillAnnouncement, LiveAnnouncement
from marsad.model.site import Site
from marsad.outputs.time_left import arrives_t_ns, as_of
from marsad.report.wording import Language, say
from marsad.warning.cap import identifier_of
from marsad.warning.sentences import sentences

_NS = 1_000_000_000
_CLOCK = "%H:%M:%S"
_POLICY = SMTP.clone(cte_type="7bit")  # no server need be asked whether it takes more
_CALM = (AnnouncementKind.UPDATE, AnnouncementKind.TEST)
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def mail_of(
    announcement: LiveAnnouncement | DrillAnnouncement,
    site: Site,
    sender: str,
    language: str,
    wording: Mapping[str, Mapping[str, str]],
    now_ns: int,
) -> EmailMessage:
    """The mail of an announcement in Arabic ("ar"), English ("en") or both, Arabic first ("both").

    Its Message-ID is the same whenever it is sent again; who gets it stands on the envelope alone.
    now_ns   when it is sent, UTC: the time left is that of then
    """
    languages: tuple[Language, ...] = ("ar", "en")
    if language != "both":
        languages = tuple(one for one in languages if one == language)
    now = as_of(announcement, now_ns)
    said = {one: sentences(now, site, wording[one], one) for one in languages}
    local = timezone(timedelta(seconds=site.utc_offset_s))
    made = datetime.fromtimestamp(announcement.made_t_ns // _NS, local)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = "undisclosed-recipients:;"
    mail["Subject"] = " | ".join(one.headline for one in said.values())
    mail["Date"] = format_datetime(made)
    mail["Message-ID"] = message_id(announcement.announcement_id, announcement.made_t_ns, sender, language)
    earlier = [
        message_id(one.announcement_id, one.made_t_ns, sender, language) for one in announcement.earlier
    ]
    if earlier:
        mail["In-Reply-To"] = earlier[-1]
        mail["References"] = " ".join(earlier)
    mail["Auto-Submitted"] = "auto-generated"
    if announcement.kind not in _CALM:
        mail["Importance"], mail["X-Priority"] = "high", "1"
    stamp = made.strftime("%Y-%m-%d %H:%M:%S %z")
    clocks = _clocks(announcement, now_ns, local)
    parts = []
    for one, words in said.items():
        first = [words.headline, words.instruction, words.description]
        if clocks is not None:
            first.append(say("mail.arrival", one, **clocks))
        names = {"ar": site.name_ar, "en": site.name_en}
        last = say("mail.end", one, site=names[one], time=stamp, id=announcement.announcement_id)
        parts.append("\n\n".join((*first, last)))
    mail.set_content("\n\n————\n\n".join(parts) + "\n", charset="utf-8")
    return mail


def _clocks(
    announcement: LiveAnnouncement | DrillAnnouncement, now_ns: int, local: timezone
) -> dict[str, str] | None:
    """When it is sent, and when what it warns of is expected, by the clock: true however late it is read."""
    then_ns = arrives_t_ns(announcement)
    if then_ns is None:
        return None
    times = {"now": now_ns, "then": then_ns}
    return {name: datetime.fromtimestamp(t_ns // _NS, local).strftime(_CLOCK) for name, t_ns in times.items()}


def message_id(announcement_id: str, made_t_ns: int, sender: str, language: str) -> str:
    """The Message-ID of an announcement; another one that is called the same has another.

    By the minute in which it was made: UTC may have been put right a little when it is sent again.
    """
    name = identifier_of(announcement_id)
    safe = "".join(one if one in _SAFE else f".{ord(one):x}." for one in name)
    return f"<{safe}.{made_t_ns // 60_000_000_000}.{language}@{sender.rpartition('@')[2]}>"
