"""Findings for people and for programs: tables in words of the catalogue, and a tree for JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import inf, isfinite, isnan, nan
from types import MappingProxyType
from typing import Any

from marsad.evaluate.air_picture import Slice
from marsad.evaluate.calibration import Bin
from marsad.evaluate.evaluation import Findings, ObjectScore
from marsad.evaluate.measures import Measure, Target, Unit, Verdict
from marsad.model.site import Site
from marsad.report.wording import Language, catalogue, filled, number, word

# as the field writes them, in every language
SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "completeness": "C",
        "ambiguity": "A",
        "spurious": "S",
        "continuity": "LS",
        "switches": "R",
        "velocity-error": "VA",
    }
)
MARKS = ("T0", "Tdet", "Ttrk", "Tcls", "Talm", "Twrn", "Timp")
NONE = "–"
_DIGITS = {
    Unit.SHARE: 1,
    Unit.METRES: 0,
    Unit.SECONDS: 1,
    Unit.METRES_PER_SECOND: 2,
    Unit.DEGREES: 1,
    Unit.PER_HOUR: 3,
    Unit.PER_WEEK: 2,
    Unit.NUMBER: 3,
}


@dataclass(frozen=True, slots=True)
class Section:
    """One table: its title, the heads of its columns, its rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Teller:
    """Puts findings into words of a language.

    site   whose zones are called by their names; without it by their identifiers
    """

    def __init__(self, language: Language, site: Site | None = None) -> None:
        self.language = language
        zones = () if site is None else site.zones
        self._zones = {zone.zone_id: zone.name_ar if language == "ar" else zone.name_en for zone in zones}

    def preface(self, findings: Findings) -> list[str]:
        """Sentences to stand before the tables."""
        counts = findings.counts
        return [
            self._say("title", system=findings.system),
            self._say("scored", time_s=findings.scored_s, number=float(findings.looks)),
            self._say(
                "counts",
                objects=float(counts["J"]),
                tracked=float(counts["JT"]),
                tracks=float(counts["N"]),
                on=float(counts["NA"]),
            ),
            self._say("interval"),
            self._say("profile"),
        ]

    def notes(self, findings: Findings) -> list[str]:
        """What a reader must know."""
        return [word(reason, self.language) for reason in findings.notes]

    def sections(self, findings: Findings) -> Iterator[Section]:
        """The tables that have rows."""
        every = (
            self._figures(findings),
            self._objects(findings),
            self._leads(findings),
            self._slices("classes", "class", [(self._class(item.name), item) for item in findings.by_class]),
            self._slices("bands", "band", [(item.name, item) for item in findings.by_band]),
            self._confusion(findings),
            self._bins("class-bins", findings.class_bins),
            self._bins("hostility-bins", findings.hostility_bins),
            self._needless(findings),
        )
        return (section for section in every if section.rows)

    # ---------------------------------------------------------------- tables

    def _figures(self, findings: Findings) -> Section:
        heads = ("group", "figure", "value", "interval", "count")
        rows = []
        for item in findings.measures:
            symbol = SYMBOLS.get(item.key)
            title = self._say(f"measure.{item.key}") + (f" ({symbol})" if symbol else "")
            interval = "" if isnan(item.low) else self._between(item.unit, item.low, item.high)
            target = item.target
            rows.append(
                (
                    self._say(f"group.{item.group.value}"),
                    title,
                    self._value(item.unit, item.value),
                    interval,
                    str(item.count),
                    "" if target is None else self._bounds(item.unit, target.low, target.high),
                    "" if target is None else self._stretch(item.unit, target),
                    self._verdict(item),
                )
            )
        columns = (*self._heads(*heads), "T", "O", *self._heads("verdict"))
        return Section(self._say("heading.figures"), columns, tuple(rows))

    def _objects(self, findings: Findings) -> Section:
        rows = tuple(self._object(item) for item in findings.objects)
        heads = (
            *self._heads("object", "class", "hostile"),
            *MARKS,
            "LS",
            *self._heads("numbers", "shown-as"),
        )
        return Section(self._say("heading.objects"), heads, rows)

    def _object(self, item: ObjectScore) -> tuple[str, ...]:
        subject, marks, followed = item.subject, item.milestones, item.followed
        times = (
            marks.covered_t_s,
            marks.detected_t_s,
            marks.tracked_t_s,
            marks.classified_t_s,
            marks.alarmed_t_s,
            marks.warned_t_s,
            marks.arrival_t_s,
        )
        longest = nan if followed is None or not followed.life_s else followed.longest_s / followed.life_s
        return (
            subject.name,
            self._class(subject.class_name),
            self._say("yes") if subject.hostile else "",
            *(self._number(value, 1) for value in times),
            self._value(Unit.SHARE, longest),
            "" if followed is None else str(followed.numbers),
            NONE if item.shown_as is None else self._class(item.shown_as),
        )

    def _leads(self, findings: Findings) -> Section:
        rows = tuple(
            (
                item.subject.name,
                self._zones.get(lead.zone_id, lead.zone_id),
                self._number(lead.warned_t_s, 1),
                self._number(lead.arrival_t_s, 1),
                self._number(lead.arrival_t_s - lead.warned_t_s, 1),
                self._number(lead.usable_s, 1),
            )
            for item in findings.objects
            if item.subject.wanted
            for lead in item.leads
        )
        heads = (*self._heads("object", "zone"), "Twrn", "Timp", *self._heads("lead", "usable"))
        return Section(self._say("heading.leads"), heads, rows)

    def _slices(self, heading: str, name: str, slices: list[tuple[str, Slice]]) -> Section:
        rows = tuple(
            (
                title,
                str(item.objects),
                self._value(Unit.SHARE, item.siap.completeness),
                self._number(item.siap.ambiguity, 2),
                self._value(Unit.SHARE, item.siap.spurious),
                self._value(Unit.SHARE, item.siap.continuity),
                self._number(item.accuracy.r95_m, 1),
                self._number(item.siap.velocity_error_mps, 2),
                self._number(item.nees, 2),
            )
            for title, item in slices
        )
        heads = (
            *self._heads(name, "objects"),
            "C",
            "A",
            "S",
            "LS",
            *self._heads("r95", "velocity"),
            "NEES",
        )
        return Section(self._say(f"heading.{heading}"), heads, rows)

    def _confusion(self, findings: Findings) -> Section:
        matrix = findings.confusion
        heads = (*self._heads("true-class"), *(self._class(name) for name in matrix.shown_classes))
        rows = tuple(
            (self._class(name), *(str(count) for count in counts))
            for name, counts in zip(matrix.true_classes, matrix.counts, strict=True)
        )
        return Section(self._say("heading.confusion"), heads, rows)

    def _bins(self, heading: str, bins: tuple[Bin, ...]) -> Section:
        rows = tuple(
            (
                self._between(Unit.SHARE, item.low, item.high),
                str(item.count),
                self._value(Unit.SHARE, item.confidence),
                self._value(Unit.SHARE, item.share),
            )
            for item in bins
        )
        return Section(
            self._say(f"heading.{heading}"), self._heads("bin", "count", "confidence", "share"), rows
        )

    def _needless(self, findings: Findings) -> Section:
        rows = tuple(
            (
                self._number(item.alarm.t_s, 1),
                self._say(f"stage.{int(item.alarm.stage)}"),
                self._zones.get(item.alarm.zone_id, item.alarm.zone_id),
                item.cause or self._say("nothing"),
            )
            for item in findings.needless
        )
        return Section(self._say("heading.needless"), self._heads("time", "stage", "zone", "cause"), rows)

    # ---------------------------------------------------------------- words and numbers

    def _say(self, key: str, **arguments: float | str) -> str:
        return filled(f"evaluate.{key}", self.language, arguments)

    def _heads(self, *names: str) -> tuple[str, ...]:
        return tuple(self._say(f"column.{name}") for name in names)

    def _class(self, name: str) -> str:
        key = f"evaluate.class.{name}"
        return self._say(f"class.{name}") if key in catalogue(self.language) else name

    def _number(self, value: float, digits: int) -> str:
        return number(value, f".{digits}f", self.language) if isfinite(value) else NONE

    def _value(self, unit: Unit, value: float) -> str:
        if not isfinite(value):
            return NONE
        shown = 100 * value if unit is Unit.SHARE else value
        return self._say(f"unit.{unit.value}", value=self._number(shown, _DIGITS[unit]))

    def _between(self, unit: Unit, low: float, high: float) -> str:
        return self._say("between", low=self._value(unit, low), high=self._value(unit, high))

    def _bounds(self, unit: Unit, low: float, high: float) -> str:
        if low == -inf:
            return self._say("at-most", value=self._value(unit, high))
        if high == inf:
            return self._say("at-least", value=self._value(unit, low))
        return self._between(unit, low, high)

    def _stretch(self, unit: Unit, target: Target) -> str:
        low, high = target.stretch_low, target.stretch_high
        if low is None and high is None:
            return ""
        return self._bounds(unit, -inf if low is None else low, inf if high is None else high)

    def _verdict(self, item: Measure) -> str:
        if item.verdict is Verdict.NONE:
            return ""
        if item.verdict is Verdict.MISSED:
            return self._say("verdict.missed")
        reached = "O" if item.verdict is Verdict.STRETCH else "T"
        if isnan(item.low):
            return reached
        return self._say("verdict.shown" if item.is_shown else "verdict.open", verdict=reached)


def tree_of(findings: Findings) -> dict[str, Any]:
    """Findings as JSON takes them: what is not known is null, notes and figures with their English words."""
    tree = asdict(findings)
    tree["notes"] = [
        {"code": reason.code, "arguments": dict(reason.arguments), "text": word(reason, "en")}
        for reason in findings.notes
    ]
    tree["measures"] = [_measure_tree(item) for item in findings.measures]
    return dict(_plain(tree))


def _measure_tree(item: Measure) -> dict[str, Any]:
    return {
        "group": item.group.value,
        "key": item.key,
        "title": filled(f"evaluate.measure.{item.key}", "en", {}),
        "value": item.value,
        "unit": item.unit.value,
        "count": item.count,
        "low": item.low,
        "high": item.high,
        "target": None if item.target is None else asdict(item.target),
        "verdict": item.verdict.value or None,
        "shown": item.is_shown,
    }


def _plain(value: Any) -> Any:
    """Numbers of no value become null, sets and tuples lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
