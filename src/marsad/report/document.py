"""The incident report as PDF, by Typst; no network, no clock, the same bytes for the same record."""

import json
from collections.abc import Sequence
from importlib.resources import as_file, files

import typst

from marsad.errors import RecordingError
from marsad.model.drill import Drill
from marsad.model.incident import Incident, SeriesFacts
from marsad.model.sensor import Sensor
from marsad.model.site import Site
from marsad.report.content import content
from marsad.report.facts import last_known_t_ns
from marsad.report.tables import Evidence
from marsad.report.typefaces import FAMILY, typeface_folder
from marsad.report.wording import Language

# for archives (ISO 19005-2) and for readers who hear the page (ISO 14289-1)
_STANDARDS: list["typst.PDFStandard"] = ["a-2a", "ua-1"]


def render_report(
    incident: Incident,
    site: Site,
    sensors: Sequence[Sensor],
    series: SeriesFacts,
    language: Language,
    *,
    replay_digest: str = "",
    journal_sha256: str = "",
    record_sha256: str = "",
    weights_version: str = "",
    drill: Drill | None = None,
) -> bytes:
    """The report of one version of an incident, PDF/A-2a and PDF/UA-1, A4.

    language         "ar" (right to left) or "en"
    record_sha256    of the record's JSON, see ``register.codec.digest_of_incident``
    replay_digest, journal_sha256, weights_version   what the record can be proved with; "" is
                     printed as not recorded
    drill            the last of the site's outputs, None where none is known

    The date in the file is the latest time the record speaks of. Raises RecordingError if the
    typeface is missing or the document cannot be made.
    """
    evidence = Evidence(record_sha256, journal_sha256, replay_digest, weights_version)
    data = content(incident, site, sensors, series, language, evidence, drill)
    inputs = {"data": json.dumps(data, ensure_ascii=False), "family": FAMILY}
    timestamp = last_known_t_ns(incident) // 1_000_000_000
    try:
        return _compiled(inputs, timestamp, _STANDARDS)
    except typst.TypstError:
        # the archival standard refuses a letter that the typeface does not have, such as one in a
        # name somebody typed; a report with a box for that letter is better than none
        try:
            return _compiled(inputs, timestamp, [])
        except typst.TypstError as error:
            raise RecordingError(f"the report of {incident.incident_id} cannot be made: {error}") from error


def _compiled(inputs: dict[str, str], timestamp: int, standards: list["typst.PDFStandard"]) -> bytes:
    with as_file(files("marsad.report") / "templates") as folder:
        made = typst.compile(
            folder / "report.typ",
            root=folder,
            font_paths=[typeface_folder()],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=standards,
            timestamp=timestamp,
        )
    if not isinstance(made, bytes):
        raise RecordingError(f"Typst made {type(made).__name__} where one PDF was expected")
    return made
