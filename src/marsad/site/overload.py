"""What is too much for the site: who sends it, what of it is left out, since when; and that it is over.

Told while it lasts and until it has been over for some seconds, so that what comes and goes is one
thing and not a hundred. All of it follows from frames: also that frames had to wait, which the rim says in a
frame of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from marsad.model.line import Line
from marsad.model.overload import Lateness, Overload, Shed
from marsad.model.reason import Reason

S = 1_000_000_000
LATE_S = 0.5
"""What has waited longer than this before it was folded makes the picture late."""
BUSY = 0.9
"""A fold that is at work for this share of the time leaves none for what may come."""
_OVER_NS = 5 * S
_CASES_MAX = 256
_RANK = (Shed.WAITING, Shed.SHARE, Shed.REWINDS, Shed.PLOTS, Shed.MESSAGES, Shed.BYTES)


@dataclass(slots=True)
class _Case:
    name: str
    since_t_ns: int
    last_t_ns: int
    count: int = 0
    second: int = -1
    this_second: float = 0.0
    per_s: float = 0.0
    noted: str = ""  # the incident whose timeline tells of it


@dataclass
class Ledger:
    """What is left out, by rule and sensor. Deterministic; pickles; bounded.

    left_out   count by rule since the site began
    """

    left_out: dict[Shed, int] = field(default_factory=dict)
    _cases: dict[tuple[Shed, str], _Case] = field(default_factory=dict)

    def leave_out(self, t_ns: int, shed: Shed, sensor_id: str, name: str, count: int) -> None:
        """So much of a sensor was left out by a rule just now."""
        self.left_out[shed] = self.left_out.get(shed, 0) + count
        case = self._case(t_ns, shed, sensor_id, name)
        if case is not None:
            case.count += count
            case.this_second += count

    def fall_behind(self, t_ns: int, lateness: Lateness) -> bool:
        """Take in how far the site is behind; whether that is too far."""
        late_s = max(lateness.wait_s, lateness.took_s)
        if late_s < LATE_S:
            return False
        case = self._case(t_ns, Shed.WAITING, "", "")
        if case is not None:
            case.count += 1
            case.this_second = max(case.this_second, late_s)
        return True

    def is_behind(self) -> bool:
        """Whether the site is, or was until some seconds ago, too far behind."""
        return (Shed.WAITING, "") in self._cases

    def shed_ids(self) -> frozenset[str]:
        """The sensors of which something is left out these days."""
        return frozenset(named for shed, named in self._cases if shed not in (Shed.BYTES, Shed.WAITING))

    def told(self) -> tuple[Overload, ...]:
        """What is too much now, the worst first."""
        ranked = sorted(self._cases, key=lambda key: (_RANK.index(key[0]), -self._cases[key].count, key[1]))
        return tuple(self._overload(key, self._cases[key]) for key in ranked)

    def lines(self, t_ns: int, incident_id: str) -> list[Line]:
        """What the timeline of an open incident should hold of it; "" is none. Ends what is over."""
        return list(self._lines(t_ns, incident_id)) if self._cases else []

    def _lines(self, t_ns: int, incident_id: str) -> Iterator[Line]:
        for key, case in list(self._cases.items()):
            self._turn_to(case, t_ns)
            if t_ns - case.last_t_ns > _OVER_NS:
                del self._cases[key]
                if case.noted == incident_id != "":
                    ended = Reason(
                        f"overload.over.{key[0]}", (("name", case.name), ("count", float(case.count)))
                    )
                    yield Line(ended)
            elif case.noted != incident_id != "":
                case.noted = incident_id
                yield Line(self._overload(key, case).what)

    def _case(self, t_ns: int, shed: Shed, sensor_id: str, name: str) -> _Case | None:
        case = self._cases.get((shed, sensor_id))
        if case is None:
            if len(self._cases) >= _CASES_MAX:
                return None
            case = self._cases[shed, sensor_id] = _Case(name, t_ns, t_ns)
        self._turn_to(case, t_ns)
        case.last_t_ns = t_ns
        return case

    def _turn_to(self, case: _Case, t_ns: int) -> None:
        second = t_ns // S
        if second != case.second:
            if case.this_second or second > case.second + 1:
                case.per_s = case.this_second or case.per_s
            case.second, case.this_second = second, 0.0

    def _overload(self, key: tuple[Shed, str], case: _Case) -> Overload:
        shed, sensor_id = key
        per_s = max(case.per_s, case.this_second)
        return Overload(shed, sensor_id, case.name, case.since_t_ns, per_s, case.count)
