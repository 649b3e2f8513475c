"""Room for one more node: whoever is away gives way, whoever only registered, then of whom most are here."""

from collections import Counter
from collections.abc import Mapping

from marsad.feeds.sapient.door import Door
from marsad.feeds.sapient.session import Session, State
from marsad.feeds.sapient.wire import NS_PER_S


def make_room(
    sessions: Mapping[str, Session], node_id: str, link: int, t_ns: int, door: Door
) -> tuple[str, str]:
    """Who gives way for a node that registers, "" = nobody; and why it may not come, "" = it may.

    One that is named in the settings or was admitted always finds room, and never gives way while it is
    here. Among the others who said nothing but its registration goes first; then the connection that has most
    nodes gives one up to one that has fewer.
    """
    settings = door.settings
    is_kept = door.is_kept(node_id)
    strangers = {key: session for key, session in sessions.items() if not door.is_kept(key)}
    on_links = Counter(session.link for session in strangers.values() if session.is_link_open)
    if not is_kept and on_links[link] >= settings.nodes_per_link_max:
        return "", f"{on_links[link]} nodes are on this connection already (setting nodes_per_link_max)"
    if len(sessions) < settings.nodes_max:
        return "", ""
    keep_ns = int(settings.registration_keep_s * NS_PER_S)
    away = [
        (session.last_t_ns, key)
        for key, session in sessions.items()
        if session.state in (State.LOST, State.GONE) and t_ns - session.last_t_ns > keep_ns
    ]
    if away:
        return min(away)[1], ""
    mute = [
        (session.last_t_ns, key)
        for key, session in strangers.items()
        if session.state is State.REGISTERED and t_ns - session.last_t_ns > session.interval_ns
    ]
    if mute:
        return min(mute)[1], ""
    busiest = max(on_links, key=lambda number: (on_links[number], number), default=0)
    if on_links[busiest] > (0 if is_kept else on_links[link] + 1):
        return [key for key, item in strangers.items() if item.link == busiest][-1], ""
    return "", "" if is_kept else f"{settings.nodes_max} nodes are known already"
