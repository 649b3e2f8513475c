"""From an incident to its documents, as files or bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from marsad.model.incident import Incident, SeriesFacts
from marsad.model.sensor import Sensor
from marsad.model.site import Site
from marsad.report.document import render_report
from marsad.report.statement import statement

Language = Literal["ar", "en"]
LANGUAGES: tuple[Language, Language] = ("ar", "en")


def render_incident(
    incident: Incident,
    site: Site,
    sensors: Sequence[Sensor],
    series: SeriesFacts,
    language: Language,
    digest: str,
) -> bytes:
    """The incident report as PDF. Raises RecordingError if it cannot be made."""
    return render_report(incident, site, sensors, series, language, replay_digest=digest)


def render_statement(incident: Incident, site: Site, series: SeriesFacts, language: Language) -> str:
    """The draft of the public statement: final once the incident is closed, an update before."""
    kind: Literal["final", "update"] = "final" if incident.closed_t_ns is not None else "update"
    return statement(incident, site, series, language, kind)


def write_documents(
    directory: Path,
    incident: Incident,
    site: Site,
    sensors: Sequence[Sensor],
    series: SeriesFacts,
    digest: str,
) -> dict[str, Path]:
    """Both reports and both statements of an incident as files; returns language → report."""
    reports: dict[str, Path] = {}
    for language in LANGUAGES:
        reports[language] = directory / f"report-{incident.incident_id}-{language}.pdf"
        reports[language].write_bytes(render_incident(incident, site, sensors, series, language, digest))
        text = render_statement(incident, site, series, language)
        (directory / f"statement-{incident.incident_id}-{language}.txt").write_text(text, "utf-8")
    return reports
