"""Whose a node is: it belongs to the connection that registered it, and others wait.

A node that was started anew stands behind a connection of its own, while its old one looks open to us for
minutes: nobody has closed it. A stranger that uses the node's identifier looks just the same. What tells
them apart is that the old connection of the first is dead. So the owner is challenged, and yields when it has
been silent for a status interval. Should it speak again all the same, it was alive: then it has its
node back, as it was, and whoever came after it waits.

While its owner speaks nobody takes a node, except by the same certificate, and except that it comes home
(`home`) after another has taken its place.
"""

import copy
from dataclasses import replace
from enum import Enum, auto

from marsad.feeds.budget import Bucket
from marsad.feeds.sapient.claimants import Claimants, Owner
from marsad.feeds.sapient.session import Session, State
from marsad.model.peer import Peer

LATE_SHARE = 0.25  # by so much of an interval a node may be late with its status


class Outcome(Enum):
    """What becomes of a node when another connection speaks for it."""

    TAKES = auto()  # nobody else has it any more
    YIELDED = auto()  # its owner is silent, and may come back
    RETURNS = auto()  # the one that had yielded speaks again
    WAITS = auto()


def owns(session: Session, link: int) -> bool:
    """Whether a connection is the one that speaks for a node."""
    return session.link == link and session.is_link_open


def outcome(session: Session, link: int, peer: Peer, t_ns: int, *, registers: bool) -> Outcome:
    """What becomes of a node when a connection that does not own it speaks for it."""
    if session.former is not None and session.former.link == link:
        return Outcome.RETURNS
    silent = is_silent(session, t_ns)
    if not session.is_link_open or session.state is State.GONE:
        refuted = session.claimants.is_refuted(link, owner_of(session))
        return Outcome.WAITS if refuted and not silent else Outcome.TAKES
    certificate = peer.certificate
    if registers and certificate is not None and certificate == session.peer.certificate:
        return Outcome.TAKES
    if registers and session.home.returns(peer.address, session.peer.address):
        return Outcome.TAKES
    return Outcome.YIELDED if silent else Outcome.WAITS


def owner_of(session: Session) -> Owner:
    """The owner of a node, as those who claim it are measured by it."""
    return Owner(session.peer, session.home.address, session.last_t_ns)


def yields_after_s(session: Session) -> float:
    """Seconds of silence after which a node is given to another connection."""
    return session.interval_ns * (1 + LATE_SHARE) * 1e-9


def is_silent(session: Session, t_ns: int) -> bool:
    """Whether the owner has been silent for so long that it yields."""
    return t_ns - session.last_t_ns > session.interval_ns * (1 + LATE_SHARE)


def taken(session: Session, link: int, peer: Peer) -> Session:
    """The node, now owned by a connection and undisputed."""
    session.link, session.is_link_open, session.peer = link, True, peer
    session.home.changed_hands()
    session.former = None
    session.claimants.clear()
    return session


def yielded(session: Session, link: int, peer: Peer, per_s_max: int) -> Session:
    """A new record of the node, owned by a connection; the old one is kept for its first owner."""
    former = session.former or session
    session.former = None
    fresh = copy.deepcopy(replace(session, claimants=Claimants(), published=None))
    fresh.budget = Bucket(per_s_max)
    taken(fresh, link, peer)
    fresh.former = former
    former.claimants.clear()
    return fresh


def returned(session: Session) -> Session:
    """The node as its first owner left it."""
    former = session.former
    assert former is not None, "who returns was there before"
    session.former = None
    former.published = None
    return former
