"""Who may speak when a station starts: by its settings, by its journal, and by the journal before it."""

from dataclasses import replace
from pathlib import Path

import pytest

from marsad.errors import ConfigError
from marsad.feeds.sapient.edge import EdgeNode, registration
from marsad.model.action import Action, AdmitNode, ListNodes, RefuseNode
from marsad.model.frame import OPERATOR, Frame
from marsad.model.sensor import SensorKind
from marsad.site.actions import json_from_action
from marsad.site.settings import settings_from_toml
from marsad.station.doors import Listing, limits_of, listings, tell_listed
from marsad.station.record import Record, open_record
from marsad.station.settings_file import read_settings

from ..terminals import Heard
from .conftest import SITE

S = 1_000_000_000
T0 = 1_700_000_000 * S
RADAR = EdgeNode("f5e9175f-8eb1-45ba-9be6-6ea8ab496563", "Radar", SensorKind.RADAR, 33.301, 44.401, 40.0)
OTHER = "00000000-0000-4000-8000-000000000001"
NETWORK = SITE.replace("127.0.0.1:0", "0.0.0.0:5020")
LISTED = NETWORK.replace('0.0.0.0:5020"', '0.0.0.0:5020"\naccess = "listed"')


def moved(text: str) -> str:
    """Settings with which a site begins a new journal: its tracks are counted from another place."""
    return text.replace("latitude_deg = 33.3\n", "latitude_deg = 33.31\n")


def started(directory: Path, text: str, second: int = 0) -> tuple[Record, list[Listing]]:
    """A site as `run` starts it: its record, and the lists with which its feeds begin."""
    data = text.encode()
    record = open_record(directory, "example", data, T0 + second * S)
    settings = settings_from_toml(data, "site.toml")
    host = "127.0.0.1" if "127.0.0.1:0" in text else "0.0.0.0"
    found = listings(record, settings, {"sensors": (host, 5020)}, ())
    for listing in found:
        act(record, listing.action)
    return record, found


def act(record: Record, action: Action) -> None:
    record.recorder.take([Frame(OPERATOR, record.recorder.fold.t_ns, json_from_action(action))])


def register(record: Record) -> None:
    t_ns = record.recorder.fold.t_ns
    record.recorder.take([Frame("sensors", t_ns, registration(RADAR, t_ns), 1)])


def listed(record: Record) -> tuple[bool, tuple[str, ...]]:
    feed = record.recorder.fold.guarded()["sensors"]
    return feed.is_listed, feed.node_ids()


def of_old_days(directory: Path, text: str) -> None:
    """A journal as it was when everybody could speak, with one radar in it."""
    record = open_record(directory, "example", text.encode(), T0)
    register(record)
    record.close()


def test_on_this_machine_alone_there_is_no_list(tmp_path: Path) -> None:
    record, found = started(tmp_path, SITE)
    assert (found, listed(record)) == ([], (False, ()))
    record.close()


def test_a_site_of_old_days_that_others_reach_begins_a_list_with_its_nodes(
    tmp_path: Path,
) -> None:
    of_old_days(tmp_path, NETWORK)
    record, found = started(tmp_path, NETWORK, 60)
    assert found == [Listing(ListNodes("settings", "sensors", (RADAR.node_id,)), is_upgrade=True)]
    assert listed(record) == (True, (RADAR.node_id,))
    record.close()
    record, found = started(tmp_path, NETWORK, 120)
    assert (found, listed(record)) == ([], (True, (RADAR.node_id,))), "once"
    record.close()


def test_so_does_it_when_its_settings_change_at_the_same_time(tmp_path: Path) -> None:
    of_old_days(tmp_path, NETWORK)
    record, found = started(tmp_path, NETWORK + "# changed\n", 60)
    assert [listing.is_upgrade for listing in found] == [True]
    assert listed(record) == (True, (RADAR.node_id,))
    record.close()


