"""A synthetic site, and a server of it on a real socket."""

from collections.abc import Iterator

import pytest

from marsad.server import ServerSettings

from .synthetic import Served, SyntheticSite


@pytest.fixture
def gateway() -> SyntheticSite:
    return SyntheticSite()


@pytest.fixture
def serving() -> type[Served]:
    """What serves a gateway with settings of the test's own."""
    return Served


@pytest.fixture
def crowded() -> SyntheticSite:
    """A site with so many tracks that one picture fills every buffer on the way."""
    return SyntheticSite(crowd=4000, rate_hz=20)


@pytest.fixture
def served(gateway: SyntheticSite) -> Iterator[Served]:
    with Served(gateway, ServerSettings(port=0, heartbeat_s=0.2)) as running:
        yield running
