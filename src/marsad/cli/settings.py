"""Commands about a site's settings file: checking it."""

from marsad.cli.options import SettingsArgument
from marsad.cli.terminal import OUT


def check(settings: SettingsArgument) -> None:
    """Check a settings file; every fault at once."""
    from marsad.station.settings_file import read_settings

    parsed = read_settings(settings).site
    OUT.print(
        f"{settings}: good: site {parsed.site.id}, {len(parsed.site.zone)} zones, {len(parsed.feed)} feeds"
    )
