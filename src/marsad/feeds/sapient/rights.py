"""Who may speak as a node: who has it, who asks to join, who waits, and what an operator says."""

from marsad.errors import ReceivedError
from marsad.feeds.feed import Received
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient import node, reply
from marsad.feeds.sapient.claimants import Claimant
from marsad.feeds.sapient.door import REGISTRATION_BYTES_MAX, Waiting, joined
from marsad.feeds.sapient.link_faults import LinkFaults
from marsad.feeds.sapient.nodes import Nodes, Turn
from marsad.feeds.sapient.ownership import (
    Outcome,
    is_silent,
    outcome,
    owner_of,
    owns,
    returned,
    taken,
    yielded,
    yields_after_s,
)
from marsad.feeds.sapient.refused import one_part
from marsad.feeds.sapient.session import Session, State
from marsad.feeds.sapient.task import Recipient
from marsad.feeds.sapient.validate import quoted
from marsad.feeds.sapient.wire import SapientMessage, StatusReport
from marsad.model.asker import Asker, Asking
from marsad.model.effect import Hangup, Reply, Standing, Vouch
from marsad.model.peer import Peer, is_within


class Rights(Nodes):
    """The nodes of one feed, and who may speak as each of them."""

    def _stop_at_door(self, sender: str, message: SapientMessage, turn: Turn) -> None:
        """Let pass who may speak. Raises ReceivedError for whoever asks to join, and whoever may not."""
        if self.door.admits(sender, turn.peer):
            return
        if message.HasField("registration"):
            self._check(message)
            self._let_wait(sender, message, turn)
        elif (asker := self.door.asking(sender, turn.link)) is not None:
            asker.last_t_ns, asker.reports = turn.t_ns, asker.reports + 1
            if message.HasField("status_report"):
                asker.status = _kept(message) or asker.status
        else:
            return  # it is asked to register, like any other that has not
        raise ReceivedError(
            RefusalReason.NOT_ADMITTED,
            f"node {quoted(message.node_id)} is not on the list of this feed; an operator must admit it",
        )

    def _let_wait(self, sender: str, message: SapientMessage, turn: Turn) -> None:
        record = message.registration
        sensor = node.sensor_of(record, sender, self.settings)
        times = (turn.t_ns, turn.t_ns)
        said = _kept(message)
        gone = self.door.asks(
            Waiting(sender, sensor.name, sensor.kind, turn.peer.address, turn.link, *times, said)
        )
        self._vouch(turn.link, Standing.ASKING, turn.received)
        if gone is not None and gone.link and self.standing(gone.link) is Standing.ASKING:
            del self._standings[gone.link]
            turn.received.vouched.append(Vouch(self.settings.name, gone.link, Standing.STRANGER))
        self._count("asked-to-join")
        self._refuse_registration(
            message, turn, "not on the list of this site: an operator must admit this node first"
        )

    def _contest(self, sender: str, session: Session, message: SapientMessage, turn: Turn) -> Session:
        """Another connection than the owner's speaks for a node: the record of the node, if it may.

        Raises ReceivedError if it may not, and does nothing to the node then.
        """
        self._stop_at_door(sender, message, turn)
        self._check(message)
        if session.claimants.waiting and is_silent(session, turn.t_ns):
            self._hand_over(sender, session, turn.t_ns, turn.received)  # whoever waits goes first
            session = self._sessions[sender]
            if owns(session, turn.link):
                return session
        registers = message.HasField("registration")
        is_goodbye = message.status_report.system == StatusReport.SYSTEM_GOODBYE
        what = outcome(session, turn.link, turn.peer, turn.t_ns, registers=registers)
        if what is Outcome.WAITS or (is_goodbye and what is not Outcome.RETURNS):
            self._let_claim(session, message, turn)
        if what is Outcome.RETURNS:
            self._count("owner-returned")
            session = returned(session)
        elif what is Outcome.YIELDED:
            self._count("owner-yielded")
            session = yielded(session, turn.link, turn.peer, self.settings.messages_per_s_max)
        else:
            if session.is_link_open and session.state is not State.GONE and self._is_alone(session):
                hangup = Hangup(self.settings.name, session.link, "node-moved")
                turn.received.hangups.append(hangup)
            session = taken(session, turn.link, turn.peer)
        self._sessions[sender] = session
        self._vouch(turn.link, Standing.KNOWN, turn.received)
        self._publish(session, turn.t_ns, turn.received, changed=what is Outcome.RETURNS)
        return session

    def _let_claim(self, session: Session, message: SapientMessage, turn: Turn) -> None:
        """Let a connection wait for a node that another owns, and ask the owner for a word."""
        said = _kept(message) if message.HasField("registration") else b""
        claimant = Claimant(turn.link, turn.peer, turn.t_ns, turn.t_ns, said, 1)
        if session.claimants.add(claimant, owner_of(session)):
            self._vouch(turn.link, Standing.ASKING, turn.received)
        if turn.t_ns - session.challenged_t_ns > session.interval_ns and session.is_link_open:
            session.challenged_t_ns = turn.t_ns
            owner = Recipient(session.address, session.node_types)
            data = self._requests.status(owner, session.peer.address, turn.utc_ns)
            if data is not None:
                turn.received.replies.append(Reply(self.settings.name, session.link, data))
        self._publish(session, turn.t_ns, turn.received)
        after = f"until that is silent for {yields_after_s(session):.3g} s, or closes"
        if message.HasField("registration"):
            self._refuse_registration(message, turn, f"another connection speaks for this node, {after}")
        raise ReceivedError(
            RefusalReason.NODE_HELD,
            f"another connection speaks for node {quoted(message.node_id)}, {after}",
        )

    def _hand_over(self, sender: str, session: Session, t_ns: int, received: Received) -> None:
        """Give a node whose owner has gone or is silent to the connection that waits for it."""
        heir = session.claimants.heir(owner_of(session), is_silent=is_silent(session, t_ns))
        if heir is None:
            return
        turn = self._turn_of(t_ns, heir.link, heir.peer, received)
        message = SapientMessage.FromString(heir.registration)
        try:
            self._stop_at_door(sender, message, turn)
        except ReceivedError as fault:
            session.claimants.drop(heir.link)
            self.refuse(fault, turn, None)
            return
        if session.is_link_open:
            self._count("owner-yielded")
            session = yielded(session, heir.link, heir.peer, self.settings.messages_per_s_max)
        else:
            session = taken(session, heir.link, heir.peer)
        session.last_t_ns = t_ns
        self._sessions[sender] = session
        self._registration(message, session, turn)

    def _refuse_registration(self, message: SapientMessage, turn: Turn, reason: str) -> None:
        ack = reply.registration_ack(
            self.own_id, message.node_id, turn.utc_ns, is_accepted=False, reasons=[reason]
        )
        self._answer(turn, ack)

    def _vouch(self, link: int, standing: Standing, received: Received) -> None:
        """Tell the rim that a connection is worth more than it knew."""
        if standing > self.standing(link):
            self._standings[link] = standing
            received.vouched.append(Vouch(self.settings.name, link, standing))

    def admit(self, t_ns: int, node_id: str, address: str, by: str = "") -> Received:
        """Let a node speak; one that waits is registered at once."""
        received = Received()
        asker = self.door.admit(node_id, address)
        session = self._sessions.get(node_id)
        if session is not None and address and not is_within(session.peer.address, address):
            note = (
                f"bound to another address by {one_part(by)}" if by else "may speak from another address only"
            )
            self._close_out(session, note, t_ns, received)
        if asker is not None and asker.link and asker.registration and not self.speaks(node_id):
            turn = self._turn_of(t_ns, asker.link, Peer(asker.address), received)
            for said in (asker.registration, asker.status):
                if said and (said is asker.registration or self.speaks(node_id)):
                    self._said_before(SapientMessage.FromString(said), turn)
        return received

    def _turn_of(self, t_ns: int, link: int, peer: Peer, received: Received) -> Turn:
        """A turn of a connection that says nothing now, but has."""
        faults = LinkFaults(self.settings.faults_per_s_max)
        return Turn(t_ns, link, faults, received, peer, self.utc_offset_ns)

    def _said_before(self, message: SapientMessage, turn: Turn) -> None:
        """Take what a node has said while it waited: that it registers, or how it is."""
        session = self._sessions.get(message.node_id.lower())
        try:
            turn.forgiven = self._check(message)
            if message.HasField("registration"):
                here = session if session is None else taken(session, turn.link, turn.peer)
                self._registration(message, here, turn)
            else:
                self._status(message, session, turn)
        except ReceivedError as fault:
            self.refuse(fault, turn, None)

    def turn_away(self, t_ns: int, node_id: str, address: str = "", by: str = "") -> Received:
        """Let a node speak no more, or an address no more in its name."""
        received = Received()
        gone = self.door.turn_away(node_id, address, by)
        links = {asker.link for asker in gone if asker.link}
        for asker in gone:
            asker.link = 0
        session = self._sessions.get(node_id)
        if session is not None and address in ("", session.peer.address):
            links |= {session.link} if session.is_link_open and self._is_alone(session) else set()
            note = f"refused by {one_part(by) or 'an operator'}"
            self._close_out(session, note, t_ns, received)
            said = (session.sensor.name, session.sensor.kind, session.peer.address)
            self.door.turned_away[node_id, address] = Waiting(node_id, *said, 0, t_ns, t_ns, by=by)
        for link in sorted(links):
            if not any(owns(other, link) for other in self._sessions.values()):
                received.hangups.append(Hangup(self.settings.name, link, "turned-away"))
        return received

    def list_nodes(self, t_ns: int, node_ids: tuple[str, ...], by: str = "") -> Received:
        """From now on only these may speak, beside those of the settings and those admitted."""
        received = Received()
        self.door.is_listed = True
        for node_id in node_ids:
            self.door.admitted.setdefault(node_id, "")
        for node_id, session in self._sessions.items():
            if not self.door.is_kept(node_id) and not session.is_closed_out:
                note = (
                    f"left off the list of its feed by {one_part(by)}"
                    if by
                    else "not on the list of its feed"
                )
                self._close_out(session, note, t_ns, received)
        return received

    def node_ids(self) -> tuple[str, ...]:
        """Who is on the list; where there is none, who has registered."""
        if self.door.is_listed:
            return tuple(self.door.admitted)
        return tuple(self._sessions)

    def askers(self) -> tuple[Asker, ...]:
        """Who asks to join, who was refused, and what claims to be a node that another connection has."""
        claims: dict[tuple[str, str], Asker] = {}
        for sender, session in self._sessions.items():
            for one in session.claimants.waiting.values():
                key = sender, one.peer.address
                asker = Asker(
                    *(self.settings.name, sender, session.sensor.name, session.sensor.kind, one.peer.address),
                    *(Asking.CLAIMS, one.first_t_ns, one.last_t_ns, one.reports),
                )
                claims[key] = joined(claims[key], asker) if key in claims else asker
        return (*self.door.askers(), *claims.values())


def _kept(message: SapientMessage) -> bytes:
    """A registration to be used later; nothing where it is too long to keep."""
    data: bytes = message.SerializeToString()
    return data if len(data) <= REGISTRATION_BYTES_MAX else b""
