"""Commands about what was recorded: replay, inspection, reports."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marsad.cli.options import DATA, DataDir, JournalArgument, Lang, Language, output_file
from marsad.cli.terminal import OUT, say, warn

if TYPE_CHECKING:
    from marsad.site.journal import Flaw


def replay(
    journal: JournalArgument,
    digest: Annotated[bool, typer.Option("--digest", help="Print the digest alone.")] = False,
    lang: Lang = "en",
) -> None:
    """Fold a journal again, without carrying anything out; a damaged one as far as it goes, with status 1."""
    from marsad.report.account import account_of
    from marsad.report.facts import outcomes_text
    from marsad.site.recorder import replay as replay_journal

    replayed = replay_journal(journal)
    tell_flaws(replayed.flaws, lang)
    if digest:
        OUT.print(replayed.fold.digest(), highlight=False)
    else:
        count = float(replayed.position.frames)
        say(lang, "station.replayed", frame_count=count, digest=replayed.fold.digest())
        for incident in replayed.incidents:
            outcome = outcomes_text(account_of(incident, replayed.fold.site), lang)
            say(lang, "station.replayed.incident", incident=incident.incident_id, outcome=outcome)
    fail_if_damaged(replayed.flaws, lang)


def verify(
    journal: JournalArgument,
    chain_only: Annotated[
        bool, typer.Option("--chain-only", help="Check the files alone, quickly; fold nothing again.")
    ] = False,
    lang: Lang = "en",
) -> None:
    """Say whether a journal is as it was written, and a replay decides as was decided; where it is not.

    Exit status 0: it is. 1: something was changed or is lost. 3: nothing is amiss, but the newest file has no
    end: it is still written, or the run that wrote it was cut off, or its end was.
    """
    from marsad.station.verification import verified

    verdict = verified(journal, OUT, lang, chain_only=chain_only)
    if not verdict.is_whole:
        raise typer.Exit(1)
    if not verdict.is_closed:
        raise typer.Exit(3)


def inspect(journal: JournalArgument, lang: Lang = "en") -> None:
    """Say what a journal holds: frames by feed, times, what was refused and why."""
    from marsad.station.inspect import inspect_journal

    flaws = inspect_journal(journal, OUT, lang)
    tell_flaws(flaws, lang)
    fail_if_damaged(flaws, lang)


def security(
    journal: JournalArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON, one a line.")] = False,
    lang: Lang = "en",
) -> None:
    """Say who signed in, who failed to, what was read and refused: the security log of a journal."""
    import json

    from marsad.model.security import json_from_event
    from marsad.station.security import moment, security_of, table_of

    lines, flaws = security_of(journal)
    if as_json:
        for one in lines:
            record = {"time": moment(one.t_ns), **json.loads(json_from_event(one.event))}
            OUT.print(json.dumps(record), highlight=False, markup=False, soft_wrap=True)
    elif lines:
        OUT.print(table_of(lines, lang))
    else:
        say(lang, "security.none")
    tell_flaws(flaws, lang)
    fail_if_damaged(flaws, lang)


def delays(
    data: DataDir = DATA,
    drills: Annotated[
        bool, typer.Option("--drills", help="Those of exercises and tests, in place of real ones.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON, nothing else.")] = False,
    lang: Lang = "en",
) -> None:
    """Say by month and output how long warnings took, from their rule fulfilled until the output had them."""
    import json
    from dataclasses import asdict

    from marsad.station.delays import delays_in, table_of

    found = delays_in(data, exercise=drills)
    if as_json:
        rows = [
            {key: None if value != value else value for key, value in asdict(one).items()} for one in found
        ]
        OUT.print(json.dumps(rows, indent=2), highlight=False, markup=False)
    elif found:
        OUT.print(table_of(found, lang))
    elif delays_in(data, exercise=not drills):
        say(lang, "delays.none.real" if drills else "delays.none.drills", option="--drills")
    else:
        say(lang, "delays.none")


def tell_flaws(flaws: "Sequence[Flaw]", language: Language) -> None:
    """Where a journal does not go on as it was written, on standard error."""
    for flaw in flaws:
        warn(language, flaw.reason())


def fail_if_damaged(flaws: "Sequence[Flaw]", language: Language) -> None:
    """Say so and exit with status 1 where frames of a journal are lost."""
    from marsad.model.reason import Reason

    if any(flaw.is_damage for flaw in flaws):
        warn(language, Reason("journal.not-whole"))
        raise typer.Exit(1)


def report(
    incident: Annotated[str, typer.Argument(help="The incident's identifier.")],
    lang: Lang = "en",
    output: Annotated[
        Path, typer.Option("-o", "--output", callback=output_file, help="The PDF to write.")
    ] = Path("report.pdf"),
    data: DataDir = DATA,
) -> None:
    """Write the report of an incident as PDF; from a damaged journal as far as it goes, with status 1."""
    from marsad.model.reason import Reason
    from marsad.station.record import strange_files
    from marsad.station.run import report_from_record

    for file in strange_files(data):
        warn(lang, Reason("journal.strange", (("file", file),)))
    flaws = report_from_record(data, incident, lang, output)
    OUT.print(str(output), highlight=False)
    tell_flaws(flaws, lang)
    fail_if_damaged(flaws, lang)
