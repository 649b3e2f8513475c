"""Settings files: every fault at once, where it stands, in words."""

import random
import re
import tomllib
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.errors import ConfigError
from marsad.site.faults import tree_faults
from marsad.site.settings import SiteSettings, settings_from_toml

GOOD = """\
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.30
longitude_deg = 44.40

[[site.zone]]
id = "hall"
name_en = "Hall"
name_ar = "القاعة"
corners = [[33.301, 44.400], [33.301, 44.402], [33.300, 44.402]]

[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "البوابة"
centre = [33.299, 44.399]
radius_m = 120.0

[[feed]]
name = "sensors"
standard = "sapient"
listen = "127.0.0.1:5020"

[feed.nodes.f5e9175f-8eb1-45ba-9be6-6ea8ab496563]
range_max_m = 12000.0

[[feed]]
name = "adsb"
standard = "sbs"
connect = "127.0.0.1:30003"
"""


def told(text: str) -> list[str]:
    """The faults of a file as they are printed, without head line and file name."""
    with pytest.raises(ConfigError) as caught:
        settings_from_toml(text.encode(), "site.toml")
    return [line.strip().removeprefix("site.toml:") for line in str(caught.value).splitlines()[1:]]


def test_a_good_file_has_none() -> None:
    site = settings_from_toml(GOOD.encode(), "site.toml").build_site()
    assert [zone.zone_id for zone in site.zones] == ["hall", "gate"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("radius_m = 120.0", "radius_m = -5",
         "19:1 zone 2 (gate): radius_m is -5; it must be a number above 0, at most 100,000"),
        ("latitude_deg = 33.30", "latitude_deg = 133.3",
         "5:1 site: latitude_deg is 133.3; it must be a number from -90 to 90"),
        ("latitude_deg = 33.30\n", "latitude_deg = 33.30\nutc_offset_s = -3\n",
         "6:1 site: utc_offset_s is -3; it must be seconds, a multiple of 900 from -50,400 to 50,400"),
        ("latitude_deg = 33.30\n", "",
         "1:1 site: latitude_deg is missing; it must be a number from -90 to 90"),
        ('id = "gate"', 'id = "The Gate"',
         '15:1 zone 2 (The Gate): id is "The Gate"; it must be 1 to 40 small letters a-z, '
         "digits and hyphens, the first no hyphen"),
        ("[33.301, 44.402]", "[33.301, 444.402]",
         "12:39 zone 1 (hall), corners 2: number 2 is 444.402; it must be a number from -180 to 180"),
        ("radius_m = 120.0", "radius_n = 120.0",
         "19:1 zone 2 (gate): radius_n: no such setting; is radius_m meant?"),
        ('"sbs"', '"sbz"', '31:1 feed 2 (adsb): standard is "sbz"; it must be one of "sapient", "sbs"'),
        ('standard = "sbs"\n', "",
         '29:1 feed 2 (adsb): standard is missing; it must be one of "sapient", "sbs"'),
        ("5020", "502000",
         '24:1 feed 1 (sensors): listen is "127.0.0.1:502000"; it must be a host and a port, such as '
         '"127.0.0.1:5020" or "[::1]:5020"'),
        ("5020", "65536",
         "24:1 feed 1 (sensors): listen: port 65536 is out of range; the highest is 65535"),
        (":30003", ":0",
         "32:1 feed 2 (adsb): connect: port 0 cannot be dialled; name the port of the other side"),
        ("[[site.zone]]\nid = \"hall\"", "[site.zone]\nid = \"hall\"", None),
        ('id = "gate"', 'id = "hall"', "15:1 zone 2 (hall): id is 'hall'; zone 1 has it already"),
        ('name = "adsb"', 'name = "sensors"',
         "30:1 feed 2 (sensors): name is 'sensors'; feed 1 has it already"),
        ('name = "adsb"', 'name = "tick"',
         "30:1 feed 2 (tick): a feed may not be called 'tick': that name is the site's own"),
        (", [33.300, 44.402]]", "]", "12:1 zone 1 (hall): 2 corners; a polygon has at least 3"),
        ("radius_m = 120.0\n", "", "14:1 zone 2 (gate): give either corners, or centre and radius_m"),
        ("centre = [33.299, 44.399]", "centre = [44.399, 33.299]",
         "18:1 zone 2 (gate): 44.399, 33.299 is more than 100 km from the site at 33.3, 44.4; "
         "is it [latitude, longitude]?"),
        ("range_max_m = 12000.0", "range_max_m = 50.0\nrange_min_m = 60.0",
         "28:1 feed 1 (sensors), nodes, f5e9175f-8eb1-45ba-9be6-6ea8ab496563: "
         "range_min_m must be smaller than range_max_m"),
    ],
)  # fmt: skip
def test_a_fault_says_where_what_and_what_is_allowed(old: str, new: str, fault: str | None) -> None:
    assert old in GOOD
    faults = told(GOOD.replace(old, new))
    assert fault is None or faults == [fault]
    assert faults and all(re.match(r"\d+:\d+ ", line) for line in faults)


