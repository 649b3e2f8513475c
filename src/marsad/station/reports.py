"""From an incident to its documents, as files or bytes."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

from marsad.errors import RecordingError
from marsad.model.drill import Drill
from marsad.model.incident import Incident, SeriesFacts
from marsad.model.sensor import Sensor
from marsad.model.site import Site
from marsad.register.codec import digest_of_incident
from marsad.report.document import render_report
from marsad.report.statement import statement
from marsad.report.wording import LANGUAGES, Language
from marsad.site.journal import segments
from marsad.whole_file import write_whole


def render_incident(
    incident: Incident,
    site: Site,
    sensors: Sequence[Sensor],
    series: SeriesFacts,
    language: Language,
    digest: str,
    *,
    weights_version: str = "",
    journal_sha256: str = "",
    drill: Drill | None = None,
) -> bytes:
    """The incident report as PDF. Raises RecordingError if it cannot be made.

    weights_version   of the assessment's settings
    journal_sha256    of the journal's files, "" while it is being written
    drill             the last of the site's outputs, None where none is known
    """
    return render_report(
        incident,
        site,
        sensors,
        series,
        language,
        replay_digest=digest,
        journal_sha256=journal_sha256,
        record_sha256=digest_of_incident(incident),
        weights_version=weights_version,
        drill=drill,
    )


def sha256_of_journal(path: Path) -> str:
    """SHA-256 of a closed journal, its segments one after the other. Raises RecordingError."""
    digest = sha256()
    try:
        for segment in segments(path):
            with segment.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    except OSError as error:
        raise RecordingError(f"{path}: {error}") from error
    return digest.hexdigest()


def render_statement(incident: Incident, site: Site, series: SeriesFacts, language: Language) -> str:
    """The draft of the public statement: final once the incident is closed, interim before."""
    kind: Literal["final", "interim"] = "final" if incident.closed_t_ns is not None else "interim"
    return statement(incident, site, series, language, kind)


def write_documents(
    directory: Path,
    incident: Incident,
    site: Site,
    sensors: Sequence[Sensor],
    series: SeriesFacts,
    digest: str,
    *,
    weights_version: str = "",
    journal_sha256: str = "",
    drill: Drill | None = None,
) -> dict[str, Path]:
    """Both reports and both statements of an incident as files; returns language → report."""
    reports: dict[str, Path] = {}
    for language in LANGUAGES:
        reports[language] = directory / f"report-{incident.incident_id}-{language}.pdf"
        document = render_incident(
            incident,
            site,
            sensors,
            series,
            language,
            digest,
            weights_version=weights_version,
            journal_sha256=journal_sha256,
            drill=drill,
        )
        write_whole(reports[language], document)
        text = render_statement(incident, site, series, language)
        write_whole(directory / f"statement-{incident.incident_id}-{language}.txt", text.encode())
    return reports
