"""Quiet days: ordinary traffic and birds at a site, hour by hour, in which nothing is to be warned of.

An hour is run as a raid without attackers. What flies in it depends on its day and on itself only, so that
hours run in any order and on any machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from marsad.evaluate.study.distributions import Distributions, Span, Strict, load_generator
from marsad.evaluate.study.draws import Draws, chosen, within
from marsad.evaluate.study.ground import Ground, ground_of
from marsad.evaluate.study.raid import Raid
from marsad.simulate.layout import checked, read
from marsad.simulate.scenario import load_scenario

HOURS_A_DAY = 24
HOUR_S = 3600.0
SHIPPED = Path(str(resources.files(__package__))) / "quiet.toml"
_SPREAD_S = 600.0  # what comes more seldom than this comes at any time, not at the beginning of an hour
_CROSSING_S = 1250.0  # how long an airliner flies over
_DAY_S = HOURS_A_DAY * HOUR_S


class DayDraw(Strict):
    """What differs from day to day."""

    first: date
    pressure_offset_m: Span
    lead_in_s: float = Field(ge=0, le=600)


class QuietFile(Strict):
    """The whole file."""

    version: Literal[1]
    scenario: dict[str, str] = Field(min_length=1)
    day: DayDraw


@dataclass(frozen=True)
class QuietFigures:
    """From what quiet days are drawn.

    raids    the distributions of raids, for sensors and weather
    traffic  site → tables of traffic of a whole day there
    sha256   of all files that it comes from
    """

    raids: Distributions
    day: DayDraw
    traffic: Mapping[str, tuple[dict[str, Any], ...]]
    sha256: str


@lru_cache(maxsize=8)
def quiet_figures(raids: Path, path: Path = SHIPPED) -> QuietFigures:
    """Read what quiet days are drawn from, with the file of raids. Raises ConfigError with every fault."""
    generator, file = load_generator(raids), checked(path, read(path), QuietFile)
    digest = sha256(generator.sha256.encode() + path.read_bytes())
    traffic = {}
    for site, name in sorted(file.scenario.items()):
        scenario = load_scenario(name)
        traffic[site] = tuple(item.model_dump(exclude_none=True) for item in scenario.file.traffic)
        digest.update(repr(traffic[site]).encode())
    return QuietFigures(generator.distributions, file.day, traffic, digest.hexdigest())


def drawn_hour(figures: QuietFigures, study_seed: int, number: int) -> Raid:
    """One hour of the quiet days of a study, counted from 1: the first day's 24, then the second's.

    Days go round the sites, so that each has as many.
    """
    day, hour = divmod(number - 1, HOURS_A_DAY)
    sites = sorted(figures.traffic)
    draws = Draws(study_seed, day + 1)
    random = draws.stream("quiet day")
    ground = ground_of(sites[day % len(sites)])
    date_ = figures.day.first + timedelta(days=int(random.integers(365)))
    midnight = datetime(date_.year, date_.month, date_.day, tzinfo=UTC)
    midnight -= timedelta(seconds=ground.layout.site.utc_offset_s)
    lead_in_s = figures.day.lead_in_s
    return Raid(
        number=number,
        study_seed=study_seed,
        site=ground.name,
        suite=chosen(figures.raids.suite, draws.held("quiet suite")),
        weather=chosen(figures.raids.weather_share, draws.held("quiet weather")),
        wind_enu_mps=(0.0, 0.0),
        fault=None,
        smallest=False,
        duration_s=lead_in_s + HOUR_S,
        attackers=(),
        harmless=(),
        traffic=_traffic(figures.traffic[ground.name], ground, int(random.integers(2)), lead_in_s + HOUR_S),
        start=midnight + timedelta(seconds=hour * HOUR_S - lead_in_s),
        lead_in_s=lead_in_s,
        pressure_offset_m=round(within(random, figures.day.pressure_offset_m), 1),
    )


def _traffic(
    tables: tuple[dict[str, Any], ...], ground: Ground, direction: int, duration_s: float
) -> tuple[dict[str, Any], ...]:
    """What flies in a part of a day as long as that, all runways used in one direction."""
    ends = {runway.runway_id: runway.ends[direction] for runway in ground.layout.runways}
    return tuple(_part(table, ends, duration_s) for table in tables)


def _part(table: dict[str, Any], ends: Mapping[str, str], duration_s: float) -> dict[str, Any]:
    part = dict(table)
    if "runway" in part:
        part["end"] = ends[part["runway"]]
    if part["pattern"] == "overflights":
        share = (duration_s + _CROSSING_S) / (_DAY_S + _CROSSING_S)
        part["count"] = max(1, round(part["count"] * share))
    elif part.get("every_s", 0.0) > _SPREAD_S:
        part["jitter_s"] = part["every_s"] / 2
    return part