def test_a_table_where_a_list_of_tables_belongs_says_how_to_write_it() -> None:
    head = GOOD[: GOOD.index("[[site.zone]]")]
    assert told(head + '[site.zone]\nid = "a"\n') == [
        "8:1 site: zone is a table; it must be a list of tables: write [[site.zone]] above each"
    ]


def test_faults_between_fields_come_with_faults_of_fields() -> None:
    text = GOOD.replace("latitude_deg = 33.30", "latitude_deg = 133.3")
    text = text.replace('id = "gate"', 'id = "hall"').replace("radius_m = 120.0", "radius_m = -5")
    text = text.replace("[33.301, 44.402], [33.300, 44.402]]", "[33.301, 44.402]]\nvalue = 7")
    text = text.replace('name = "adsb"', 'name = "sensors"').replace('standard = "sbs"', 'standard = "sbz"')
    found = " | ".join(told(text))
    for part in ("133.3", "hall", "radius_m is -5", "value is 7", "2 corners", "'sensors'; feed 1", '"sbz"'):
        assert part in found
    assert len(told(text)) == 7


def test_faults_stand_in_the_order_of_the_file() -> None:
    text = GOOD.replace("longitude_deg = 44.40", "longitude_deg = 444.0").replace(
        "radius_m = 120.0", "radius_m = 0"
    )
    text = text.replace(":30003", "").replace('id = "hall"', 'id = "HALL"')
    lines = [int(fault.split(":")[0]) for fault in told(text)]
    assert lines == sorted(lines) and len(lines) == 4


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "1:1 the file is empty"),
        (b" \n\n", "1:1 the file is empty"),
        (b"\xef\xbb\xbf[site]\n",
         "1:1 the file is UTF-8 with a byte order mark; save it as plain UTF-8"),
        ("[site]".encode("utf-16"), "1:1 the file is UTF-16; save it as plain UTF-8"),
        ('[site]\nname_en = "Café"'.encode("latin-1"),
         "2:15 byte 0xe9 is not UTF-8; save the file as plain UTF-8"),
        (b'[site]\nid = "exam',
         "2:11 not TOML: unterminated string where the file ends; is it half written?"),
        (b"[site]\nid = \n", "2:6 not TOML: invalid value"),
        (b"[site]\nid",
         "2:3 not TOML: expected '=' after a key in a key/value pair where the file ends; "
         "is it half written?"),
        (b"a = " + b"[" * 5000, "1:1 lists or tables are nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_toml_is_said_in_one_line(data: bytes, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_from_toml(data, "site.toml")
    assert str(caught.value) == f"site.toml: 1 fault\n  site.toml:{fault}"


def test_a_site_at_the_date_line_may_have_zones_beyond_it() -> None:
    text = GOOD.replace("longitude_deg = 44.40", "longitude_deg = 179.99")
    text = text.replace("[33.301, 44.400], [33.301, 44.402], [33.300, 44.402]",
                        "[33.301, -179.99], [33.301, -179.98], [33.300, -179.98]")  # fmt: skip
    text = text.replace("centre = [33.299, 44.399]", "centre = [33.299, 179.98]")
    zones = settings_from_toml(text.encode(), "site.toml").build_site().zones
    assert max(abs(east) for east, _ in zones[0].corners_enu) < 3_000


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8), st.just([]),
    st.just({}), st.just([[1.0, 2.0]]), st.just([{"id": "a"}]), st.just({"a": [1]}),
    st.just("127.0.0.1:5020"),
)  # fmt: skip


def nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a tree, as container and key."""
    inner = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    return [(value, key) for key in inner] + [place for key in inner for place in nodes(value[key])]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**6), VALUES, st.booleans()), min_size=1, max_size=4))
def test_no_value_anywhere_leads_to_anything_but_faults(changes: list[tuple[int, Any, bool]]) -> None:
    tree = tomllib.loads(GOOD)
    for number, value, added in changes:
        places = nodes(tree)
        container, key = places[number % len(places)]
        if added and isinstance(container, dict):
            container["surprise"] = deepcopy(value)
        else:
            container[key] = deepcopy(value)
    try:
        SiteSettings.model_validate(tree)
    except ValueError as error:
        faults = tree_faults(SiteSettings, tree, error, {})  # type: ignore[arg-type]
        assert faults
        assert not [fault for fault in faults if "^[" in fault.allowed or "Input should" in fault.sentence]


def test_many_faults_take_no_time_to_speak_of() -> None:
    rng = random.Random(1)
    friends = "".join(
        f'[[site.friend]]\nlabel = "{rng.choice(["icao:a", "bad"])}"\nname = "n"\n' for _ in range(2000)
    )
    assert len(told(GOOD + friends)) > 800
