"""What can be known before a site runs is known when its settings are read."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from marsad.errors import ConfigError
from marsad.model.settings import within
from marsad.server.passwords import hash_password
from marsad.site.settings import settings_from_toml
from marsad.site.toml_tree import record_from_toml
from marsad.station.settings_file import SettingsTree, check_listeners, read_settings

from ..outputs.loudspeaker import record, write_wav

HASH = hash_password("an example")

SITE = """\
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4

[[feed]]
name = "one"
standard = "sapient"
listen = "127.0.0.1:5020"

[[feed]]
name = "two"
standard = "sapient"
listen = "127.0.0.1:5021"

[server]
port = 8080
"""


def told(path: Path, text: str) -> list[str]:
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    return [line.strip().removeprefix(f"{path}:") for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("5021", "5020", "16:1 feed 2 (two): listen is '127.0.0.1:5020'; feed 1 has port 5020 already"),
        ("5021", "8080", "16:1 feed 2 (two): listen is '127.0.0.1:8080'; the console has port 8080 already"),
        (
            "127.0.0.1:5021",
            "0.0.0.0:5020",
            "16:1 feed 2 (two): listen is '0.0.0.0:5020'; feed 1 has port 5020 already",
        ),
        ("port = 8080", "port = 80800",
         "19:1 server: port is 80800; it must be a whole number from 0 to 65,535"),
        ("port = 8080", "ports = 8080", "19:1 server: ports: no such setting; is port meant?"),
        ("port = 8080", "pmtiles = '/no/base.pmtiles'",
         "19:1 server: pmtiles: there is no file '/no/base.pmtiles'"),
        (
            "port = 8080",
            "static_directory = '/no/where'",
            "19:1 server: static_directory: there is no directory '/no/where'",
        ),
        (
            "port = 8080",
            "tls_key = '/no/key.pem'",
            "18:1 server: tls_certificate and tls_key must be given together",
        ),
        (
            "port = 8080",
            'host = "0.0.0.0"',
            "18:1 server: operators: there are none, and host 0.0.0.0 is reachable from the network: "
            "configure at least one operator, or bind 127.0.0.1",
        ),
        (
            "port = 8080",
            'host = "0.0.0.0"\noperators = [{ name = "Layla", password_hash = "' + HASH + '" }]',
            "19:1 server: host: 0.0.0.0 is reachable from the network, and passwords would cross it in the "
            "clear: give tls_certificate and tls_key, or name in proxies the reverse proxy that ends TLS, "
            "or bind 127.0.0.1; plain_network = true takes the risk",
        ),
        (
            "port = 8080",
            'proxies = ["the proxy"]',
            "19:12 server, proxies: number 1: 'the proxy' is no address and no network",
        ),
        (
            "port = 8080",
            "pmtiles = '/tmp'",
            "19:1 server: pmtiles: '/tmp' is a folder; a file is needed",
        ),
        (
            "port = 8080",
            'operators = [{ name = "Layla", password_hash = "a secret" }]',
            "19:32 server, operators 1 (Layla): password_hash: must be a hash made by `marsad password` "
            "(scrypt$…)",
        ),
        (
            "5021",
            "8080\"  # twice\n[[feed]]\nname = \"adsb\"\nstandard = \"sbs\"\nconnect = \"127.1:8080",
            "20:1 feed 3 (adsb): connect is 127.1:8080, where the console of this site listens; "
            "name the receiver's address",
        ),
        (
            "port = 8080",
            "port = 0\n[[feed]]\nname = 'adsb'\nstandard = 'sbs'\nconnect = 'localhost:5021'",
            "23:1 feed 3 (adsb): connect is localhost:5021, where feed 2 of this site listens; "
            "name the receiver's address",
        ),
        (
            "port = 8080",
            "static_directory = '/'",
            "19:1 server: static_directory: '/' holds no index.html, so it is no console; leave the setting "
            "out, and the console that came with Marsad is served",
        ),
        (
            'name_en = "Example"',
            'name_en = "  "',
            "3:1 site: name_en: '  ' holds no visible character; write what people call it",
        ),
        (
            "[[feed]]",
            '[[site.friend]]\nlabel = "icao:4b43ac"\nname = "Po\\u2066lice"\n[[feed]]',
            "10:1 friend 1 (Po\\u2066lice): name: character 3 is U+2066 (LEFT-TO-RIGHT ISOLATE), which is "
            "not seen and can make a name show as another; leave it out",
        ),
        (
            "port = 8080",
            'operators = [{ name = "Lay\\u001bla", password_hash = "' + HASH + '" }]',
            "19:16 server, operators 1 (Lay\\u001bla): name: character 4 is U+001B (a control character), "
            "which is not seen and can make a name show as another; leave it out",
        ),
        ("port = 8080", "metrics_token = 'short'",
         "19:1 server: metrics_token is (not shown); it must be text, at least 16 letters"),
    ],
)  # fmt: skip
def test_what_run_would_refuse_is_a_fault(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert fault in told(tmp_path / "site.toml", SITE.replace(old, new))


@pytest.mark.parametrize("address", ["127.0.0.2:5020", "[::1]:5020", "127.0.0.1:0"])
def test_one_port_on_two_addresses_and_ports_chosen_by_the_system_are_good(
    tmp_path: Path, address: str
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace("127.0.0.1:5021", address).replace("8080", "0"), "utf-8")
    assert read_settings(path).server.port == 0


def test_a_feed_that_is_dialled_is_told_from_one_that_listens(tmp_path: Path) -> None:
    text = SITE + '[[feed]]\nname = "adsb"\nstandard = "sbs"\nlisten = "127.0.0.1:30003"\n'
    assert told(tmp_path / "site.toml", text) == [
        "23:1 feed 3 (adsb): listen: no such setting; is connect meant? Marsad dials this kind of feed"
    ]


def test_a_friend_that_no_feed_could_ever_recognise_is_a_fault(tmp_path: Path) -> None:
    text = SITE + '[[site.friend]]\nlabel = "icao:4b43ac"\nname = "Police"\nauthenticated_only = true\n'
    (fault,) = told(tmp_path / "site.toml", text)
    assert "friend 1 (Police): authenticated_only: no feed authenticates a claim" in fault
    settings_from_toml(text.encode(), "a journal of an earlier version")  # is still read


def test_zones_far_away_are_found_though_a_coordinate_of_the_site_is_missing(tmp_path: Path) -> None:
    text = re.sub(r"^longitude_deg.*\n", "", SITE, flags=re.M)
    text += '[[site.zone]]\nid = "far"\nname_en = "F"\nname_ar = "F"\ncentre = [50.0, 44.4]\nradius_m = 9.0\n'
    faults = told(tmp_path / "site.toml", text)
    assert len(faults) == 2 and "longitude_deg is missing" in faults[0] and "more than 100 km" in faults[1]


def test_a_certificate_that_is_none_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("no certificate", "utf-8")
    text = SITE + f"tls_certificate = '{tmp_path}/c.pem'\ntls_key = '{tmp_path}/c.pem'\n"
    assert told(tmp_path / "site.toml", text) == [
        f"20:1 server: tls_certificate: {tmp_path}/c.pem: holds no PEM certificate",
        f"21:1 server: tls_key: {tmp_path}/c.pem: holds no PEM private key",
    ]


def test_what_keeps_an_output_from_working_is_a_fault(tmp_path: Path) -> None:
    outputs = """
