import re
from html.parser import HTMLParser

import numpy as np
import pytest

from marsad.evaluate.study.distributions import Generator
from marsad.evaluate.study.page import PageContent, replay_command, study_page
from marsad.evaluate.study.running import cause_of
from marsad.evaluate.study.validity import STATISTICS, Span, Statistics
from marsad.report.wording import LANGUAGES, Language, say
from marsad.simulate.kinds import FALLING, ObjectKind
from marsad.simulate.scenario import Transponder
from marsad.simulate.trajectory import Trajectory
from marsad.simulate.truth import TrueObject

from .conftest import attacker_result, raid_result

VOID = {"meta", "rect", "path", "circle", "polygon", "polyline", "i", "br"}


def content(generator: Generator, *, harder: bool = True) -> PageContent:
    late = attacker_result(
        object_id="attacker-2",
        kind="jet-drone",
        lie="adsb",
        warned={"compound": 99.0},
        path_m=[[3000, 10], [0, 0]],
    )
    results = [
        raid_result(number=1),
        raid_result(number=2, fault="outage", weather="dust", attackers=(late, attacker_result(warned={}))),
        raid_result(number=3, site="ain-al-asad", attackers=(attacker_result(approach="final"),)),
    ]
    span = {name: Span(1.0, 0.5, 2.0) for name in ("real_drones", "simulated_drones", "real_birds")}
    flights = {"real_drones": 3, "simulated_drones": 9, "real_birds": 2, "simulated_birds": 0}
    compared = Statistics(5, flights, dict.fromkeys(STATISTICS, span))
    return PageContent(generator, results, [raid_result(perturbed=True)] if harder else (), compared)


class Balanced(HTMLParser):
    """Tells of tags that are not closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID or tag in ("polyline", "i"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID and tag not in ("polyline", "i"):
            return
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("harder", [True, False])
def test_the_page_is_whole_and_needs_no_network(
    generator: Generator, language: Language, harder: bool
) -> None:
    page = study_page(content(generator, harder=harder), language)
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert not re.search(r"https?://|//[a-z]|\bsrc=|<link|<script|@import|url\(", page)
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert generator.sha256 in page
    assert not re.search(r"study\.[a-z]", page)  # every key has its sentence
    assert "unknown" not in page and "nan" not in page.lower()


def test_both_languages_show_the_same_numbers_and_pictures(generator: Generator) -> None:
    english, arabic = (study_page(content(generator), language) for language in ("en", "ar"))
    for pattern in (
        r'<rect class="bar[^>]*>',
        r"<polyline[^>]*>",
        r"<code[^>]*>[^<]*</code>",
        r"\d+\.\d ?[%٪]",
    ):
        one, other = re.findall(pattern, english), re.findall(pattern, arabic)
        assert len(one) == len(other)
    bars = [re.findall(r'<rect class="bar[^>]*>', page) for page in (english, arabic)]
    assert bars[0] == bars[1] != []


def test_every_miss_has_the_command_that_shows_it_again(generator: Generator) -> None:
    page = study_page(content(generator), "en")
    assert page.count("marsad study --raid 2 --seed 3 -o raid-2</code>") == 2
    assert "--raid 1 " not in page
    assert replay_command(raid_result(number=7, perturbed=True)).endswith("--perturbed -o raid-7")


def test_what_is_drawn_in_a_name_cannot_become_markup(generator: Generator) -> None:
    bad = raid_result(
        number=2, attackers=(attacker_result(object_id="<script>alert(1)</script>", warned={}),)
    )
    page = study_page(PageContent(generator, [bad]), "en")
    assert "<script" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ObjectKind)
@pytest.mark.parametrize("transponder", [None, Transponder(icao="4b43ac", callsign="IAW101")])
def test_every_cause_has_its_word(
    kind: ObjectKind, transponder: Transponder | None, language: Language
) -> None:
    path = Trajectory(np.array([0.0, 1.0]), np.zeros((2, 3)), np.zeros((2, 3)))
    cause = cause_of(TrueObject("it", kind, False, path, 0.0, transponder, None, None))
    drones = (ObjectKind.ONE_WAY_DRONE, ObjectKind.SMALL_FIXED_WING, ObjectKind.MULTIROTOR)
    if kind not in (*drones, *FALLING):  # rounds are never harmless
        assert say(f"study.cause.{cause}", language)
