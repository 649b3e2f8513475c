"""Settings that would end a site are not put in force."""

from pathlib import Path

import pytest

from marsad.errors import ConfigError, ReceivedError
from marsad.links.clock import SystemClock
from marsad.model.frame import CONFIGURATION, Frame
from marsad.site.fold import SiteFold
from marsad.site.live import LiveSite
from marsad.site.recorder import begin
from marsad.site.rehearsal import rehearsed
from marsad.site.settings import settings_from_toml

T0 = 1_700_000_000 * 10**9
SITE = b"""
[site]
id = "example"
name_en = "Example"
name_ar = "\xd9\x85\xd8\xab\xd8\xa7\xd9\x84"
latitude_deg = 33.3
longitude_deg = 44.4
"""


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("tracking", "coast_s_max"),
        ("tracking", "crossing_coast_s_max"),
        ("tracking", "range_unknown_m"),
        ("assessment.limits", "loiter_for_s"),
        ("assessment.evidence", "slowed_fast_s"),
        ("warning", "raid_window_s"),
    ],
)
@pytest.mark.parametrize("number", ["inf", "nan", "1e10", "1e300", "-1e12"])
def test_no_setting_takes_a_number_that_is_none(section: str, key: str, number: str) -> None:
    with pytest.raises(ConfigError, match=key):
        settings_from_toml(SITE + f"[{section}]\n{key} = {number}\n".encode(), "site.toml")


def fold() -> SiteFold:
    return SiteFold(Frame(CONFIGURATION, T0, SITE))


def test_good_settings_are_rehearsed_and_the_site_takes_no_notice() -> None:
    site = fold()
    assert rehearsed(site, SITE + b"[tracking]\ncoast_s_max = 20.0\n") == ""
    assert site.configuration == SITE and site.frames == 1


def ends(self: SiteFold, configuration: bytes, settings: object) -> None:
    raise OverflowError("int too big to convert")


def test_what_would_end_the_site_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SiteFold, "_adopt", ends)
    assert "the site would end (OverflowError: int too big" in rehearsed(fold(), SITE + b"\n")


async def test_a_running_site_journals_no_settings_that_would_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SiteFold, "_adopt", ends)
    recorder = begin(tmp_path / "journal.mcap", SITE, T0)
    site = LiveSite(recorder, SystemClock(), lambda effect: None)
    with pytest.raises(ReceivedError, match="the site would end") as refused:
        await site.configure(SITE + b"\n")
    assert refused.value.reason == "configuration-faulty"
    assert site.fold.configuration == SITE and site.fold.frames == 1
    recorder.close()