[[output]]
name = "broker"
standard = "mqtt"
url = "mqtts://broker.example"
user = "marsad"
password_file = "/no/password"
authorities = "/no/ca.pem"
[[output]]
name = "siren"
standard = "modbus"
address = "192.0.2.7:502"
stages = ["WARN"]
coils = [
  {coil = 1, zone = "nowhere", stage = "WARN", use = "jammer"},
  {coil = 2, zone = "nowhere", stage = "WARN", use = "siren"},
]
[[output]]
name = "one"
standard = "mqtt"
url = "mqtt://127.0.0.1"
[[output]]
name = "two"
standard = "mqtt"
url = "mqtt://127.0.0.1:1883"
"""
    said = "\n".join(told(tmp_path / "site.toml", SITE + outputs))
    for part in (
        "(broker): url is 'mqtts://broker.example', another machine, where others publish too: set secret_f",
        "(broker): password_file: /no/password: the password cannot be read",
        "(broker): authorities: there is no file '/no/ca.pem'",
        "(siren): address is '192.0.2.7:502', another machine; Modbus knows no password",
        'coils 1: use is "jammer"; it must be one of "siren", "light", "sign"',
        "(two): prefix: output one has the same; it must be its own",
    ):
        assert part in said
    good = SITE + outputs.replace("jammer", "sign")
    assert "coils 2: zone: this site has no zone 'nowhere'; zones: none" in "\n".join(
        told(tmp_path / "site.toml", good)
    )


ZONES = """
[[site.zone]]
id = "fuel"
name_en = "Fuel"
name_ar = "الوقود"
centre = [33.3, 44.4]
radius_m = 100
[[site.zone]]
id = "hq"
name_en = "HQ"
name_ar = "المقر"
centre = [33.31, 44.4]
radius_m = 100
"""
TELLING = """
[[output]]
name = "mail"
standard = "smtp"
server = "127.0.0.1:25"
security = "none"
sender = "marsad@site.example"
recipients_file = "{folder}/mail.csv"
[[output]]
name = "sms"
standard = "sms"
url = "http://127.0.0.1:1/?to={{to}}&text={{text}}"
method = "GET"
recipients_file = "{folder}/sms.csv"
text = {{ en = "Marsad: {{text}}" }}
[[output]]
name = "yard"
standard = "rtp"
address = "127.0.0.1:5004"
languages = ["ar"]
zones = ["hq"]
stages = ["ALERT"]
clips = "{folder}/clips"
"""
YARD = ("be_ready", "drone", "rocket", "stay_in_shelter", "all_clear", "false_alarm", "no_danger")


def test_lists_and_recordings_that_an_output_needs_are_asked_for_before_a_start(tmp_path: Path) -> None:
    text = SITE + ZONES + TELLING.format(folder=tmp_path)
    said = "\n".join(told(tmp_path / "site.toml", text))
    assert f"(mail): recipients_file: {tmp_path}/mail.csv: cannot be read: No such file" in said
    assert f"(yard): clips: there is no folder '{tmp_path}/clips'" in said
    (tmp_path / "mail.csv").write_text("to,language,zones\nofficer@site.example,both,fuel\n")
    (tmp_path / "sms.csv").write_text("to,language,zones\n+9647901234567,both\n+9647901234568,ar,gate\n")
    names = [f"ar/{one}.wav" for one in (*YARD, "every_zone", "zone_hq")]
    record(tmp_path / "clips", names)
    (tmp_path / "clips/ar/zone_hq.wav").unlink()
    write_wav(tmp_path / "clips/ar/drone.wav", [0] * 100, rate_hz=44_100)
    write_wav(tmp_path / "clips/ar/rocket.wav", [])
    (tmp_path / "clips/ar/all_clear.wav").write_bytes(b"RIFF....MP3")
    lines = told(tmp_path / "site.toml", text)
    said = "\n".join(lines)
    for part in (
        "(mail): recipients_file: " + f"{tmp_path}/mail.csv: nobody on the list is told of zone 'hq'",
        "(sms): recipients_file: "
        + f"{tmp_path}/sms.csv: line 3: this site has no zone 'gate'; zones: fuel, hq",
        "(sms): text has nothing for 'ar', in which 2 of the recipients are told: add text.ar, or leav",
        f"(yard): clips: {tmp_path}/clips/ar/zone_hq.wav is missing; it says: المقر",
        "drone.wav: has 44100 samples a second, 1 channels and 16 bits; 8000, 1 and 16 are needed",
        "rocket.wav: lasts 0.0 s; up to 15 s may be",
        "all_clear.wav: is no WAV file of plain samples",
    ):
        assert part in said
    assert len(lines) == 7 and "790" not in said.replace(str(tmp_path), "")


def test_recordings_that_a_program_made_are_for_drills_alone(tmp_path: Path) -> None:
    text = (SITE + ZONES + TELLING.format(folder=tmp_path)).replace("text = {", "number_per_hour = 9 # {")
    (tmp_path / "mail.csv").write_text("to,language,zones\nofficer@site.example,both\n")
    (tmp_path / "sms.csv").write_text("to,language,zones\n+9647901234567,both\n")
    record(
        tmp_path / "clips", [f"ar/{one}.wav" for one in (*YARD, "every_zone", "zone_hq")], placeholder=True
    )
    (tmp_path / "site.toml").write_text(text)
    assert len(read_settings(tmp_path / "site.toml").outputs) == 3
    live = text.replace('id = "example"', 'id = "example"\nmode = "live"', 1)
    (fault,) = told(tmp_path / "site.toml", live)
    assert "(yard): clips: " in fault
    assert "manifest.json says that a program made these recordings; a site in live mode speaks with" in fault
    (tmp_path / "site.toml").write_text(live + "live = false\n")
    assert read_settings(tmp_path / "site.toml").outputs
    (tmp_path / "clips/manifest.json").write_text('{"placeholder": "no"}')
    (fault,) = told(tmp_path / "site.toml", live)
    assert 'says nothing of "placeholder", which is true or false' in fault
    (tmp_path / "clips/manifest.json").write_text('{"placeholder": false}')
    (tmp_path / "site.toml").write_text(live)
    assert read_settings(tmp_path / "site.toml").outputs


def test_no_secret_is_shown(tmp_path: Path) -> None:
    text = SITE + 'operators = [{ name = "a", password_hash = 77345 }]\nmetrics_token = "s3cr3t"\n'
    faults = " ".join(told(tmp_path / "site.toml", text))
    assert "77345" not in faults and "s3cr3t" not in faults and faults.count("(not shown)") == 2


def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path, "this is a folder; name the site's TOML file"),
        (tmp_path / "absent.toml", "there is no such file; `marsad new` makes one"),
        (tmp_path / "a\0b", "cannot be read: embedded null byte"),
    ):
        with pytest.raises(ConfigError) as caught:
            read_settings(path)
        assert str(caught.value) == f"{path}: 1 fault\n  {said}"


def test_an_address_that_this_machine_has_not_is_found_by_check(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    text = SITE.replace("127.0.0.1:5020", "no.such.host.invalid:5020").replace(
        "127.0.0.1:5021", "192.0.2.55:5021"
    )
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        check_listeners(read_settings(path), path)
    _, unresolved, foreign = str(caught.value).splitlines()
    assert (
        ":11:1 feed 1 (one), listen: nothing can listen on 'no.such.host.invalid': the name does not"
        in unresolved
    )
    assert (
        ":16:1 feed 2 (two), listen: nothing can listen on '192.0.2.55': Cannot assign requested" in foreign
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:  # what runs there already is no fault of the file
        path.write_text(SITE.replace("5020", str(taken.getsockname()[1])), "utf-8")
        check_listeners(read_settings(path), path)


PIECES = st.sampled_from(
    [
        *("[", "]", "{", "}", "=", ".", ",", '"', "'", "\n", "#", "\\", "\0", "\u202e", "\x1b", "\ud7ff"),
        *("9" * 5000, "-1" + "0" * 4400, "0x" + "f" * 5000, "1e999", "nan", "-inf", "1979-02-31", "25:61:00"),
        *(
            "2022-01-04T02:40:00+99:99",
            "[" * 300 + "]" * 300,
            "{a=" * 300 + "1" + "}" * 300,
            "[[x]]\n",
            "[site]\n",
        ),
        *(
            "\ud55c",
            "true",
            "name_en",
            "zone",
            "corners = [[1,2],[3,4]]",
            "port = 1_0",
            '"""',
            "'" * 3,
            "a.b.c = 1\n",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_a_settings_file_holds_ends_in_a_record_or_in_faults_with_their_place(
    data: st.DataObject,
) -> None:
    text = SITE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(PIECES | st.text(max_size=5)) + text[end:]
    try:
        record_from_toml(SettingsTree, text.encode(), "site.toml")
    except ConfigError as error:
        assert error.faults and all(fault.line > 0 and fault.column > 0 for fault in error.faults)
        assert not any(letter in str(error) for letter in "\x1b\u202e")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("9" * 6000, "19:8 a whole number of 6,000 digits; no setting allows so many"),
        (
            "0x" + "f" * 6000,
            "19:1 server: port is a whole number of 24,000 bits; it must be a whole number from 0",
        ),
        ("[" * 150 + "]" * 150, "19:1 server: port is [[[["),
        ("[" * 20_000 + "]" * 20_000, "1:1 lists or tables are nested too deeply"),
    ],
    ids=["decimal", "hexadecimal", "deep", "too deep"],
)
def test_a_number_without_measure_is_a_fault_with_its_place(tmp_path: Path, written: str, said: str) -> None:
    (fault,) = told(tmp_path / "site.toml", SITE.replace("8080", written))
    assert fault.startswith(said)


