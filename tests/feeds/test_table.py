import json
import re
from math import radians
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

import marsad.feeds
from marsad.feeds.reasons import RefusalReason
from marsad.feeds.sapient.feed import SapientFeed
from marsad.feeds.sapient.node import sensor_of, with_overrides
from marsad.feeds.sapient.wire import Registration
from marsad.feeds.sbs_feed import SbsFeed
from marsad.feeds.settings import FeedSettings, NodeSettings, SapientSettings, SbsSettings
from marsad.feeds.table import FEEDS, open_feed
from marsad.geo.local import LocalFrame
from marsad.model.sensor import Coverage

SITE = LocalFrame(33.8, 42.44, 180.0)
SOURCE = Path(marsad.feeds.__file__).parent
WORDING = SOURCE.parent / "report" / "wording"
NODE = "9b05b9b9-2f79-445d-832f-aa990bde02c8"
ADAPTER: TypeAdapter[FeedSettings] = TypeAdapter(FeedSettings)


def test_the_standard_chooses_the_settings_and_the_feed() -> None:
    sapient = ADAPTER.validate_python({"name": "a", "standard": "sapient", "listen": "[::]:5020"})
    sbs = ADAPTER.validate_python({"name": "b", "standard": "sbs", "connect": "rx.local:30003"})
    assert isinstance(open_feed(sapient, SITE), SapientFeed)
    assert isinstance(open_feed(sbs, SITE), SbsFeed)
    assert set(FEEDS) == {"sapient", "sbs"}


@pytest.mark.parametrize(
    "values",
    [
        {"standard": "asterix", "name": "a", "listen": "h:1"},
        {"standard": "sapient"},
        {"standard": "sapient", "name": "a", "listen": "h:1", "connect": "h:2"},
        {"standard": "sapient", "name": "A B", "listen": "h:1"},
        {"standard": "sapient", "name": "a", "listen": "nowhere"},
        {"standard": "sapient", "name": "a", "listen": "h:1", "node_id": "x"},
        {"standard": "sapient", "name": "a", "listen": "h:1", "nodes": {"radar": {}}},
        {"standard": "sapient", "name": "a", "listen": "h:1", "colour": "red"},
        {"standard": "sbs", "name": "a", "connect": "h:1", "velocity_fresh_s": 0},
    ],
)
def test_faulty_settings_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(values)


@pytest.mark.parametrize(
    "values",
    [
        {"range_min_m": 100.0, "range_max_m": 50.0},
        {"elevation_sector_deg": (20.0, 10.0)},
        {"sigmas": (0.0, 1.0, 1.0, 1.0)},
        {"axis_order": "zx"},
        {"range_rate_min_mps": -1.0},
        {"horizon_deg": [(10.0, 2.0), (10.0, 3.0)]},
        {"horizon_deg": [(10.0,)]},
    ],
)
def test_faulty_node_settings_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NodeSettings.model_validate(values)


def test_every_faulty_point_of_a_horizon_is_named() -> None:
    with pytest.raises(ValidationError) as caught:
        NodeSettings.model_validate(
            {"horizon_deg": [(0.0, 1.0), (400.0, 1.0), (20.0, 95.0)], "height_m": "x"}
        )
    assert [error["loc"] for error in caught.value.errors()] == [
        ("horizon_deg", 1, 0),
        ("horizon_deg", 2, 1),
        ("height_m",),
    ]


def test_a_horizon_and_a_notch_become_part_of_the_coverage() -> None:
    node = NodeSettings(range_rate_min_mps=1.5, horizon_deg=[(180.0, 3.0), (0.0, -1.0)])
    coverage = with_overrides(Coverage(), node)
    assert coverage.range_rate_min_mps == 1.5
    assert coverage.horizon == ((0.0, radians(-1.0)), (radians(180.0), radians(3.0)))
    assert with_overrides(coverage, NodeSettings()) == coverage


@pytest.mark.parametrize(
    ("settings", "decorrelation_s"),
    [({"kind": "fusion"}, 5.0), ({"kind": "radar"}, 0.0), ({"kind": "radar", "decorrelation_s": 8.0}, 8.0)],
)
def test_fusion_nodes_are_taken_for_trackers_and_others_if_said_so(
    settings: dict[str, Any], decorrelation_s: float
) -> None:
    feed = SapientSettings.model_validate({"name": "c2", "nodes": {NODE: settings}})
    assert sensor_of(Registration(), NODE, feed).decorrelation_s == decorrelation_s


@pytest.mark.parametrize("model", [SapientSettings, SbsSettings, NodeSettings])
def test_every_setting_says_what_it_is_for(model: Any) -> None:
    for name, field in model.model_fields.items():
        assert field.description or name == "standard", name


def source_text() -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.py")))


def test_every_listed_reason_is_given_and_none_that_is_not() -> None:
    text = source_text()
    assert set(re.findall(r"RefusalReason\.([A-Z_]+)", text)) == set(RefusalReason.__members__)
    assert not re.findall(r'(?:ReceivedError|super\(\).__init__)\(\s*f?"', text)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_reason_has_a_sentence(language: str) -> None:
    sentences = json.loads((WORDING / language / "refusals.json").read_text("utf-8"))
    hangups = set(re.findall(r'Hangup\([^()]*(?:\([^()]*\))?[^()]*"([a-z-]+)"\)', source_text()))
    expected = {f"refusal.{reason}" for reason in RefusalReason}
    expected |= {f"hangup.{reason}" for reason in hangups | {"frame-too-long"}}
    assert set(sentences) == expected
    for sentence in sentences.values():
        assert sentence.strip()
        has_arabic = re.search("[\u0600-\u06ff]", sentence) is not None
        assert has_arabic == (language == "ar")


def test_no_stage_touches_the_world() -> None:
    forbidden = r"^\s*(?:import|from) (?:socket|asyncio|time|random|os|pathlib|secrets|threading)\b"
    assert re.findall(forbidden, source_text(), re.MULTILINE) == []
    assert "hash(" not in source_text()
    assert "now(" not in source_text()
