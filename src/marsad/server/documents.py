"""What an incident's documents are written from, and the documents.

They are written by whoever serves them: to set a page takes a second of a processor, which the site does
not have.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, TypeAdapter

from marsad.model.drill import Drill
from marsad.model.incident import SeriesFacts
from marsad.model.language import Language
from marsad.model.sensor import Sensor
from marsad.model.site import Site

if TYPE_CHECKING:
    from marsad.model.incident import Incident

_EXACT = ConfigDict(ser_json_inf_nan="constants")
_Sent = tuple[Site, tuple[Sensor, ...], SeriesFacts, str, str, str, Drill | None]


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known for the documents of an incident.

    sensors          of the site, as they are now
    series           how the incident stands among others
    digest           of the site's fold
    weights_version  of the assessment's settings
    drill            the last of the outputs, None before the first
    """

    site: Site
    incident: "Incident"
    sensors: tuple[Sensor, ...]
    series: SeriesFacts
    digest: str = ""
    weights_version: str = ""
    drill: Drill | None = None


@cache
def _adapter() -> TypeAdapter[_Sent]:
    return TypeAdapter(_Sent, config=_EXACT)


def json_from_dossier(dossier: Dossier) -> bytes:
    """As it is sent: the incident in the exact words of the register, which its digest is made of."""
    from marsad.register.codec import json_from_incident

    incident = json_from_incident(dossier.incident)
    sent = (
        *(dossier.site, dossier.sensors, dossier.series, dossier.digest, dossier.weights_version),
        *(incident, dossier.drill),
    )
    return _adapter().dump_json(sent)


def dossier_from_json(data: bytes) -> Dossier:
    """The inverse. Raises ValueError or RecordingError if it is none."""
    from marsad.register.codec import incident_from_json

    site, sensors, series, digest, weights_version, incident, drill = _adapter().validate_json(data)
    return Dossier(site, incident_from_json(incident), sensors, series, digest, weights_version, drill)


def report_pdf(dossier: Dossier, language: Language) -> bytes:
    """The incident report. Raises RecordingError if it cannot be made."""
    from marsad.register.codec import digest_of_incident
    from marsad.report.document import render_report

    return render_report(
        dossier.incident,
        dossier.site,
        dossier.sensors,
        dossier.series,
        language,
        replay_digest=dossier.digest,
        journal_sha256="",  # it is being written
        record_sha256=digest_of_incident(dossier.incident),
        weights_version=dossier.weights_version,
        drill=dossier.drill,
    )


def statement(dossier: Dossier, language: Language) -> str:
    """The draft of the public statement: final once the incident is closed, interim before."""
    from marsad.report.statement import statement as written

    incident = dossier.incident
    kind: Any = "final" if incident.closed_t_ns is not None else "interim"
    return written(incident, dossier.site, dossier.series, language, kind)
