"""Commands about what was recorded: replay, inspection, reports."""

from pathlib import Path
from typing import Annotated

import typer

from marsad.cli.options import DATA, DataDir, JournalArgument, Lang, output_file
from marsad.cli.terminal import ERR, OUT


def replay(
    journal: JournalArgument,
    digest: Annotated[bool, typer.Option("--digest", help="Print the digest alone.")] = False,
) -> None:
    """Fold a journal again, without carrying anything out."""
    from marsad.site.recorder import replay as replay_journal

    replayed = replay_journal(journal)
    for sentence in replayed.torn:
        ERR.print(sentence, highlight=False)
    if digest:
        OUT.print(replayed.fold.digest(), highlight=False)
        return
    OUT.print(f"{replayed.position.frames} frames, digest {replayed.fold.digest()}", highlight=False)
    for incident in replayed.incidents:
        OUT.print(f"incident {incident.incident_id}: {incident.outcome.value}, {incident.stopped} stopped")


def inspect(journal: JournalArgument) -> None:
    """Say what a journal holds: frames by feed, times, what was refused and why."""
    from marsad.station.inspect import inspect_journal

    inspect_journal(journal, OUT)


def report(
    incident: Annotated[str, typer.Argument(help="The incident's identifier.")],
    lang: Lang = "en",
    output: Annotated[
        Path, typer.Option("-o", "--output", callback=output_file, help="The PDF to write.")
    ] = Path("report.pdf"),
    data: DataDir = DATA,
) -> None:
    """Write the report of an incident as PDF."""
    from marsad.station.run import report_from_record

    report_from_record(data, incident, lang, output)
    OUT.print(str(output), highlight=False)