def test_reading_settings_opens_nothing_and_loads_nothing_heavy(tmp_path: Path) -> None:
    """The port may be in use: that is told when the site starts, not by reading."""
    path = tmp_path / "site.toml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        path.write_text(SITE.replace("5020", str(taken.getsockname()[1])), "utf-8")
        code = (
            "import sys; from pathlib import Path; from marsad.station.settings_file import read_settings;"
            f"read_settings(Path({str(path)!r})); print(*sys.modules)"
        )
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numba", "scipy", "fastapi", "uvicorn", "sqlalchemy", "typst", "mcap", "google.protobuf"}
    assert heavy.isdisjoint(loaded.stdout.split())


def test_every_fault_of_the_flights_that_the_settings_name_is_told(tmp_path: Path) -> None:
    table = tmp_path / "flights.csv"
    text = SITE.replace("[[feed]]", f'flights = "{table}"\n\n[[feed]]', 1)
    assert told(tmp_path / "site.toml", text) == [f"8:1 site: flights: there is no file '{table}'"]
    table.write_text("id,name,until,icao\na,,soon,1\nb,B,2099-01-01T00:00:00Z,\n", "utf-8")
    said = told(tmp_path / "site.toml", text)
    assert len(said) == 3
    for part in ("line 2, name: is empty", "line 2, until: 'soon'", "line 3, labels: neither an identifier"):
        assert any(f"{table}: {part}" in one for one in said), (part, said)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("expires = 2026-01-01T00:00:00", "expires: a time needs its zone"),
        (
            "expected_from = 2026-01-02T00:00:00Z\nexpires = 2026-01-01T00:00:00Z",
            "expires: is not after expected_from",
        ),
        ('expires = "soon"', "a date and time with its zone"),
    ],
)
def test_the_times_of_a_friend_are_checked(tmp_path: Path, lines: str, says: str) -> None:
    friend = f'[[site.friend]]\nlabel = "icao:1"\nname = "A"\n{lines}\n\n[[feed]]'
    (fault,) = told(tmp_path / "site.toml", SITE.replace("[[feed]]", friend, 1))
    assert says in fault


