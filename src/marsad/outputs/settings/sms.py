"""Settings of an SMS gateway that is spoken to by HTTP."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Field

from marsad.model.language import Language
from marsad.model.peer import is_loopback
from marsad.model.settings import FilePath, Finding, Words, check, skipping_unknown
from marsad.outputs.settings.reach import CertifiedSettings, Url

PLACEHOLDER = re.compile(r"\{([A-Za-z_]*)\}")
_SECRET = re.compile(r"auth|token|secret|passw|api[-_]?key|^key$", re.IGNORECASE)
KNOWN = ("to", "to_digits", "text", "id", "token")
# What a site may write beside the announcement, so that its first sentence always finds room in one part.
BESIDE_MAX = {"ar": 25, "en": 80}


def _a_pointer(text: str) -> str:
    if text and (not text.startswith("/") or re.search(r"~(?![01])", text)):
        raise ValueError(f"{text[:60]!r} is no JSON pointer, such as /messages/0/id")
    return text


def _a_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text[:60]!r} is no regular expression: {error}") from None
    return text


def _a_json(text: str) -> str:
    try:
        json.loads(text)
    except ValueError as error:
        raise ValueError(f"{text[:60]!r} is no JSON: {error}") from None
    return text


Pointer = Annotated[
    str, Field(max_length=200), AfterValidator(_a_pointer), Words("a JSON pointer such as /messages/0/id")
]
Pattern = Annotated[str, Field(max_length=200), AfterValidator(_a_pattern), Words("a regular expression")]
JsonText = Annotated[
    str, Field(max_length=4_000), AfterValidator(_a_json), Words("a JSON text, placeholders in its strings")
]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")]
HeaderText = Annotated[str, Field(pattern=r"^[\x20-\x7e]{0,1000}$")]
Brief = Annotated[str, Field(max_length=1_000)]


class SmsSettings(CertifiedSettings):
    """An SMS gateway: one HTTP request for each number and announcement; who gets it twice cannot tell.

    Numbers and the token stand in files of their own, and in no journal and no log.
    """

    standard: Literal["sms"] = Field("sms", description="SMS, by a gateway's HTTP interface.")
    method: Literal["POST", "PUT", "GET"] = Field("POST", description="Method of the request.")
    url: Url = Field(
        description="Where the gateway is asked: https, or http on this machine. Here and below {to} is the "
        "number, {to_digits} the same without +, {text} the message, {id} the announcement, {token} what "
        "token_file holds."
    )
    headers: dict[HeaderName, HeaderText] = Field(
        {}, max_length=20, description='Headers of the request, such as Authorization = "Bearer {token}".'
    )
    json_body: JsonText | None = Field(
        None, description="Body as JSON, with placeholders inside its strings; default: none."
    )
    form: dict[str, Brief] = Field(
        {}, max_length=40, description="Body as the fields of a form; default: none."
    )
    token_file: FilePath | None = Field(None, description="File with the secret that {token} stands for.")
    recipients_file: FilePath = Field(
        description="CSV file of who is told, its first line to,language,zones; numbers such as "
        "+9647901234567; language is ar, en or both."
    )
    text: dict[Language, Brief] = Field(
        {},
        description="What stands around the message in each language, with {text} in it; default: nothing.",
    )
    parts_max: int = Field(
        1,
        ge=1,
        le=6,
        description="Longest message, in parts of 160 letters, or of 70 where it has others than GSM's, such "
        "as Arabic; whole sentences are left out, never a part of one.",
    )
    accepted_pointer: Pointer | None = Field(
        None, description="JSON pointer into the answer to what accepted_pattern is held against."
    )
    accepted_pattern: Pattern | None = Field(
        None,
        description="Regular expression that the answer, or what accepted_pointer points to, must match as a "
        "whole to be an acceptance; default: any answer of 2xx is.",
    )
    id_pointer: Pointer | None = Field(
        None, description="JSON pointer to the gateway's own name of the message, which is kept."
    )
    per_minute: int = Field(
        60, ge=1, le=6_000, description="Most requests in any minute; what is over that waits."
    )
    number_per_hour: int = Field(
        20,
        ge=1,
        le=1_000,
        description="A number that got so many in an hour gets no updates; what is new and what ends an "
        "alarm always goes.",
    )
    at_once: int = Field(4, ge=1, le=32, description="Most requests under way at one time.")
    timeout_s: float = Field(5.0, gt=0, le=60, description="An answer that takes longer is none.")

    @check
    def _safe_where_it_leaves(self) -> Iterator[Finding]:
        with skipping_unknown:
            parts = urlsplit(self.url)
            if PLACEHOLDER.search(parts.netloc):
                yield Finding(("url",), f"url is {self.url!r}: no placeholder may stand in its host")
            if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
                sentence = f"url is {self.url!r}, another machine, in the clear: use https"
                yield Finding(("url",), sentence)

    @check
    def _placeholders(self) -> Iterator[Finding]:
        with skipping_unknown:
            places = [("url", self.url), ("json_body", self.json_body or "")]
            places += [("headers", one) for one in self.headers.values()]
            places += [("form", one) for one in self.form.values()]
            used = set[str]()
            for key, text in places:
                names = set(PLACEHOLDER.findall(text)) - ({""} if key == "json_body" else set())
                used |= names
                if key == "headers" and "text" in names:
                    yield Finding(
                        (key,), "headers: {text} has letters that no header carries; put it in the body"
                    )
                for name in sorted(names - set(KNOWN)):
                    known = ", ".join(f"{{{one}}}" for one in KNOWN)
                    yield Finding((key,), f"{key}: {{{name}}} stands for nothing; these do: {known}")
            if not used & {"to", "to_digits"}:
                yield Finding(("url",), "{to} stands nowhere in the request: nobody would be told")
            if "text" not in used:
                yield Finding(("url",), "{text} stands nowhere in the request: nothing would be said")
            if ("token" in used) != (self.token_file is not None):
                yield Finding(("token_file",), "{token} and token_file belong together: give both or none")

    @check
    def _secrets_apart(self) -> Iterator[Finding]:
        with skipping_unknown:
            places = [("headers", *one) for one in self.headers.items()]
            places += [("form", *one) for one in self.form.items()]
            places += [("url", *one) for one in parse_qsl(urlsplit(self.url).query, keep_blank_values=True)]
            for key, name, text in places:
                if _SECRET.search(name) and "{token}" not in text:
                    sentence = (
                        f"{key}: {name[:50]} seems to be a secret, and the settings begin the journal: put "
                        "it into token_file, and {token} in its place"
                    )
                    yield Finding((key,), sentence)

    @check
    def _one_body(self) -> Iterator[Finding]:
        with skipping_unknown:
            if self.json_body is not None and self.form:
                yield Finding(("form",), "a request has one body: json_body or form")
            if self.method == "GET" and (self.json_body is not None or self.form):
                yield Finding(("method",), "GET has no body: put the placeholders into url, or use POST")

    @check
    def _acceptance(self) -> Iterator[Finding]:
        with skipping_unknown:
            if self.accepted_pointer is not None and self.accepted_pattern is None:
                yield Finding(
                    ("accepted_pointer",), "accepted_pointer needs accepted_pattern to hold against"
                )

    @check
    def _text_around(self) -> Iterator[Finding]:
        with skipping_unknown:
            for language, text in self.text.items():
                if PLACEHOLDER.findall(text) != ["text"]:
                    sentence = (
                        f"text.{language} is {text[:60]!r}; {{text}} must stand in it once, and no other"
                    )
                    yield Finding(("text", language), sentence)
                elif len(text) - len("{text}") > BESIDE_MAX[language]:
                    sentence = (
                        f"text.{language} has {len(text) - len('{text}')} letters beside {{text}}; more than "
                        f"{BESIDE_MAX[language]} leave no room for what people must do"
                    )
                    yield Finding(("text", language), sentence)
