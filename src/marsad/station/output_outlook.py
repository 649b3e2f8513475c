"""What of the outputs is worth a word before a start: which there are, and which nobody ever tries."""

from collections.abc import Iterator

from marsad.model.reason import Reason
from marsad.model.site import Mode
from marsad.station.settings_file import SettingsFile


def output_outlook(file: SettingsFile) -> Iterator[Reason]:
    """Sentences about the outputs of a site's settings."""
    outputs, settings = file.outputs, file.site
    if not outputs:
        yield Reason("station.outputs.none")
        return
    yield _named("station.outputs", [f"{one.name} ({one.standard})" for one in outputs])
    in_earnest = settings.site.mode is Mode.LIVE and settings.warning.live_warning
    if idle := [one.name for one in outputs if not (one.live if in_earnest else one.drills)]:
        yield _named("station.outputs.idle", idle)
    if untried := [one.name for one in outputs if not one.drills]:
        yield _named("station.outputs.untried", untried)
    if settings.drill.every is None and len(untried) < len(outputs):
        yield Reason("station.outputs.unscheduled")


def _named(code: str, names: list[str]) -> Reason:
    return Reason(code, (("outputs", ", ".join(names)),))
