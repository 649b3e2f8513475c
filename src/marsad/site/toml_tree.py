"""From the bytes of a TOML file to a checked record, with every fault and its place in the file."""

import re
import sys
import tomllib
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from marsad.errors import ConfigError, ConfigFault
from marsad.site.faults import tree_faults
from marsad.site.toml_places import toml_places

Model = TypeVar("Model", bound=BaseModel)
_MARKS = ((b"\xef\xbb\xbf", "UTF-8 with a byte order mark"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
_DIGITS = re.compile(r"[0-9](?:_?[0-9])*")
_TOO_DEEP = "lists or tables are nested too deeply"
_TOMLLIB_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def record_from_toml(model: type[Model], data: bytes, file: str) -> Model:
    """The record that TOML bytes describe; `file` names them in messages.

    Raises ConfigError with every fault found, each with line and column.
    """
    text = toml_text(data, file)
    tree = toml_tree(text, file)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        try:
            faults = tree_faults(model, tree, error, toml_places(text))
        except RecursionError:
            raise _refused(file, 1, 1, _TOO_DEEP) from error
        raise ConfigError(file, faults) from error
    except RecursionError as error:
        raise _refused(file, 1, 1, _TOO_DEEP) from error


def toml_text(data: bytes, file: str) -> str:
    """The text of a TOML file. Raises ConfigError for an empty file, or one in another encoding."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            raise _refused(file, 1, 1, f"the file is {encoding}; save it as plain UTF-8")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line, column = _end(before)
        raise _refused(
            file, line, column, f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as plain UTF-8"
        ) from error
    if not text.strip():
        raise _refused(file, 1, 1, "the file is empty")
    return text


def toml_tree(text: str, file: str) -> dict[str, Any]:
    """The values of a TOML text. Raises ConfigError with the place where it stops being TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = _TOMLLIB_PLACE.search(said)
        line, column = _end(text.rstrip())
        ends = " where the file ends; is it half written?"
        if place and place.group(1):
            line, column, ends = int(place.group(1)), int(place.group(2)), ""
        said = _TOMLLIB_PLACE.sub("", said)
        raise _refused(file, line, column, f"not TOML: {said[:1].lower()}{said[1:]}{ends}") from error
    except RecursionError as error:
        raise _refused(file, 1, 1, _TOO_DEEP) from error
    except ValueError as error:  # of TOML's grammar, but a number or a date that there is not
        line, column, sentence = _impossible(text, error)
        raise _refused(file, line, column, sentence) from error


def _impossible(text: str, error: ValueError) -> tuple[int, int, str]:
    """Where and what a value is that follows the grammar and still is none."""
    digits = sys.get_int_max_str_digits()
    for match in _DIGITS.finditer(text) if digits else ():
        count = len(match.group().replace("_", ""))
        if count > digits:
            said = f"a whole number of {count:,} digits; no setting allows so many"
            return *_end(text[: match.start()]), said
    return 1, 1, f"a number, a date or a time in this file cannot be: {error}"


def _end(text: str) -> tuple[int, int]:
    """Line and column just after a text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _refused(file: str, line: int, column: int, sentence: str) -> ConfigError:
    return ConfigError(file, [ConfigFault("(file)", "", sentence, line, column, sentence)])
