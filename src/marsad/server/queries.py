"""What routes are given: the site, and which page of a list is asked for."""

from typing import Annotated, Literal, cast

from fastapi import Depends, Query
from starlette.requests import Request

from marsad.server.wire_site import WireSite


def running_site(request: Request) -> WireSite:
    """The running site."""
    return cast(WireSite, request.app.state.site)


Running = Annotated[WireSite, Depends(running_site)]
FOREVER_MS = (2**63 - 1) // 10**6  # as far as nanoseconds count: the year 2262
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]
Before = Annotated[
    int | None, Query(ge=0, le=FOREVER_MS, description="Older than this, UTC ms: the next page.")
]
Whose = Annotated[
    Literal["own", "all"], Query(description="One's own, or everybody's: that is for administrators.")
]
