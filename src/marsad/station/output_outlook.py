"""What is worth a word before a start: a console in the clear, which outputs there are and nobody tries."""

from collections import Counter
from collections.abc import Iterator
from math import ceil
from pathlib import Path

from marsad.model.reason import Reason
from marsad.model.site import Mode
from marsad.outputs.recipients import recipients_from
from marsad.outputs.settings import OutputSettings, SmsSettings, SmtpSettings
from marsad.outputs.smtp import RECIPIENTS_AT_ONCE
from marsad.station.settings_file import SettingsFile

ANSWER_S = 1.0  # so long a gateway or a mail server takes for one message, roughly


def output_outlook(file: SettingsFile) -> Iterator[Reason]:
    """Sentences about the outputs of a site's settings, and about its console where others can listen."""
    outputs, settings = file.outputs, file.site
    if file.server.is_plain:
        yield Reason("station.plain_network")
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
    for one in outputs:
        yield from _too_slow(one)


def _too_slow(output: OutputSettings) -> Iterator[Reason]:
    """That the last of a list is told later than the settings say, by what can be reckoned beforehand.

    An alarm of the whole site concerns all of them.
    """
    if isinstance(output, SmsSettings):
        listed = recipients_from(Path(output.recipients_file), "number")
        messages = sum(len(one.languages) for one in listed)
        waits_s = 60.0 * ((messages - 1) // output.per_minute)  # a minute's worth goes at once
        last_s = max(waits_s, ceil(messages / output.at_once) * ANSWER_S)
        rate: tuple[tuple[str, float | str], ...] = (("per_minute", float(output.per_minute)),)
    elif isinstance(output, SmtpSettings):
        listed = recipients_from(Path(output.recipients_file), "address")
        groups = Counter(one.language for one in listed)
        messages = sum(ceil(count / RECIPIENTS_AT_ONCE) for count in groups.values())
        last_s, rate = messages * ANSWER_S, ()
    else:
        return
    if last_s > output.delivery_s:
        numbers = (("messages", float(messages)), ("last_s", last_s), ("delivery_s", output.delivery_s))
        named = (("outputs", output.name), ("setting", "delivery_s"))
        yield Reason(f"station.outputs.slow.{output.standard}", (*named, *numbers, *rate))


def _named(code: str, names: list[str]) -> Reason:
    return Reason(code, (("outputs", ", ".join(names)),))
