"""What can be said of the console's source without running it."""

import json
import re
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "marsad"
SOURCE = Path(__file__).parents[2] / "console" / "src"
WORDING = Path(__file__).parents[2] / "src" / "marsad" / "report" / "wording"
PHYSICAL = re.compile(
    r"(?<![\w-])((margin|padding|border)-(left|right)|(left|right)\s*:|(text-align|float|clear)\s*:\s*(left|right)"
    r"|border-(top|bottom)-(left|right)-radius|(margin|padding|border)(Left|Right)\b)"
)
OUTCOME_LINE = {"en": "- **Outcome**", "ar": "- **النتيجة**"}
PLACEHOLDER = re.compile(r"\{(\w+)(?::\.\df)?\}")

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="console sources are not beside this checkout")


def catalogue(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((SOURCE / "i18n" / f"{language}.json").read_text("utf-8"))
    return found


def test_catalogues_have_equal_keys_and_placeholders() -> None:
    english, arabic = catalogue("en"), catalogue("ar")
    assert list(english) == list(arabic)
    for key, sentence in english.items():
        assert sorted(PLACEHOLDER.findall(sentence)) == sorted(PLACEHOLDER.findall(arabic[key])), key


def test_every_sentence_has_words_in_its_own_language() -> None:
    same = {"kind.adsb", "incident.reportAr", "incident.reportEn", "unit.percent"}
    for key, sentence in catalogue("ar").items():
        if key not in same and key != "bar.language":
            assert re.search(r"[\u0600-\u06ff]", sentence), key
    for key, sentence in catalogue("en").items():
        if key not in ("bar.language", "incident.reportAr"):
            assert not re.search(r"[\u0600-\u06ff]", sentence), key


def test_every_key_used_in_the_source_exists() -> None:
    keys = set(catalogue("en"))
    for file in SOURCE.rglob("*.tsx"):
        for used in re.findall(r'(?:it|label)="([a-zA-Z]+(?:\.[\w]+)+)"', file.read_text("utf-8")):
            assert used in keys, f"{file.name}: {used}"


def test_every_sentence_is_used_by_the_console_or_is_of_a_code_that_the_site_says() -> None:
    """Of a group, such as that of faults, the site says the code; it stands in its source as it is."""
    files = [file for file in SOURCE.rglob("*.ts*") if ".test." not in file.name and file.name != "wire.ts"]
    console = "\n".join(file.read_text("utf-8") for file in files)
    site = "\n".join(file.read_text("utf-8") for file in (SOURCE.parents[1] / "src/marsad").rglob("*.py"))
    said = set(re.findall(r'"([^"\n]*)"', console))
    codes = said | set(re.findall(r'"([^"\n]*)"', site))
    groups = set(re.findall(r'(?:group[=:] ?|labelOf\(\w+, )"([\w.]+)"', console))
    made = re.findall(r"`([a-z][\w.]*\.(?:\$\{[^}]*\}|[\w.])+)`", console)
    made += [f"{group}.{code}" for group, code in re.findall(r'group="([\w.]+)" code=\{`([^`]+)`\}', console)]
    patterns = [
        re.compile(r"[\w.]+".join(re.escape(part) for part in re.split(r"\$\{[^}]*\}", text)))
        for text in made
    ]

    def is_used(key: str) -> bool:
        counted = re.sub(r"\.(zero|one|two|few|many)$", "", key)
        return (
            bool({key, counted} & said)
            or any(key.startswith(f"{group}.") and key[len(group) + 1 :] in codes for group in groups)
            or any(pattern.fullmatch(key) for pattern in patterns)
        )

    assert [key for key in catalogue("en") if not is_used(key)] == []


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.[ct]s*")), ids=lambda file: file.name)
def test_no_physical_directions(file: Path) -> None:
    if file.name == "wire.ts":
        return
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        assert not PHYSICAL.search(line), f"{file.name}:{number}: {line.strip()}"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_guide_names_the_outcomes_that_the_console_offers(language: str) -> None:
    listed = re.search(r"OUTCOMES = \[([^\]]*)\]", (SOURCE / "picture" / "outcomes.ts").read_text("utf-8"))
    assert listed is not None
    offered = [code for code in re.findall(r'"(\w+)"', listed[1]) if code != "unknown"]
    guide = (SOURCE.parents[1] / "docs" / "guide" / language / "watch.md").read_text("utf-8")
    (line,) = [line for line in guide.splitlines() if line.startswith(OUTCOME_LINE[language])]
    said = re.split(r"[,،] ?", line.rpartition(":")[2].strip().rstrip("."))
    words = catalogue(language)
    assert said == [words[f"outcome.{code}"].lower() for code in offered]
    for panel in ("incident_panel.tsx", "close_dialog.tsx"):
        source = (SOURCE / "panels" / panel).read_text("utf-8")
        assert re.search(r'OUTCOMES \} from "../picture/outcomes"', source), panel
        assert "OUTCOMES =" not in source, panel


def test_the_check_for_physical_directions_finds_them() -> None:
    for line in ("  margin-left: 3px;", "  left: 0;", "  text-align: right;", "style={{ paddingLeft: 3 }}"):
        assert PHYSICAL.search(line), line
    for line in (
        "  margin-inline-start: 3px;",
        "let left = false;",
        "  inset-inline-end: 0;",
        "text-align: start",
    ):
        assert not PHYSICAL.search(line), line


def test_no_address_of_another_host() -> None:
    allowed = {"http://www.w3.org"}
    for file in [*SOURCE.rglob("*.ts*"), *SOURCE.rglob("*.css"), SOURCE.parent / "index.html"]:
        for address in re.findall(r"(?:https?|wss?)://[a-zA-Z][\w.-]*", file.read_text("utf-8")):
            assert address in allowed, f"{file.name}: {address}"


def test_the_lock_file_names_no_registry() -> None:
    text = (SOURCE.parent / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text and "registry" not in text


INK_ON_GROUND = [
    *((ink, ground) for ink in ("text", "muted", "accent") for ground in ("ground", "panel", "raised")),
    *((level, ground) for level in ("watch", "alert", "warn", "ok") for ground in ("panel", "accent-ground")),
    ("text", "accent-ground"),
    ("text", "alert-ground"),
    ("on-warn", "warn-ground"),
    ("fault-text", "fault-ground"),
]


@pytest.mark.parametrize("theme", ["dark", "day"])
def test_contrast_is_at_least_four_and_a_half_to_one(theme: str) -> None:
    colours = theme_colours(theme)
    for ink, ground in INK_ON_GROUND:
        ratio = contrast(colours[ink], colours[ground])
        assert ratio >= 4.5, f"{theme}: --{ink} on --{ground} is {ratio:.2f}:1"


def theme_colours(theme: str) -> dict[str, str]:
    blocks = re.findall(r":root(\[data-theme=\"day\"\])? \{(.*?)\}", css(), re.DOTALL)
    colours: dict[str, str] = {}
    for day, block in blocks:
        if not day or theme == "day":
            colours.update(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    return colours


def css() -> str:
    return (SOURCE / "style" / "console.css").read_text("utf-8")


def contrast(one: str, other: str) -> float:
    """Contrast of two colours (WCAG 2.2, 1.4.3)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_code_of_a_failed_output_has_its_sentence(language: str) -> None:
    rim = [path for room in ("outputs", "links") for path in (SRC / room).rglob("*.py")]
    source = "".join(path.read_text("utf-8") for path in rim)
    codes = set(re.findall(r'LinkError\([^()]*(?:\([^()]*\)[^()]*)*, "([a-z_]+)"\s*\)', source))
    codes |= set(re.findall(r'_give_up\(\w+, "([a-z_]+)"', source))
    assert codes >= {"unreachable", "refused", "expired", "no_screen"}
    assert [code for code in sorted(codes) if f"trouble.{code}" not in catalogue(language)] == []
