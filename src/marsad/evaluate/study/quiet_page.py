"""The page of quiet days: what sounded needlessly, how often in a week, and by which rule."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from marsad.evaluate import intervals
from marsad.evaluate.study.ground import ground_of
from marsad.evaluate.study.page_frame import site_name, table, whole_page
from marsad.evaluate.study.quiet import HOUR_S, HOURS_A_DAY
from marsad.evaluate.study.rates import rate
from marsad.evaluate.study.results import RaidResult
from marsad.report.wording import Language, say

STAGES = ("ALERT", "WARN")
_WEEK_S = 7 * HOURS_A_DAY * HOUR_S
_HASH_DIGITS = 16


class _QuietPage:
    """A page in the making, in one language."""

    def __init__(self, hours: Sequence[RaidResult], of: int, language: Language) -> None:
        self.hours, self.of, self.language = hours, of, language

    def say(self, key: str, **arguments: float | str) -> str:
        """A sentence of ours, safe in HTML."""
        return escape(say(f"study.{key}", self.language, **arguments))

    def html(self) -> str:
        """The whole page."""
        body = self._head() + self._sites() + self._causes() + self._flown()
        return whole_page(self.say("quiet.title"), body, self.language)

    def _head(self) -> str:
        first, cpu_s = self.hours[0], sum(hour.cpu_s for hour in self.hours)
        seconds = sum(hour.duration_s for hour in self.hours)
        told = [
            self.say(
                "quiet.intro",
                hours=seconds / HOUR_S,
                of=float(self.of),
                days=seconds / HOUR_S / HOURS_A_DAY,
                seed=str(first.study_seed),
            ),
            self.say("speed", times=seconds / max(cpu_s, 1e-9), minutes=cpu_s / 60),
        ]
        hashes = self.say(
            "quiet.hashes", generator=first.generator[:_HASH_DIGITS], program=first.program[:_HASH_DIGITS]
        )
        lines = "".join(f"<p>{line}</p>" for line in told)
        return f'<header><h1>{self.say("quiet.title")}</h1>{lines}<p class="hashes">{hashes}</p></header>\n'

    def _sites(self) -> str:
        columns = ("site", "days", "alerts", "alerts-week", "warns", "warns-week", "silent")
        heads = [self.say(f"quiet.{column}") for column in columns]
        sites = sorted({hour.site for hour in self.hours})
        rows = [self._site(self._site_name(site), self._at(site)) for site in sites]
        rows.append(self._site(self.say("cause.all"), self.hours))
        return self._section("quiet.sites", "quiet.sites.how", table(heads, rows))

    def _site(self, name: str, hours: Sequence[RaidResult]) -> list[str]:
        seconds = sum(hour.duration_s for hour in hours)
        cells = [name, self.say("quiet.number", number=seconds / HOUR_S / HOURS_A_DAY)]
        for stage in STAGES:
            count = sum(item.stage == stage for hour in hours for item in hour.needless)
            cells += [str(count), self._per_week(count, seconds)]
        silent = rate(not hour.needless for hour in hours)
        share = self.say("share", percent=100 * silent.share)
        interval = self.say("interval", low_percent=100 * silent.low, high_percent=100 * silent.high)
        return [*cells, f"{share} <small>{interval}</small>"]

    def _causes(self) -> str:
        columns = ("cause", "rule", "alerts", "warns", "warns-week")
        heads = [self.say(f"quiet.{column}") for column in columns]
        seconds = sum(hour.duration_s for hour in self.hours)
        counts: dict[tuple[str, str], Counter[str]] = {}
        for item in (item for hour in self.hours for item in hour.needless):
            counts.setdefault((item.cause, item.rule), Counter())[item.stage] += 1
        ordered = sorted(counts.items(), key=lambda each: (-each[1]["WARN"], -each[1]["ALERT"], each[0]))
        rows = [
            [
                self.say(f"cause.{cause}"),
                self.say(rule or "rule.none"),
                *(str(found[stage]) for stage in STAGES),
                self._per_week(found["WARN"], seconds),
            ]
            for (cause, rule), found in ordered
        ]
        content = table(heads, rows) if rows else f"<p>{self.say('quiet.nothing')}</p>"
        return self._section("needless", "quiet.causes.how", content)

    def _flown(self) -> str:
        sites = sorted({hour.site for hour in self.hours})
        flown = {site: Counter[str]() for site in sites}
        for hour in self.hours:
            flown[hour.site].update(hour.flown)
        kinds = sorted(set().union(*flown.values()), key=lambda kind: self.say(f"cause.{kind}"))
        heads = [self.say("quiet.kind"), *(self._site_name(site) for site in sites)]
        rows = [
            [
                self.say(f"cause.{kind}"),
                *(self.say("quiet.number", number=flown[site][kind] / self._days(site)) for site in sites),
            ]
            for kind in kinds
        ]
        return self._section("quiet.flown", "quiet.flown.how", table(heads, rows))

    def _days(self, site: str) -> float:
        return sum(hour.duration_s for hour in self._at(site)) / HOUR_S / HOURS_A_DAY

    def _at(self, site: str) -> list[RaidResult]:
        return [hour for hour in self.hours if hour.site == site]

    def _site_name(self, site: str) -> str:
        return escape(site_name(ground_of(site).layout.site, self.language))

    def _per_week(self, count: int, seconds: float) -> str:
        found = intervals.rate(count, seconds / _WEEK_S)
        value = self.say("quiet.number", number=found.value)
        between = self.say("quiet.between", low=found.low, high=found.high)
        return f"{value} <small>{between}</small>"

    def _section(self, key: str, how: str, content: str) -> str:
        return f'<section><h2>{self.say(key)}</h2><p class="how">{self.say(how)}</p>{content}</section>\n'


def quiet_page(hours: Sequence[RaidResult], of: int, language: Language) -> str:
    """The page of quiet days as HTML; there must be one hour at least.

    of   how many hours there are to be in all
    """
    return _QuietPage(hours, of, language).html()
