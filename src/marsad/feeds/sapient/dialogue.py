"""The talk with the nodes: one message in; detections, answers and refusals out."""

from collections.abc import Callable
from dataclasses import replace

from marsad.errors import ReceivedError
from marsad.feeds.budget import Bucket, Budget
from marsad.feeds.feed import Received
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient import node, reply
from marsad.feeds.sapient.decode import check_time, detection_of
from marsad.feeds.sapient.node_id import is_node_id
from marsad.feeds.sapient.nodes import KIBIBYTE, InvalidMessage, Turn
from marsad.feeds.sapient.ownership import owns, taken
from marsad.feeds.sapient.quick import is_plain
from marsad.feeds.sapient.refused import one_part
from marsad.feeds.sapient.rights import Rights
from marsad.feeds.sapient.room import make_room
from marsad.feeds.sapient.session import AUTOMATON, Event, Session, State, Step
from marsad.feeds.sapient.task import Recipient
from marsad.feeds.sapient.units import ZONE_MAX, geodetic, position_enu, seconds, units_of
from marsad.feeds.sapient.validate import is_unused, quoted, violations
from marsad.feeds.sapient.version import other_version
from marsad.feeds.sapient.wire import (
    NS_PER_S,
    DecodeError,
    SapientMessage,
    StatusReport,
    sender_of,
    t_ns_of,
)
from marsad.feeds.settings import NodeSettings, SapientSettings
from marsad.feeds.stamps import Stamps
from marsad.model.effect import Standing
from marsad.model.overload import Shed

MOVED_M = 0.001


