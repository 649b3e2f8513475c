"""New settings in a site that runs: what cannot be changed, what has, which part of the fold takes what.

A part of the fold that holds settings has one method `adopt`, by which it takes new ones and keeps all that
it has learned; its constructor sets the same things by the same lines. `TAKES` names each such part,
`HOLDS_NONE` the others: a part that stands in neither fails a test.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marsad.model.reason import Reason
from marsad.model.site import Site
from marsad.site.settings import SiteSettings
from marsad.site.toml_tree import toml_tree

_KEYS_TOLD_MAX = 6
_NAMED_BY = ("id", "name", "of", "label", "runway_id", "corridor_id", "area_id")


@dataclass(frozen=True, slots=True)
class Adoption:
    """What the parts of the fold take new settings from.

    settings, site   the new ones; the site in the frame that the picture has already
    is_supervised    whether they name a supervisor
    utc_offset_ns    UTC minus site time now
    """

    t_ns: int
    settings: SiteSettings
    site: Site
    is_supervised: bool
    utc_offset_ns: int


Taken = Callable[[Any, Adoption], None]
TAKES: Mapping[str, Taken] = {
    "_doubles": lambda part, new: part.adopt(new.settings.assessment.limits),
    "_hearing": lambda part, new: part.adopt(int(new.settings.tracking.rewind_s * 1e9)),
    "_scans": lambda part, new: part.adopt(new.settings.scan),
    "_tracker": lambda part, new: part.adopt(new.settings.tracking),
    "_follower": lambda part, new: part.adopt(
        new.settings.tracking, new.settings.assessment.belief.ballistic_model
    ),
    "_laggards": lambda part, new: part.adopt(new.settings.tracking),
    "_late": lambda part, new: part.adopt(new.settings.scan.replayed_per_s_max),
    "_trail": lambda part, new: part.adopt(new.settings.tracking, new.settings.trail),
    "_assessor": lambda part, new: part.adopt(new.site, new.settings.assessment),
    "_break_ups": lambda part, new: part.adopt(new.settings.assessment.ballistic),
    "_warner": lambda part, new: part.adopt(new.site, new.settings.warning),
    "_teller": lambda part, new: part.adopt(
        *(new.t_ns, new.site, new.settings.warning, new.settings.output, new.settings.release),
        new.settings.drill,
        is_supervised=new.is_supervised,
    ),
    "_responder": lambda part, new: part.adopt(new.settings.checklist.items()),
    "_watchkeeper": lambda part, new: part.adopt(new.settings.authority.watch_hours),
    "_flights": lambda part, new: part.adopt(new.site, new.utc_offset_ns),
    "_incidents": lambda part, new: part.adopt(new.site, new.settings.register_),
}
"""Part of the fold → how it takes new settings, in the order in which they do."""

BY_THE_FOLD = frozenset(
    {"configuration", "settings", "site", "_feeds", "_guarded", "_sensors", "_health", "_is_supervised"}
    | {"_coast_ns", "_idle_ns", "_after_look_ns", "_after_claims_ns"}
)
"""What the fold itself sets anew: it is made of settings, or of several parts."""

HOLDS_NONE = frozenset(
    {"t_ns", "frames", "cycles", "counters", "_frame", "_copies", "_whereabouts", "_falls", "_shedding"}
    | {"_judge", "_steps", "_vigil", "_time", "_digest", "_sensors_of", "_claims", "_timer_t_ns", "_table"}
    | {"_cycle_t_ns", "_wait_ns", "_assessments", "_changed_by", "_change_told", "_ground", "_under_ground"}
    | {"_security", "_crowds", "_done"}
)
"""What holds no settings; `_frame` is the origin of the picture, which stays."""


def unchangeable(before: SiteSettings, after: SiteSettings, *, is_quiet: bool) -> Iterator[Reason]:
    """What of new settings a running site cannot take: each with its ``key``, why, and what to do.

    is_quiet   whether no alarm stands and no incident is open
    """
    there, here = before.site, after.site
    if here.id != there.id:
        yield _unchangeable("site", "site.id", there=there.id, here=here.id)
    height = "height_m" if here.height_above_sea_m is None else "height_above_sea_m"
    was, is_ = (
        (place.latitude_deg, place.longitude_deg, place.ellipsoidal_height_m) for place in (there, here)
    )
    names = ("latitude_deg", "longitude_deg", height)
    moved = next((name for name, one, other in zip(names, was, is_, strict=True) if one != other), "")
    if moved:
        enu = before.local_frame().enu_from_geodetic(*is_)
        yield _unchangeable("moved", f"site.{moved}", apart_m=float((enu**2).sum() ** 0.5))
    for name in ("dimensions", "models"):
        if getattr(before.tracking, name) != getattr(after.tracking, name):
            yield _unchangeable("tracks", f"tracking.{name}")
    if not is_quiet:
        for key, old, new in (
            ("site.mode", there.mode, here.mode),
            ("warning.live_warning", before.warning.live_warning, after.warning.live_warning),
        ):
            if old != new:
                yield _unchangeable("alarms", key)


def setting_of(reason: Reason) -> str:
    """The setting that a reason of `unchangeable` is about."""
    return str(dict(reason.arguments)["key"])


def _unchangeable(why: str, key: str, **arguments: float | str) -> Reason:
    return Reason(f"settings.unchangeable.{why}", (("key", key), *arguments.items()))


def changed_keys(before: bytes, after: bytes) -> tuple[str, ...]:
    """The settings that differ between two TOML texts, by their names: ``site.zone.north.value``."""
    one, other = (toml_tree(data.decode(), "settings") for data in (before, after))
    return tuple(_changed(one, other, ""))


def keys_told(keys: Sequence[str]) -> str:
    """So many of them as one reads, and how many more there are."""
    more = len(keys) - _KEYS_TOLD_MAX
    return ", ".join(keys[:_KEYS_TOLD_MAX]) + (f" (+{more})" if more > 0 else "")


def _changed(before: Any, after: Any, key: str) -> Iterator[str]:
    if before == after:
        return
    one, other = _named(before), _named(after)
    if one is None or other is None:
        yield key
        return
    for name in dict.fromkeys((*one, *other)):
        place = f"{key}.{name}" if key else name
        if name not in one or name not in other:
            yield place
        else:
            yield from _changed(one[name], other[name], place)


def _named(value: Any) -> dict[str, Any] | None:
    """A table as it is, a list of tables by what names each; None for what is neither."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    found: dict[str, Any] = {}
    for number, item in enumerate(value, 1):
        name = next((str(item[key]) for key in _NAMED_BY if key in item), str(number))
        found[name if name not in found else f"{name} ({number})"] = item
    return found
