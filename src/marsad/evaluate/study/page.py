"""The page of a study: one HTML file that needs no network, in English or Arabic."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape
from statistics import median

from marsad.evaluate.study.distributions import Generator
from marsad.evaluate.study.ground import ground_of
from marsad.evaluate.study.page_frame import site_name, table, whole_page
from marsad.evaluate.study.pictures import bar, lead_histogram, legend_colour, map_of
from marsad.evaluate.study.rates import Rate
from marsad.evaluate.study.results import RaidResult
from marsad.evaluate.study.summary import (
    GROUPINGS,
    HEADLINES,
    Group,
    Headline,
    Seen,
    grouped,
    missed,
    needless_by_cause,
    out_of_reach,
    seen_of,
    simulated_hours,
)
from marsad.evaluate.study.validity import Span, Statistics
from marsad.report.wording import Language, say

MISSES_LISTED_MAX = 200
_HASH_DIGITS = 16


@dataclass(frozen=True)
class PageContent:
    """What a page tells.

    harder       results of the perturbed raids, () = not run
    validity     real and simulated flights compared, None = not asked for
    """

    generator: Generator
    results: Sequence[RaidResult]
    harder: Sequence[RaidResult] = field(default=())
    validity: Statistics | None = None


class _Page:
    """A page in the making, in one language."""

    def __init__(self, content: PageContent, language: Language) -> None:
        self.content, self.language = content, language
        self.results = content.results
        self.seen, self.harder = seen_of(content.results), seen_of(content.harder)

    def say(self, key: str, **arguments: float | str) -> str:
        """A sentence of ours, safe in HTML."""
        return escape(say(f"study.{key}", self.language, **arguments))

    def html(self) -> str:
        """The whole page."""
        body = [
            self._head(),
            self._headlines(),
            self._leads(),
            self._groups(),
            self._needless(),
            self._misses(),
            self._validity(),
            self._meaning(),
        ]
        return whole_page(self.say("title"), "".join(body), self.language)

    def name(self, code: str) -> str:
        """What a drawn thing is called; a site by its name."""
        return self.say(f"name.{code}")

    def site_name(self, site: str) -> str:
        """What a site is called."""
        return site_name(ground_of(site).layout.site, self.language)

    def _section(self, key: str, *parts: str) -> str:
        how = f'<p class="how">{self.say(f"{key}.how")}</p>' if key in ("headlines", "groups") else ""
        return f"<section><h2>{self.say(key)}</h2>{how}{''.join(parts)}</section>\n"

    def _head(self) -> str:
        first, results = self.results[0], self.results
        cpu_s = sum(raid.cpu_s for raid in results)
        hours = simulated_hours(results)
        sites = self._listed(sorted({raid.site for raid in results}))
        parts = [
            self.say(
                "intro",
                raids=float(len(results)),
                sites=sites,
                hours=hours,
                attackers=float(len(self.seen)),
                seed=str(first.study_seed),
            )
        ]
        if self.harder:
            parts.append(self.say("perturbed", raids=float(len(self.content.harder))))
        parts.append(self.say("speed", times=3600 * hours / max(cpu_s, 1e-9), minutes=cpu_s / 60))
        hashes = self.say(
            "hashes",
            distributions=self.content.generator.sha256,
            generator=first.generator[:_HASH_DIGITS],
            program=first.program[:_HASH_DIGITS],
        )
        told = "".join(f"<p>{part}</p>" for part in parts)
        return f'<header><h1>{self.say("title")}</h1>{told}<p class="hashes">{hashes}</p></header>\n'

    def _listed(self, sites: Sequence[str]) -> str:
        separator = "؛ " if self.language == "ar" else "; "
        return separator.join(site_name(ground_of(site).layout.site, self.language) for site in sites)

    def _rate(self, rate: Rate) -> str:
        if not rate.count:
            return f'<span class="nobody">{self.say("none")}</span>'
        share = self.say("share", percent=100 * rate.share)
        interval = self.say("interval", low_percent=100 * rate.low, high_percent=100 * rate.high)
        of = self.say("of", successes=float(rate.successes), count=float(rate.count))
        return f"<b>{share}</b> <span>{of}</span> <small>{interval}</small>"

    def _headlines(self) -> str:
        rows = [self._headline(headline) for headline in HEADLINES]
        return self._section("headlines", f'<div class="headlines">{"".join(rows)}</div>')

    def _headline(self, headline: Headline) -> str:
        found = headline.of(self.seen)
        goal = (
            ""
            if headline.goal is None
            else f" <small>{self.say('goal', percent=100 * headline.goal)}</small>"
        )
        harder = ""
        if self.harder:
            other = headline.of(self.harder)
            harder = (
                f'<div class="harder">{bar(other, headline.goal)}'
                f"<p>{self.say('harder')}: {self._rate(other)}</p></div>"
            )
        return (
            f'<div class="headline"><h3>{self.say(f"headline.{headline.key}")}{goal}</h3>'
            f"<div>{bar(found, headline.goal)}<p>{self._rate(found)}</p></div>{harder}</div>"
        )

    def _leads(self) -> str:
        leads = [lead for _, attacker in self.seen if (lead := attacker.warn_lead_s) is not None and lead > 0]
        picture = lead_histogram(
            leads,
            len(self.seen) - len(leads),
            (say("study.leads.never", self.language), say("study.leads.axis", self.language)),
        )
        how = self.say("leads.how", median_s=median(leads) if leads else float("nan"))
        return self._section("leads", f'<p class="how">{how}</p><div class="wide">{picture}</div>')

    def _groups(self) -> str:
        return self._section("groups", *(self._group_table(key) for key in GROUPINGS))

    def _group_table(self, key: str) -> str:
        groups = grouped(self.seen, GROUPINGS[key])
        heads = (
            self.say(f"group.{key}"),
            self.say("column.by-physics"),
            self.say("column.all"),
            self.say("column.alert"),
        )
        return table(heads, [self._group_row(key, group) for group in groups])

    def _group_row(self, key: str, group: Group) -> list[str]:
        name = self.site_name(group.name) if key == "site" else self.name(group.name)
        return [
            name,
            bar(group.by_physics, None) + self._rate(group.by_physics),
            self._rate(group.plain),
            self._rate(group.alerted),
        ]

    def _needless(self) -> str:
        heads = [self.say(f"needless.{column}") for column in ("cause", "alerts", "warns", "per-hour")]
        rows = [
            [
                self.say(f"cause.{item.cause}"),
                str(item.alerts),
                str(item.warns),
                f"{item.warns_low_per_h:.2f} – {item.warns_high_per_h:.2f}",
            ]
            for item in needless_by_cause(self.results)
        ]
        how = self.say("needless.how", hours=simulated_hours(self.results))
        alarms = [raid.alarms for raid in self.results]
        switches = sum(attacker.switches for _, attacker in self.seen) / max(len(self.seen), 1)
        told = self.say(
            "per-raid",
            mean=sum(alarms) / len(alarms),
            most=float(max(alarms)),
            switches=switches,
        )
        return self._section("needless", f'<p class="how">{how}</p>', table(heads, rows), f"<p>{told}</p>")

    def _misses(self) -> str:
        found = missed(self.results)
        how = self.say("missed.how", beyond=float(out_of_reach(self.results)))
        legend = "".join(
            f'<li><i style="background:{legend_colour(kind)}"></i>{self.name(kind)}</li>'
            for kind in sorted({attacker.kind for _, attacker in found})
        )
        maps = []
        for site in sorted({raid.site for raid, _ in found}):
            here = [each for each in found if each[0].site == site]
            maps.append(map_of(ground_of(site), here, partial(self._map_caption, site, len(here))))
        heads = [
            self.say(f"missed.{column}")
            for column in ("raid", "what", "conditions", "lead", "left", "replay")
        ]
        rows = [self._miss(each) for each in found[:MISSES_LISTED_MAX]]
        cut = ""
        if len(found) > MISSES_LISTED_MAX:
            cut = self.say("missed.cut", shown=float(MISSES_LISTED_MAX), count=float(len(found)))
        return self._section(
            "missed",
            f'<p class="how">{how}</p><ul class="legend">{legend}</ul>',
            f'<div class="maps">{"".join(maps)}</div>',
            table(heads, rows) if rows else "",
            f"<p>{cut}</p>",
        )

    def _map_caption(self, site: str, count: int, ring_km: float) -> str:
        name = site_name(ground_of(site).layout.site, self.language)
        return say("study.missed.map", self.language, site=name, count=float(count), ring_km=ring_km)

    def _miss(self, seen: Seen) -> list[str]:
        raid, attacker = seen
        lead, left = attacker.warn_lead_s, attacker.allowed_s
        what = [self.name(attacker.kind), self.name(attacker.approach)]
        if attacker.lie != "none":
            what.append(self.name(attacker.lie))
        conditions = [self.site_name(raid.site), self.name(raid.suite), self.name(raid.weather)]
        if raid.fault != "none":
            conditions.append(self.name(raid.fault))
        separator = "، " if self.language == "ar" else ", "
        return [
            str(raid.number),
            separator.join(what),
            separator.join(conditions),
            self.say("leads.never") if lead is None else self.say("seconds", seconds=lead),
            "" if left is None else self.say("seconds", seconds=left),
            f'<code dir="ltr">{replay_command(raid)}</code>',
        ]

    def _validity(self) -> str:
        found = self.content.validity
        if found is None:
            return ""
        columns = ("real_drones", "simulated_drones", "real_birds", "simulated_birds")
        heads = [self.say("recordings.statistic")]
        heads += [self.say(f"recordings.{column.replace('_', '-')}") for column in columns]
        counts = [
            self.say("recordings.flight_count", count=float(found.flights[column])) for column in columns
        ]
        rows = [[self.say("recordings.flights"), *counts]]
        rows += [
            [self.say(f"statistic.{statistic}"), *(self._span(spans.get(column)) for column in columns)]
            for statistic, spans in found.spans.items()
        ]
        how = self.say("recordings.how", raids=float(found.raids))
        return self._section("recordings", f'<p class="how">{how}</p>', table(heads, rows))

    def _span(self, span: Span | None) -> str:
        if span is None:
            return ""
        return self.say("recordings.span", median=span.median, low=span.low, high=span.high)

    def _meaning(self) -> str:
        told = [self.say(f"meaning.{key}") for key in ("in-time", "physics", "zone", "interval")]
        return self._section("meaning", *(f"<p>{part}</p>" for part in told))


def study_page(content: PageContent, language: Language) -> str:
    """The page as HTML; there must be one result at least."""
    return _Page(content, language).html()


def replay_command(raid: RaidResult) -> str:
    """What runs one raid again, alone, and keeps its journal."""
    harder = " --perturbed" if raid.perturbed else ""
    return f"marsad study --raid {raid.number} --seed {raid.study_seed}{harder} -o raid-{raid.number}"
