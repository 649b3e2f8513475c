"""Declared flights out of files: a table (CSV), or flight declarations in JSON.

Every fault of a file is found at once, with its line or its path; of a faulty file nothing is taken.
"""

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any

from marsad.errors import ConfigError, ConfigFault
from marsad.geo.local import LocalFrame
from marsad.model.flight import FOREVER_NS, AuthorisedFlight, Shape
from marsad.site.flight_checks import LABEL_SYSTEMS, flight_faults
from marsad.site.flight_declarations import declared
from marsad.site.flight_fields import Faults, Taken, moment_ns, number

COLUMNS = (
    "id", "name", "operator", "phone", "kind", "make", *LABEL_SYSTEMS, "area", "radius_m", "width_m",
    "low_m", "high_m", "from", "until", "remarks",
)  # fmt: skip
_NEEDED = ("id", "name", "until")
FLIGHTS_MAX = 1_000
FAULTS_MAX = 200


def read_flights(data: bytes, file: str, frame: LocalFrame) -> list[AuthorisedFlight]:
    """The flights in the bytes of a CSV or JSON file, for the site whose frame is given.

    Raises ConfigError with every fault: a line of the table, or the path of a JSON value.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _one_fault(file, f"is no UTF-8 text (byte {error.start}); save it as CSV UTF-8") from error
    faults = Faults()
    if text.lstrip()[:1] in ("{", "["):
        try:
            root = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _one_fault(file, f"is not JSON: {error}", getattr(error, "lineno", 0)) from error
        taken = list(declared(root, frame, faults))
    else:
        taken = list(_rows(text, faults))
    _check(taken, frame, faults)
    if not taken and not faults.found:
        raise _one_fault(file, "declares no flight")
    if faults.found:
        shown = sorted(faults.found, key=lambda fault: fault.line)[:FAULTS_MAX]
        raise ConfigError(file, shown)
    return [flight for flight, _, _ in taken]


def _check(taken: list[Taken], frame: LocalFrame, faults: Faults) -> None:
    """What is wrong with flights that could be read, and between them."""
    if len(taken) > FLIGHTS_MAX:
        faults.add("(file)", str(len(taken)), f"{len(taken)} flights; at most {FLIGHTS_MAX} at a time")
    seen: dict[str, int] = {}
    for number_, (flight, line, path) in enumerate(taken, 1):
        for field, sentence in flight_faults(flight, frame):
            faults.add(f"{path}{field}", "", sentence, line)
        if flight.flight_id in seen:
            faults.add(
                f"{path}id",
                "",
                f"{flight.flight_id!r} is the id of flight {seen[flight.flight_id]}, too",
                line,
            )
        seen.setdefault(flight.flight_id, number_)


def _rows(text: str, faults: Faults) -> Iterator[Taken]:
    """The rows of a table; its first line names the columns, in any order."""
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = ";" if first.count(";") > first.count(",") else "\t" if "\t" in first else ","
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if not _header_is_good(header, faults):
            return
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                faults.add("(row)", "", f"{len(cells)} cells under {len(header)} columns", reader.line_num)
                continue
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            flight = _flight_of_row(row, reader.line_num, faults)
            if flight is not None:
                yield flight, reader.line_num, ""
    except csv.Error as error:
        faults.add("(row)", "", f"cannot be read as CSV: {error}", reader.line_num)


def _header_is_good(header: list[str], faults: Faults) -> bool:
    before = len(faults.found)
    for name in dict.fromkeys(header):
        if name not in COLUMNS:
            faults.add(name, "", f"unknown column {name[:40]!r}; known are {', '.join(COLUMNS)}", 1)
        elif header.count(name) > 1:
            faults.add(name, "", f"column {name!r} is there {header.count(name)} times", 1)
    for name in _NEEDED:
        if name not in header:
            faults.add(name, "", f"column {name!r} is missing", 1)
    return len(faults.found) == before


def _flight_of_row(row: dict[str, str], line: int, faults: Faults) -> AuthorisedFlight | None:
    before = len(faults.found)

    def read(name: str, reading: Callable[[Any], Any], otherwise: Any) -> Any:
        written = row.get(name, "")
        if not written:
            return otherwise
        try:
            return reading(written)
        except ValueError as error:
            faults.add(name, written, f"{written[:60]!r}: {error}", line)
            return otherwise

    for name in _NEEDED:
        if not row.get(name):
            faults.add(name, "", "is empty", line)
    places = read("area", _places, ())
    radius_m, width_m = read("radius_m", number, None), read("width_m", number, None)
    shape = _shape(places, radius_m, width_m)
    if shape is None:
        faults.add(
            "area", "", "give one place with radius_m, corners, or a route's places with width_m", line
        )
    flight = AuthorisedFlight(
        flight_id=row.get("id", ""),
        name=row.get("name", ""),
        operator=row.get("operator", ""),
        phone=row.get("phone", ""),
        kind=row.get("kind", ""),
        make=row.get("make", ""),
        labels=tuple(f"{system}:{row[system].lower()}" for system in LABEL_SYSTEMS if row.get(system)),
        shape=shape or Shape.ANYWHERE,
        places=places,
        extent_m=radius_m or width_m or 0.0,
        low_m=read("low_m", number, None),
        high_m=read("high_m", number, None),
        from_t_ns=read("from", moment_ns, 0),
        until_t_ns=read("until", moment_ns, FOREVER_NS),
        remarks=row.get("remarks", ""),
        source="csv",
    )
    return flight if len(faults.found) == before else None


def _shape(
    places: tuple[tuple[float, float], ...], radius_m: float | None, width_m: float | None
) -> Shape | None:
    match len(places), radius_m is not None, width_m is not None:
        case 0, False, False:
            return Shape.ANYWHERE
        case 1, True, False:
            return Shape.CIRCLE
        case count, False, True if count >= 2:
            return Shape.ROUTE
        case count, False, False if count >= 3:
            return Shape.POLYGON
    return None


def _places(written: str) -> tuple[tuple[float, float], ...]:
    """Places as "33.31 44.40; 33.32 44.41": latitude first."""
    places = []
    for part in filter(str.strip, written.split(";")):
        words = part.replace(",", " ").split()
        if len(words) != 2:
            raise ValueError(f"{part.strip()[:40]!r} is no place; write latitude, a space, longitude")
        places.append((number(words[0]), number(words[1])))
    return tuple(places)


def _one_fault(file: str, sentence: str, line: int = 0) -> ConfigError:
    column = 1 if line else 0
    return ConfigError(file, [ConfigFault("(file)", file, sentence, line, column, sentence)])
