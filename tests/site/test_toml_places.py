"""The places of keys agree with what tomllib finds, for any TOML."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marsad.site.toml_places import Path, toml_places

KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=5),
)
GAPS = st.sampled_from(["", " ", "\t ", "  "])
BREAKS = st.sampled_from(["", "\n", ' # a "comment" = [1]\n', "\r\n\n  "])
LEAVES = st.sampled_from(
    [
        "1", "-3.5e2", "+inf", "true", "1979-05-27T07:32:00Z", "1979-05-27 07:32:00", "0xff", "nan",
        '""', "''", '"a # no [comment] = \\" \\\\"', "'c:\\path # [x]'", '"مرصد"',
        '"""\n# no = "comment"\n[no.table]\n\\""""', '"""x"""""', "'''\na = ''b''\n'''''", '"""\\\n   x"""',
    ]
)  # fmt: skip


@st.composite
def key_texts(draw: st.DrawFn, key: str) -> str:
    if (
        key
        and all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in key)
        and draw(st.booleans())
    ):
        return key
    if "'" not in key and draw(st.booleans()):
        return f"'{key}'"
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def values(draw: st.DrawFn, depth: int = 3) -> str:
    kind: str = draw(st.sampled_from(["leaf", "list", "table"] if depth else ["leaf"]))
    if kind == "leaf":
        return draw(LEAVES)
    if kind == "list":
        items = [
            draw(BREAKS) + draw(values(depth - 1)) + draw(BREAKS) for _ in range(draw(st.integers(0, 3)))
        ]
        comma: str = draw(st.sampled_from(["", ","])) if items else ""
        return "[" + ",".join(items) + comma + draw(BREAKS) + "]"
    keys: list[str] = draw(st.lists(KEYS, max_size=3, unique=True))
    pairs = []
    for key in keys:
        gap, text = draw(GAPS), draw(key_texts(key))
        pairs.append(f"{gap}{text}{gap}={gap}{draw(values(depth - 1))}{gap}")
    return "{" + ",".join(pairs) + "}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines = []
    for number in range(draw(st.integers(0, 4))):
        header = [f"h{draw(st.integers(0, 3))}", *draw(st.lists(KEYS, max_size=2))]
        name = draw(GAPS).join(["", ".".join([draw(key_texts(key)) for key in header]), ""])
        lines.append("[[" + name + "]]" if draw(st.booleans()) else "[" + name + "]")
        for key in draw(st.lists(KEYS, max_size=3, unique=True)):
            dotted = f".{draw(key_texts(draw(KEYS)))}" if draw(st.booleans()) else ""
            text = f"{draw(GAPS)}{draw(key_texts(key))}{dotted} = {draw(values())}"
            lines.append(
                text + draw(st.sampled_from(["", " # end", "  "])) + draw(st.sampled_from(["", "\r", "\n"]))
            )
        lines.append(f"# {number}")
    return "\n".join(lines)


def paths(value: Any, path: Path = ()) -> set[Path]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return ({path} if path else set()).union(*(paths(item, (*path, part)) for part, item in inner))


@settings(max_examples=400, deadline=None)
@given(documents())
def test_every_key_and_item_has_a_place_and_nothing_else_has(text: str) -> None:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # a key given twice; places are asked of good TOML only
    places = toml_places(text)
    assert set(places) == paths(tree)
    if any("=" in str(part) for path in places for part in path):
        return  # such keys are hard to cut out below
    lines = text.split("\n")
    for path, (line, column) in places.items():
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert rest
        if isinstance(path[-1], str) and not rest.startswith("["):
            assert path[-1] in {part for found in toml_places(f"{rest.split('=')[0]}= 1") for part in found}


def test_places_of_a_settings_file() -> None:
    text = (
        "# site\n[site]\nid = \"x\"\n\n  [[site.zone]]\n  id = 'a'\n  corners = [[1.0, 2.0],\n"
        "    [3.0, 4.0]] # two\n[[site.zone]]\nname.en = 'b'\n[feed.nodes.\"1.2\"]\n"
        "name = { a = 1, b.c = [2] }\n"
    )
    places = toml_places(text)
    assert places["site",] == (2, 1)
    assert places["site", "id"] == (3, 1)
    assert places["site", "zone", 0] == (5, 3)
    assert places["site", "zone", 0, "corners"] == (7, 3)
    assert places["site", "zone", 0, "corners", 0] == (7, 14)
    assert places["site", "zone", 0, "corners", 1, 1] == (8, 11)
    assert places["site", "zone", 1, "name", "en"] == (10, 1)
    assert places["feed", "nodes", "1.2", "name", "b", "c", 0] == (12, 24)
    assert set(places) == paths(tomllib.loads(text))


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "a = 1"])
def test_small_files(text: str) -> None:
    assert set(toml_places(text)) == paths(tomllib.loads(text))
