"""What all settings records share: strictness, words for what is allowed, and checks between fields.

Pydantic checks between the fields of a record only when each field is good by itself. Here a check
names what it finds instead of raising, and can be made on a record that is known in part: so that a
settings file shows all its faults at once.
"""

import contextlib
import ipaddress
import posixpath
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

BETWEEN_FIELDS = "between_fields"
NUMBER_MAX = 1e9
"""No number in settings is larger: in nanoseconds and squared it is a number yet."""
Place = tuple[str | int, ...]
Method = TypeVar("Method", bound=Callable[..., Any])
Named = TypeVar("Named")


@dataclass(frozen=True, slots=True)
class Words:
    """What a setting allows, where its type and bounds do not say it: ``Annotated[str, Words(…)]``."""

    allowed: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A setting that stands in no journal: ``Annotated[str, Secret()]``. Nothing that is folded needs it."""


_FOLDER: ContextVar[str] = ContextVar("the folder of the settings file that is read", default="")


@contextlib.contextmanager
def within(folder: str) -> Iterator[None]:
    """While this lasts, a path in settings that are read is one within a folder, unless it is absolute.

    Settings that are read without it, such as those at the beginning of a journal, keep paths as they are.
    """
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


def placed(path: Named) -> Named:
    """A path as settings name it, within the folder of the settings that are read; an absolute one as is."""
    made: Any = type(path)
    return cast(Named, made(posixpath.join(_FOLDER.get(), str(path))))


_Path = Annotated[str, Field(pattern=r"^[^\x00]{1,4096}$"), AfterValidator(placed)]
FilePath = Annotated[_Path, Words("the path of a file")]
FolderPath = Annotated[_Path, Words("the path of a folder")]


def _a_network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{value!r} is no address and no network") from None
    return value


Network = Annotated[
    str,
    AfterValidator(_a_network),
    Words('an IP address or a network, such as "10.0.0.5" or "172.18.0.0/16"'),
]

ShortName = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$"),
    Words("1 to 40 small letters a-z, digits, hyphens and underscores, the first a letter or digit"),
]


class Finding(NamedTuple):
    """What is wrong between fields.

    place     where, below the record that was checked; numbers count from 0
    sentence  what is wrong and what is allowed
    """

    place: Place
    sentence: str


class UnknownPart(Exception):
    """A field that a check reads is faulty itself."""


skipping_unknown = contextlib.suppress(UnknownPart)


def check(method: Method) -> Method:
    """Mark a method without arguments that yields a Finding for each fault between fields."""
    method.__dict__["is_check"] = True
    return method


class Settings(BaseModel):
    """A record of settings: frozen, and no key is ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def checks(cls) -> list[Callable[[Any], Iterator[Finding]]]:
        """The marked methods of a class; each takes a record or a `Part` of one."""
        owners = [vars(owner) for owner in cls.__mro__]
        return [
            method
            for owner in reversed(owners)
            for method in owner.values()
            if getattr(method, "is_check", False)
        ]

    @check
    def _numbers_within_bounds(self) -> Iterator[Finding]:
        for name, value in _good(self).items():
            if any(not abs(number) <= NUMBER_MAX for number in _numbers(value)):
                said = f"{name} is {value!r}; at most {NUMBER_MAX:.0e} is allowed, in either direction"
                yield Finding((name,), said)

    @model_validator(mode="after")
    def _between_fields(self) -> "Settings":
        found = [finding for made in self.checks() for finding in made(self)]
        if found:
            sentences = "; ".join(finding.sentence for finding in found)
            raise PydanticCustomError(BETWEEN_FIELDS, "{sentences}", {"sentences": sentences})
        return self


def _good(record: Any) -> dict[str, Any]:
    """The fields of a record or a Part of one."""
    return record.good if isinstance(record, Part) else vars(record)


def _numbers(value: Any) -> Iterator[float]:
    """The numbers with a point in a field."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, dict):
        yield from _numbers(list(value.values()))


class Part:
    """The good fields of a faulty record; reading another raises UnknownPart."""

    def __init__(self, good: dict[str, Any]) -> None:
        self.good = good

    def __getattr__(self, name: str) -> Any:
        try:
            return cast(dict[str, Any], vars(self)["good"])[name]
        except KeyError:
            raise UnknownPart(name) from None


def known(record: Any, name: str, otherwise: Any) -> Any:
    """A field of a record or a Part, or something else where the field is faulty itself."""
    try:
        return getattr(record, name)
    except UnknownPart:
        return otherwise


def findings(model: type[Settings], record: Any) -> list[Finding]:
    """What the checks of a class find on a record or a Part of one."""
    found: list[Finding] = []
    for made in model.checks():
        with skipping_unknown:  # what a check found before it met an unknown field stays
            found.extend(made(record))
    return found


def twice(items: Any, field: str, key: str) -> Iterator[Finding]:
    """A Finding for each item whose `key` an earlier one has already."""
    seen: dict[str, int] = {}
    for number, item in enumerate(items):
        with skipping_unknown:
            value = str(getattr(item, key))
            if value in seen:
                sentence = f"{key} is {value!r}; {field} {seen[value] + 1} has it already"
                yield Finding((field, number, key), sentence)
            seen.setdefault(value, number)
