"""What the coils of a relay should be: by the words of the fold, and by the time."""

from collections.abc import Sequence
from dataclasses import dataclass

from marsad.model.announcement import DrillSwitch, LiveSwitch
from marsad.outputs.settings import CoilSettings

Key = tuple[bool, str, str]  # whether it is a drill, zone, stage


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a coil should be, and by which announcement.

    is_on   None: nobody here has said anything of it, and it is left as it is
    """

    coil: CoilSettings
    is_on: bool | None
    announcement_id: str = ""


class Levels:
    """Which coils are to be on, until when. Times are the event loop's.

    A coil is touched for one reason alone: a word of the fold was about it. It is let go of once it has
    been read to be off after that.
    """

    def __init__(self, coils: Sequence[CoilSettings]) -> None:
        self._coils = coils
        self._until_s: dict[Key, float] = {}
        self._about: dict[int, str] = {}  # coil → the newest announcement about it

    def take(
        self, word: LiveSwitch | DrillSwitch, announcement_id: str, until_s: float
    ) -> list[CoilSettings]:
        """A word of the fold; returns the coils that it is about."""
        key = (isinstance(word, DrillSwitch), word.zone_id, word.stage.name)
        if word.is_on:
            self._until_s[key] = max(until_s, self._until_s.get(key, until_s))
        else:
            self._until_s.pop(key, None)
        about = [one for one in self._coils if _is_about(key, one)]
        self._about |= {one.coil: announcement_id for one in about}
        return about

    def wanted(self, now_s: float) -> list[Wanted]:
        """What each coil should be."""
        self._until_s = {key: until_s for key, until_s in self._until_s.items() if until_s > now_s}
        return [self._wanted(one) for one in self._coils]

    def let_go(self, was: Wanted) -> None:
        """A coil that should be off is, unless a word has come meanwhile."""
        if self._wanted(was.coil) == was:
            self._about.pop(was.coil.coil, None)

    def next_end_s(self) -> float | None:
        """When the next level ends by itself."""
        return min(self._until_s.values(), default=None)

    def _wanted(self, coil: CoilSettings) -> Wanted:
        if coil.coil not in self._about:
            return Wanted(coil, None)
        return Wanted(coil, any(_is_about(key, coil) for key in self._until_s), self._about[coil.coil])


def _is_about(key: Key, coil: CoilSettings) -> bool:
    _, zone_id, stage = key
    return coil.stage == stage and (coil.zone in ("", zone_id) or zone_id == "")