def test_what_outputs_need_on_this_machine_is_looked_at(tmp_path: Path) -> None:
    outputs = """
[[output]]
name = "one"
standard = "cap"
folder = "FOLDER/cap"

[[output]]
name = "two"
standard = "cap"
folder = "FOLDER/./cap"

[[output]]
name = "tak"
standard = "cot"
address = "tls://tak.example:8089"
authorities = "FOLDER/nobody.pem"

[[output]]
name = "hook"
standard = "webhook"
url = "https://gate.example/"
secret_file = "FOLDER/none"
""".replace("FOLDER", str(tmp_path))
    said = told(tmp_path / "site.toml", SITE + outputs)
    assert len(said) == 3
    assert "where output 1 writes: one each" in said[0]
    assert "there is no file" in said[1] and "nobody.pem" in said[1]
    assert "cannot be read" in said[2]


def test_an_output_that_nothing_speaks_is_told_of_with_those_that_are_spoken(tmp_path: Path) -> None:
    (said,) = told(tmp_path / "site.toml", SITE + '\n[[output]]\nname = "x"\nstandard = "carrier-pigeon"\n')
    assert "carrier-pigeon" in said and "webhook" in said and "cap" in said


def test_drills_by_themselves_need_an_output_that_is_for_drills(tmp_path: Path) -> None:
    hook = '[[output]]\nname = "hook"\nstandard = "webhook"\nurl = "http://127.0.0.1:9/"\n'
    schedule = '[drill]\nevery = "week"\n'
    said = "\n".join(told(tmp_path / "site.toml", SITE + hook + schedule))
    assert "every: no output is marked for drills" in said
    marked = SITE + hook + "drills = true\n" + schedule
    assert settings_from_toml(marked.encode(), "site.toml").drill.every == "week"


