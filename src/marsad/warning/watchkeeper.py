"""Who has the watch: taken by whoever says so, offered to the next, and over by itself."""

from dataclasses import replace

from marsad.errors import ReceivedError
from marsad.model.action import Action, ConfirmCard, HandOver, TakeWatch
from marsad.model.authority import OnWatch
from marsad.model.line import Line
from marsad.model.reason import Reason

_H = 3_600_000_000_000
_NAME_MAX = 80


class Watchkeeper:
    """The watch of one site. Deterministic; pickles.

    Nobody is given it: who hands over keeps it until the other one takes it, so that it is never with
    somebody who does not know. It ends by itself, so that the console never names who left long ago.
    """

    def __init__(self, watch_hours: float) -> None:
        self.adopt(watch_hours)
        self._watch = OnWatch()
        self._lines: list[Line] = []

    def adopt(self, watch_hours: float) -> None:
        """From now on a watch that is taken lasts so long."""
        self._span_ns = int(watch_hours * _H)

    @property
    def watch(self) -> OnWatch:
        """As it stands."""
        return self._watch

    def pass_time(self, t_ns: int) -> None:
        """A watch that nobody took anew for so long is over."""
        kept = self._watch
        if kept.holder and t_ns >= kept.until_t_ns:
            self._lines.append(Line(Reason("watch.expired", (("holder", kept.holder),))))
            self._watch = replace(
                kept, holder="", since_t_ns=0, until_t_ns=0, offered_to="", note="", taken_from=""
            )

    def act(self, t_ns: int, action: Action) -> None:
        """A person takes the watch, offers it, or says that the card is right.

        Whoever it is offered to may decline. Raises ReceivedError where somebody offers a watch that they
        have not.
        """
        kept = self._watch
        if isinstance(action, TakeWatch):
            self._take(t_ns, action)
        elif isinstance(action, HandOver):
            self._offer(action)
        elif isinstance(action, ConfirmCard):
            self._watch = replace(kept, confirmed_t_ns=t_ns, confirmed_by=action.by)
            self._lines.append(Line(Reason("watch.card_confirmed"), action.by))

    def opened(self) -> list[Line]:
        """What the record of an incident that opens now says of the watch; nothing where nobody has it."""
        if not self._watch.holder:
            return []
        return [Line(Reason("watch.held", (("holder", self._watch.holder),)))]

    def take_lines(self) -> list[Line]:
        """What is worth a line in the record since it was asked last."""
        told, self._lines = self._lines, []
        return told

    def _take(self, t_ns: int, action: TakeWatch) -> None:
        kept = self._watch
        about = (("holder", kept.holder),) if kept.holder not in ("", action.by) else ()
        code = "watch.taken_from" if about else "watch.taken"
        if kept.holder == action.by:  # a watch begins once
            code = "watch.renewed"
        self._lines.append(Line(Reason(code, about), action.by))
        self._watch = replace(
            kept,
            holder=action.by,
            since_t_ns=kept.since_t_ns if kept.holder == action.by else t_ns,
            until_t_ns=t_ns + self._span_ns,
            offered_to="",
            note="",
            taken_from=kept.taken_from if kept.holder == action.by else kept.holder,
        )

    def _offer(self, action: HandOver) -> None:
        kept = self._watch
        if kept.offered_to == action.by and not action.to.strip():
            self._lines.append(Line(Reason("watch.declined", (("holder", kept.holder),)), action.by))
            self._watch = replace(kept, offered_to="", note="")
            return
        if kept.holder != action.by:
            raise ReceivedError(
                "watch-not-yours",
                f"{action.by[:80]} cannot hand over: {kept.holder or 'nobody'} has the watch",
            )
        to = action.to.strip()
        if len(to) > _NAME_MAX or not to.isprintable() or to == action.by:
            raise ReceivedError(
                "watch-to-whom",
                f"hand_over.to = {to[:80]!r}: the name of somebody else, at most {_NAME_MAX} letters",
            )
        if to:
            self._lines.append(Line(Reason("watch.offered", (("to", to),)), action.by))
        self._watch = replace(kept, offered_to=to, note=action.note.strip() if to else "")
