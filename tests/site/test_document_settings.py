"""How a site's documents are written: digits, months, names."""

import pytest

from marsad.errors import ConfigError
from marsad.model.site import MonthNames, Name, Numerals
from marsad.site.settings import settings_from_toml

SITE = """
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4
"""
NAME = """
[[site.name]]
of = "duty officer"
name_en = "the duty officer"
name_ar = "المناوب"
"""


def test_documents_are_written_as_in_iraq_unless_a_site_says_otherwise() -> None:
    site = settings_from_toml(SITE.encode(), "site.toml").build_site()
    assert (site.numerals, site.month_names, site.names) == (
        Numerals.ARABIC_INDIC,
        MonthNames.LEVANT,
        (),
    )
    own = SITE + 'numerals = "latin"\nmonth_names = "gulf"\n' + NAME
    site = settings_from_toml(own.encode(), "site.toml").build_site()
    assert (site.numerals, site.month_names) == (Numerals.LATIN, MonthNames.GULF)
    assert site.names == (Name("duty officer", "the duty officer", "المناوب"),)


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ('numerals = "roman"\n', "arabic-indic"),
        ('month_names = "hebrew"\n', "levant"),
        (NAME + NAME, "duty officer"),
        (NAME.replace("المناوب", ""), "name_ar"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_is_allowed(added: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        settings_from_toml((SITE + added).encode(), "site.toml")