BESIDE = """
pmtiles = "map.pmtiles"
[heartbeat]
file = "beat"
key_file = "secret"
[[output]]
name = "mail"
standard = "smtp"
server = "127.0.0.1:25"
security = "none"
sender = "marsad@site.example"
recipients_file = "lists/mail.csv"
[[output]]
name = "hub"
standard = "cap"
folder = "cap"
[[output]]
name = "hook"
standard = "webhook"
url = "http://127.0.0.1:9/"
secret_file = "ABSOLUTE"
"""


def test_files_that_settings_name_are_beside_them_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / "lists").mkdir(parents=True)
    elsewhere.mkdir()
    (home / "map.pmtiles").touch()
    (home / "flights.csv").write_text("id,name,until,remote_id\npatrol,Patrol,2099-01-01T00:00:00Z,1596f\n")
    (home / "lists/mail.csv").write_text("to,language,zones\nofficer@site.example,both\n")
    for folder in (home, tmp_path):
        (folder / "secret").write_text("0123456789abcdef")
    text = SITE.replace("44.4\n", '44.4\nflights = "flights.csv"\n', 1) + BESIDE
    (home / "site.toml").write_text(text.replace("ABSOLUTE", f"{tmp_path}/secret"), "utf-8")
    monkeypatch.chdir(elsewhere)
    file = read_settings(Path("../home/site.toml"))
    assert file.site.site.flights == f"{home}/flights.csv"
    assert file.server.pmtiles == home / "map.pmtiles"
    assert (file.heartbeat.file, file.heartbeat.key_file) == (f"{home}/beat", f"{home}/secret")
    mail, hub, hook = file.outputs
    assert getattr(mail, "recipients_file", "") == f"{home}/lists/mail.csv"
    assert getattr(hub, "folder", "") == f"{home}/cap"
    assert getattr(hook, "secret_file", "") == f"{tmp_path}/secret"
    begun = settings_from_toml(file.data, "the beginning of a journal")
    assert begun.site.flights == "flights.csv", "a journal is read without the folder"


