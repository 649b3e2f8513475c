"""Settings of a web hook."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from marsad.model.settings import Finding, check
from marsad.outputs.settings.reach import PostSettings, Url, unsigned_post


class WebhookSettings(PostSettings):
    """A web server that is sent each announcement as JSON by HTTP POST."""

    standard: Literal["webhook"] = Field("webhook", description="HTTP POST of JSON.")
    url: Url = Field(description="Where it is posted; https, or http on this machine or with a secret.")

    @check
    def _signed_where_it_leaves(self) -> Iterator[Finding]:
        yield from unsigned_post(self, "set secret_file", "secret_file")