@pytest.mark.parametrize("text", [NETWORK, LISTED])
def test_whom_an_operator_admitted_is_admitted_in_the_next_journal(tmp_path: Path, text: str) -> None:
    record, _ = started(tmp_path, text)
    act(record, AdmitNode("Layla", "sensors", OTHER))
    record.close()
    record, found = started(tmp_path, moved(text), 60)
    assert [listing.is_upgrade for listing in found] == [False]
    assert listed(record) == (True, (OTHER,))
    record.close()


def test_from_where_it_was_admitted_or_refused_holds_in_the_next_journal(tmp_path: Path) -> None:
    record, _ = started(tmp_path, LISTED)
    act(record, AdmitNode("Layla", "sensors", OTHER, "10.0.0.5"))
    act(record, RefuseNode("Layla", "sensors", RADAR.node_id, "10.0.0.66"))
    record.close()
    record, _ = started(tmp_path, moved(LISTED), 60)
    feed = record.recorder.fold.guarded()["sensors"]
    assert (feed.bound(), feed.refused()) == (((OTHER, "10.0.0.5"),), ((RADAR.node_id, "10.0.0.66"),))
    record.close()


def test_a_list_in_the_settings_takes_nobody_over_who_only_spoke(tmp_path: Path) -> None:
    of_old_days(tmp_path, NETWORK)
    record, found = started(tmp_path, LISTED, 60)
    assert (found, listed(record)) == ([], (True, ()))
    record.close()


def test_many_nodes_go_into_several_actions(tmp_path: Path) -> None:
    record = open_record(tmp_path, "example", NETWORK.encode(), T0)
    nodes = [replace(RADAR, node_id=f"00000000-0000-4000-8000-{number:012d}") for number in range(250)]
    record.recorder.take(
        [Frame("sensors", T0, registration(node, T0), 1 + number // 100) for number, node in enumerate(nodes)]
    )
    record.close()
    record, found = started(tmp_path, NETWORK, 60)
    actions = [listing.action for listing in found if isinstance(listing.action, ListNodes)]
    assert [len(action.node_ids) for action in actions] == [200, 50]
    assert len(listed(record)[1]) == 250
    record.close()


@pytest.mark.parametrize(("language", "says"), [("en", "two sensors known from"), ("ar", "مستشعر")])
def test_the_upgrade_is_told(language: str, says: str) -> None:
    heard = Heard(language)  # type: ignore[arg-type]
    tell_listed(heard, Listing(ListNodes("settings", "sensors", (RADAR.node_id, OTHER)), is_upgrade=True))
    assert says in heard.said[0]
    tell_listed(heard, Listing(ListNodes("settings", "sensors", ()), is_upgrade=False))
    assert len(heard.said) == 1


def test_a_rehearsal_is_given_all_the_time_it_needs() -> None:
    (feed,) = settings_from_toml(SITE.encode(), "site.toml").feed
    assert limits_of(feed, is_rehearsal=True).greeting_max_s == float("inf")
    assert limits_of(feed, is_rehearsal=False).greeting_max_s == 10.0


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            'access = "open"',
            "18:1 feed 1 (sensors): access is 'open', and listen is '0.0.0.0:5020', which others than",
        ),
        ('access = "certified"', "that needs tls_certificate, tls_key, tls_authorities as well"),
        (
            'access = "certified"\ntls_certificate = "a.pem"\ntls_key = "b.pem"\ntls_authorities = "c.pem"',
            "tls_authorities: there is no file",
        ),
    ],
)
def test_check_says_what_is_wrong_with_who_may_speak(tmp_path: Path, lines: str, says: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(NETWORK.replace('5020"', f'5020"\n{lines}'), "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    assert says in str(caught.value)


def test_files_that_make_no_tls_are_told_before_the_site_runs(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.pem" for name in ("tls_certificate", "tls_key", "tls_authorities")}
    for file in files.values():
        file.write_text("no certificate", "utf-8")
    lines = "\n".join(f'{name} = "{file}"' for name, file in files.items())
    path = tmp_path / "site.toml"
    path.write_text(NETWORK.replace('5020"', f'5020"\naccess = "certified"\n{lines}'), "utf-8")
    with pytest.raises(ConfigError, match=r"tls_authorities: .*holds no PEM certificate"):
        read_settings(path)