def test_the_certificates_of_every_output_are_looked_at(tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("gate.example", not_after=datetime.now(UTC) - timedelta(days=1))
    (tmp_path / "own.pem").write_bytes(leaf.cert_chain_pems[0].bytes())
    (tmp_path / "own.key").write_bytes(leaf.private_key_pem.bytes())
    (tmp_path / "key").write_text("0123456789abcdef")
    outputs = """
[[output]]
name = "screens"
standard = "page"
listen = "0.0.0.0:8090"
secret_file = "key"
tls_certificate = "own.pem"
tls_key = "own.key"
[[output]]
name = "hook"
standard = "webhook"
url = "https://gate.example/"
secret_file = "key"
client_certificate = "own.pem"
client_key = "none.key"
"""
    said = "\n".join(told(tmp_path / "site.toml", SITE + outputs))
    assert f"(screens): tls_certificate: {tmp_path}/own.pem: has expired" in said
    assert f"(hook): client_key: there is no file '{tmp_path}/none.key'" in said


def test_every_setting_that_names_a_file_is_beside_the_settings() -> None:
    joined = {"checklist.file", "procedures"}  # by who reads them, for a journal has what is in them
    named = {
        key: kind
        for key, kind in _settings_of(SettingsTree)
        if re.search(
            r"(_file|^file|certificate|_key|authorities|^clips|^folder|^flights|^pmtiles|_directory|^procedures)$",
            key.rpartition(".")[2],
        )
        and key not in joined
        and ".nodes." not in key
    }
    assert len(named) > 20
    with within("/site"):
        for key, kind in named.items():
            assert str(TypeAdapter(kind).validate_python("one")) == "/site/one", key
            assert str(TypeAdapter(kind).validate_python("/two")) == "/two", key


def _settings_of(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting, its dotted key and its type."""
    for name, field in model.model_fields.items():
        kind = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        yield before + name, kind
        for inner in _records_of(field.annotation):
            yield from _settings_of(inner, f"{before}{name}.")


def _records_of(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for one in get_args(annotation):
        yield from _records_of(one)
