"""A clock that is set while words stand: site time is steady, and UTC jumps."""

import time
from dataclasses import dataclass, field, replace

from marsad.outputs.transmitter import Surroundings

H = 3_600 * 10**9
STEPS = [H, -H, 24 * H, -24 * H]


@dataclass
class SetClock:
    """Site time, and what UTC is ahead of it."""

    site_ns: int = field(default_factory=time.time_ns)
    utc_offset_ns: int = 0

    def within(self, surroundings: Surroundings) -> Surroundings:
        """Surroundings that go by it."""
        return replace(
            surroundings,
            utc_ns=lambda: self.site_ns + self.utc_offset_ns,
            utc_offset_ns=lambda: self.utc_offset_ns,
        )