class Dialogue(Rights):
    """All nodes of one feed, and what each message does."""

    def adopt(self, settings: SapientSettings, t_ns: int, received: Received) -> None:
        """From now on these settings hold; what is known of each node stays.

        What the settings say of a node counts for its next report. Of one of which they say something else
        than before, the whole record is made of its registration: it is asked to register again.
        """
        before, self.settings = self.settings, settings
        self.own_id = self._id_of(settings)
        self._requests.adopt(self.own_id, settings.nodes_max)
        self._refused.adopt(settings)
        self.door.settings = settings
        for sender, session in self._sessions.items():
            session.budget.bound(settings.messages_per_s_max)
            session.stamps.bound(settings.past_max_s, settings.future_max_s)
            session.faults.per_s_max = settings.faults_per_s_max
            now = settings.nodes.get(sender, NodeSettings())
            if now != session.settings:
                session.settings = now
                session.corrections.clear()
                turn = self._turn_of(t_ns, session.link, session.peer, received)
                if session.is_link_open:
                    self._ask_registration(session.address, session.node_types, turn)
        if settings.access != before.access:
            self.door.is_listed = settings.access == "listed"
            if self.door.is_listed:
                received.sensors += self.list_nodes(t_ns, ()).sensors

    def message(self, body: bytes, turn: Turn) -> None:
        """Take one message. Never raises for what is in it."""
        self._count("messages")
        if turn.spent and (session := turn.spent.get(sender_of(body))) is not None:
            self._leave_out(session, turn)
            return
        if turn.faults.is_busy(turn.t_ns) and self._is_muted(sender_of(body), turn):
            self._count("faulty-unread")
            return
        message: SapientMessage | None = None
        try:
            message = SapientMessage.FromString(body)
            self._handle(message, 1 + len(body) // KIBIBYTE, turn)
        except ReceivedError as fault:
            self.refuse(fault, turn, body, message)
        except (DecodeError, RecursionError) as fault:
            detail = f"not a SapientMessage: {body[:16].hex(' ')} … ({len(body)} bytes): {fault}"
            self.refuse(ReceivedError(RefusalReason.MALFORMED, detail), turn, body)

    def _is_muted(self, name: bytes, turn: Turn) -> bool:
        """Whether one that is no node of this connection has said too much that was refused."""
        sender = name.decode("ascii", "replace").lower()
        session = self._sessions.get(sender)
        return not (session is not None and owns(session, turn.link)) and turn.faults.mutes(sender)

    def _leave_out(self, session: Session, turn: Turn) -> None:
        """Count a message of a node that may say no more now; nobody need read it for that."""
        self._count(RefusalReason.FLOOD)
        turn.received.left_out[Shed.MESSAGES, session.sensor.sensor_id] += 1

    def _handle(self, message: SapientMessage, cost: int, turn: Turn) -> None:
        content = message.WhichOneof("content")
        sender = message.node_id.lower()
        if sender == self.own_id:
            raise ReceivedError(RefusalReason.LOOP, "our own message came back")
        if content == "registration":  # faulty or refused, what it says of itself is remembered
            types = [definition.node_type for definition in message.registration.node_definition]
            self._requests.suspect(sender, types, turn.peer.address)
        if self.others:
            self._leave_to_certified(sender, message, turn)
        session = self._sessions.get(sender)
        if session is None:
            self._stop_at_door(sender, message, turn)
        elif not owns(session, turn.link):
            if session.is_closed_out and content != "registration":
                self._keep_out(sender, session, message, turn)
            session = self._contest(sender, session, message, turn)
        if session is not None and not self._heard(session, content, cost, turn):
            return
        if session is None and content != "registration":
            self._admit_none(message, turn)
        if content == "detection_report":
            self._detection(message, session, turn)
            return
        turn.forgiven = self._check(message)
        assert content is not None, "a message without content breaks a rule"
        _HANDLERS[content](self, message, session, turn)

    def _keep_out(self, sender: str, session: Session, message: SapientMessage, turn: Turn) -> None:
        """Raises ReceivedError: a node that may not speak any more comes back by registering alone."""
        self._stop_at_door(sender, message, turn)
        self._ask_registration(message.node_id, session.node_types, turn)
        why = f"node {quoted(message.node_id)}: {session.note}; register first"
        raise ReceivedError(RefusalReason.NOT_REGISTERED, why)

    def _admit_none(self, message: SapientMessage, turn: Turn) -> None:
        """Tell a node that goes on speaking after its registration was refused that it was, and why."""
        if not (why := self._refused.why(message.node_id.lower(), turn.peer.address)):
            return
        self._ask_registration(message.node_id, (), turn)
        raise ReceivedError(RefusalReason.NOT_REGISTERED, f"node {quoted(message.node_id)}: {why}")

    def _check(self, message: SapientMessage) -> tuple[str, ...]:
        """Hold a message against the rules; those broken that do no harm. Raises InvalidMessage."""
        broken = violations(message, strict=self.settings.strict)
        forgiven: tuple[str, ...] = ()
        if broken and self.settings.forgive_registration and message.HasField("registration"):
            harmless = [violation for violation in broken if is_unused(violation)]
            if harmless:
                forgiven = tuple(str(violation) for violation in harmless)
                broken = [violation for violation in broken if violation not in harmless]
        if broken:
            texts = [str(violation) for violation in broken]
            if version := other_version(message):
                # it explains all that follows
                others = [str(violation) for violation in broken if violation.rule != "icd-version"]
                raise InvalidMessage([version, *others])
            if message.HasField("registration") and all(map(is_unused, broken)):
                texts.append("the setting forgive_registration would overlook this")
            raise InvalidMessage(texts)
        if forgiven:
            self._count("registration-forgiven")
        return forgiven

    def _heard(self, session: Session, content: str | None, cost: int, turn: Turn) -> bool:
        """A known node has spoken on its own connection: it lives. False: it may say no more now."""
        away_ns = turn.t_ns - session.last_t_ns
        session.last_t_ns = turn.t_ns
        if session.state is State.ACTIVE:
            session.home.spoke(session.peer.address, min(away_ns, session.interval_ns))
        sensor_id, heard = session.sensor.sensor_id, turn.received.heard
        if not heard or heard[-1] != sensor_id:
            heard.append(sensor_id)
        if session.is_noise(turn.t_ns):
            turn.received.left_out[Shed.MESSAGES, sensor_id] += 1
            turn.spent[session.address.encode()] = session
            self._count("faulty-unread")
            return False
        if not session.budget.take(turn.t_ns, cost):
            turn.received.left_out[Shed.MESSAGES, sensor_id] += 1
            turn.spent[session.address.encode()] = session
            if session.budget.just_exceeded:
                raise ReceivedError(
                    RefusalReason.FLOOD,
                    f"more than {session.budget.per_s_max} messages in a second "
                    "(setting messages_per_s_max); what is more is refused",
                )
            self._count(RefusalReason.FLOOD)
            return False
        # what it says of itself is always heard: it costs little, and keeps the node
        if content == "detection_report" and not self.shares.take(sensor_id, turn.t_ns):
            turn.received.left_out[Shed.SHARE, sensor_id] += 1
            self._count("over-share")
            return False
        if away_ns > self.settings.registration_keep_s * NS_PER_S and content != "registration":
            # its units may have changed; what it says is still worth more than silence
            self._count("registration-stale")
            self._ask_registration(session.address, session.node_types, turn)
        return True

    def _ask_registration(self, address: str, node_types: tuple[int, ...], turn: Turn) -> None:
        to, source = Recipient(address, node_types), turn.peer.address
        if (data := self._requests.registration(to, source, turn.t_ns, turn.utc_ns)) is not None:
            self._answer(turn, data)

    def _step(self, message: SapientMessage, session: Session | None, event: Event, turn: Turn) -> Step:
        """Move the node's state. Raises ReceivedError where the node may not speak like that."""
        state = session.state if session is not None else State.UNREGISTERED
        step = AUTOMATON[state][event]
        if step.refusal:
            if is_node_id(message.node_id, strict=False):
                self._ask_registration(
                    message.node_id, session.node_types if session is not None else (), turn
                )
            raise ReceivedError(
                step.refusal, f"{event} from node {quoted(message.node_id)}, which is {state}; register first"
            )
        if step.oddity:
            self._count(step.oddity)
        if session is not None and session.state is not step.state:
            session.state = step.state
        return step

    def _detection(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        report = message.detection_report
        strict = self.settings.strict
        is_known = session is not None and message.node_id == session.address
        if not (is_known and is_plain(message, strict=strict)):
            self._check(message)
        step = self._step(message, session, Event.DETECTION, turn)
        assert session is not None, "an unregistered node is refused by its step"
        for source in report.associated_detection:
            if source.node_id.lower() == self.own_id:
                raise ReceivedError(RefusalReason.LOOP, "the report was made from one of ours")
        stamp_ns = t_ns_of(message.timestamp)
        t_ns = session.stamps.site_t_ns(stamp_ns, turn.t_ns, turn.utc_offset_ns)
        check_time(t_ns, turn.t_ns, self.settings)
        if t_ns - turn.t_ns > self.settings.future_max_s * NS_PER_S:
            self._count("time-ahead")
        if session.is_copy((report.report_id, report.object_id, stamp_ns)):
            raise ReceivedError(
                RefusalReason.DUPLICATE, f"report {report.report_id} came before, with the same time"
            )
        session.remember((report.report_id, report.object_id, stamp_ns))
        decoded = detection_of(report, t_ns, session, self._site, self.settings)
        if decoded.unreadable:
            self._count("extra-value-unreadable")
        if decoded.doubt:
            self._count("error-unit-corrected")
            session.refused_t_ns, session.refused_note = turn.t_ns, decoded.doubt
            self._publish(session, turn.t_ns, turn.received)
        if t_ns < session.detection_t_ns:
            self._count("time-backwards")
        else:
            session.detection_t_ns = t_ns
        self._count("detections")
        turn.received.detections.append(decoded.detection)
        if step.oddity:
            self._publish(session, turn.t_ns, turn.received)

    def _registration(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        sender = message.node_id.lower()
        record = message.registration
        if session is None and (full := self._full(sender, turn)):
            self._refuse_registration(message, turn, f"no room: {full}")
            raise ReceivedError(RefusalReason.TOO_MANY_NODES, full)
        sensor = node.sensor_of(record, sender, self.settings)
        sensor = replace(
            sensor, sensor_id=self.sensor_id(sender) if session is None else session.sensor.sensor_id
        )
        settings = self.settings.nodes.get(sender, NodeSettings())
        if session is None:
            budget = Bucket(self.settings.messages_per_s_max)
            stamps = Stamps(self.settings.past_max_s, self.settings.future_max_s)
            session = Session(
                *(message.node_id, settings, budget, sensor, units_of(record)),
                link=turn.link,
                stamps=stamps,
                faults=Budget(self.settings.faults_per_s_max),
            )
            session.last_t_ns = turn.t_ns
            self._sessions[sender] = taken(session, turn.link, turn.peer)
        else:
            session.address, session.units = message.node_id, units_of(record)
            placed = session.sensor.position_enu, session.sensor.placed_t_ns
            session.sensor = replace(sensor, position_enu=placed[0], placed_t_ns=placed[1])
            session.corrections.clear()
            session.has_told_news = False
        interval_s = seconds(record.status_definition.status_interval, self.settings.status_interval_max_s)
        session.interval_ns = int(interval_s * NS_PER_S)
        session.node_types = tuple(definition.node_type for definition in record.node_definition[:16])
        self._requests.learn(sender, (definition.node_type for definition in record.node_definition))
        session.status_t_ns = turn.t_ns
        session.state, session.is_closed_out = AUTOMATON[session.state][Event.REGISTRATION].state, False
        session.forgiven = _forgiven_note(turn.forgiven)
        self._refused.taken(sender, turn.link)
        self._count("registrations")
        self._vouch(turn.link, Standing.KNOWN, turn.received)
        accepted = reply.registration_ack(
            self.own_id, message.node_id, turn.utc_ns, is_accepted=True, reasons=turn.forgiven
        )
        self._answer(turn, accepted)
        self._publish(session, turn.t_ns, turn.received, changed=True)

    def _full(self, sender: str, turn: Turn) -> str:
        """Why one more node may not come, "" if it may; another may have to give way."""
        victim, full = make_room(self._sessions, sender, turn.link, turn.t_ns, self.door)
        if victim:
            session = self._sessions.pop(victim)
            self._count("node-forgotten")
            session.state, session.note = State.GONE, "forgotten to make room"
            turn.received.sensors.append(self._sensor(session, turn.t_ns))
        return full

    def _status(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        report = message.status_report
        is_goodbye = report.system == StatusReport.SYSTEM_GOODBYE
        self._step(message, session, Event.GOODBYE if is_goodbye else Event.STATUS, turn)
        assert session is not None, "an unregistered node is refused by its step"
        session.status_t_ns = turn.t_ns
        session.is_ill = report.system in (StatusReport.SYSTEM_WARNING, StatusReport.SYSTEM_ERROR)
        session.note = node.note_of(report)
        if report.info == StatusReport.INFO_UNCHANGED and not session.has_told_news:
            self._count("unchanged-before-new")
        session.has_told_news = True
        if report.HasField("node_location"):
            self._locate(report, session)
            placed_t_ns = session.stamps.read_t_ns(t_ns_of(message.timestamp), turn.utc_offset_ns)
            session.sensor = replace(session.sensor, placed_t_ns=placed_t_ns)
        try:
            session.sensor = node.with_coverage(session, report, self.settings)
        except ReceivedError:
            # a cone about an unknown north costs the cone, not the node
            self._count("coverage-unreadable")
        self._publish(session, turn.t_ns, turn.received, changed=True)

    def _locate(self, report: StatusReport, session: Session) -> None:
        """Where the node stands. Raises ReceivedError for a place that cannot be."""
        location = report.node_location
        zone = session.units.node_zone
        place = geodetic(location, zone, session.settings, self.settings)
        height = place.height_m if session.settings.height_m is None else session.settings.height_m
        if height != height:
            self._count("node-height-unknown")
            height = self._site.height_m
        position = position_enu(place, height, self._site, self.settings)
        old = session.sensor.position_enu
        if old is None or max(abs(a - b) for a, b in zip(old, position, strict=True)) > MOVED_M:
            session.corrections.clear()
            session.sensor = replace(session.sensor, position_enu=position)
        session.place, session.place_zone = place, location.utm_zone[:ZONE_MAX] or zone

    def _alert(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        self._step(message, session, Event.ALERT, turn)
        self._count("alerts")
        alert_id = message.alert.alert_id
        self._answer(turn, reply.alert_ack(self.own_id, message.node_id, turn.utc_ns, alert_id))

    def _task(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        text = "Marsad observes and takes no tasks"
        task_id = message.task.task_id
        self._answer(turn, reply.task_rejected(self.own_id, message.node_id, turn.utc_ns, task_id, text))
        self._count("task-refused")

    def _peer_error(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        texts = "; ".join(quoted(text) for text in message.error.error_message[:3])
        raise ReceivedError(RefusalReason.PEER_ERROR, f"the peer says: {texts}")

    def _acknowledged(self, message: SapientMessage, session: Session | None, turn: Turn) -> None:
        self._count("acknowledgements")


def _forgiven_note(forgiven: tuple[str, ...]) -> str:
    """Where its gaps are, for the sensor's note: that one is mandatory was said in the answer."""
    fields = [text.partition(": ")[2].partition(" ")[0] for text in forgiven]
    return one_part(f"forgiven in its registration: {', '.join(fields)}") if fields else ""


_Handler = Callable[[Dialogue, SapientMessage, Session | None, Turn], None]
_HANDLERS: dict[str, _Handler] = {
    "registration": Dialogue._registration,
    "status_report": Dialogue._status,
    "alert": Dialogue._alert,
    "task": Dialogue._task,
    "error": Dialogue._peer_error,
    "registration_ack": Dialogue._acknowledged,
    "alert_ack": Dialogue._acknowledged,
    "task_ack": Dialogue._acknowledged,
}
