import json
from math import nan

import pytest

from marsad.evaluate.courageous import read
from marsad.evaluate.evaluation import Findings
from marsad.evaluate.foreign_run import score_log
from marsad.evaluate.page import page
from marsad.evaluate.telling import Teller, tree_of
from marsad.report.wording import LANGUAGES, Language

from .logs import encoded, flight, log


def findings(*, name: str = "Watcher") -> Findings:
    on = {"active": True, "certainty": 1.0}
    truth = log(flight(1, name="<b>&</b>"), system_name=name)
    system = log(flight(1, 5, 50), flight(2, 20, first=99, speed_mps=50.0, alarm=on), system_name=name)
    return score_log(read(encoded(system), "system"), read(encoded(truth), "truth"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_is_told_with_a_cell_for_each_head(language: Language) -> None:
    teller = Teller(language)
    sections = list(teller.sections(findings()))
    assert len(sections) >= 5
    for section in sections:
        assert section.title and all(len(row) == len(section.heads) for row in section.rows)
    cells = [cell for section in sections for row in section.rows for cell in row]
    assert not any("nan" in cell or "inf" in cell or "evaluate." in cell for cell in cells)


def test_figures_have_units_targets_and_verdicts() -> None:
    (figures, *_) = Teller("en").sections(findings())
    rows = {row[1]: row[2:] for row in figures.rows}
    assert rows["Attackers and drones covered that got a track"] == (
        "100.0 %", "2.5 % to 100.0 %", "1", "≥ 90.0 %", "≥ 97.0 %", "O, too few to show it"
    )  # fmt: skip
    assert rows["Covered to first plot, median"] == ("5.0 s", "", "1", "≤ 5.0 s", "≤ 2.0 s", "T")
    assert rows["Spurious: tracks on nothing (S)"][-1] == "not reached"


def test_a_needless_alarm_says_what_it_was() -> None:
    (needless,) = [part for part in Teller("en").sections(findings()) if part.title.startswith("Needless")]
    assert needless.rows == (("20.0", "ALERT", "", "nothing"),)


def test_arabic_has_its_own_units_and_no_signs_that_turn_round() -> None:
    (figures, *_) = Teller("ar").sections(findings())
    text = " ".join(cell for row in figures.rows for cell in row)
    assert "97.0٪ على الأقل" in text and "5.0 ث على الأكثر" in text
    assert "≥" not in text and "≤" not in text and " m" not in text


def test_the_tree_is_json_without_numbers_of_no_value() -> None:
    tree = tree_of(findings())
    text = json.dumps(tree, allow_nan=False)
    assert json.loads(text) == tree and tree["objects"][0]["milestones"]["warned_t_s"] is None
    assert {item["key"] for item in tree["measures"]} >= {"completeness", "gospa"}
    assert all(item["title"] and item["verdict"] != "" for item in tree["measures"])
    assert nan not in [item["value"] for item in tree["measures"]]


def test_names_of_a_log_stay_text_on_the_page() -> None:
    made = page(findings(name='<script>alert("x")</script>'), Teller("en"), ["Truth: <truth>"])
    assert "<script" not in made and "<b>" not in made and "&lt;truth&gt;" in made
