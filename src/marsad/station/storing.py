"""What the register is to hold: incidents and the steps of deliveries, kept until it takes them.

A disk that is full refuses it, a register that is renewed takes a while: nothing waits for either. What was
refused is tried again, in its newest version, and is told meanwhile as a fault of the site.
"""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from marsad.model.announcement import Delivery
from marsad.model.incident import Incident
from marsad.site.live import LiveSite
from marsad.station.seldom import Seldom

if TYPE_CHECKING:
    from marsad.register.store import RegisterStore
    from marsad.station.kept_register import KeptRegister

_LOG = logging.getLogger(__name__)
_QUEUE_MAX = 1_000
_AGAIN_S = 5.0
_DELIVERIES_MAX = 5_000
UNWRITABLE = "register.unwritable"


class Storing:
    """Hands to a register what it is to hold, in a task beside the fold.

    site_id   whose deliveries they are
    live      is told while something is refused
    """

    def __init__(self, register: "RegisterStore | KeptRegister", site_id: str, live: LiveSite) -> None:
        self._register, self._site_id, self._live = register, site_id, live
        self._waiting: asyncio.Queue[Incident] = asyncio.Queue(_QUEUE_MAX)
        self._unsaved: dict[str, Incident] = {}  # bounded by the incidents of a run that a disk refused
        self._deliveries: dict[str, Delivery] = {}  # with steps that the register does not hold yet
        self._logged = ("", 0)
        self._seldom = Seldom()

    def store(self, incident: Incident) -> None:
        """An incident changed; returns at once."""
        try:
            self._waiting.put_nowait(incident)
        except asyncio.QueueFull:  # later versions hold all that this one does
            self._live.fault(UNWRITABLE)

    def store_delivery(self, delivery: Delivery) -> None:
        """An announcement came to another step: its newest word holds all that those before it do."""
        self._deliveries[delivery.announcement_id] = delivery
        if len(self._deliveries) > _DELIVERIES_MAX:
            del self._deliveries[next(iter(self._deliveries))]

    async def run(self) -> None:
        """Store what comes, and again what was refused, until cancelled."""
        while True:
            taken = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_S):
                    incident = await self._waiting.get()
                    self._unsaved[incident.incident_id] = incident
                    taken = True
            await self._save_incidents()
            await self.save_deliveries()
            if taken:
                self._waiting.task_done()

    async def join(self) -> None:
        """Return once every incident so far was handed over."""
        await self._waiting.join()

    async def _save_incidents(self) -> None:
        """Store what waits; what a full disk refuses waits on, the newest version of each incident."""
        for incident_id, incident in list(self._unsaved.items()):
            try:
                await asyncio.to_thread(self._register.save, incident)
            except Exception as error:  # whatever it is, later versions hold all that this one does
                self._log_unsaved(incident, error)
            else:
                del self._unsaved[incident_id]
        if self._unsaved:
            self._live.fault(UNWRITABLE)
        elif not self._deliveries:
            self._live.fault_over(UNWRITABLE)

    async def save_deliveries(self) -> None:
        """Store the steps of deliveries; what a full disk refuses waits on."""
        if not self._deliveries:
            return
        taken, self._deliveries = self._deliveries, {}
        try:
            await asyncio.to_thread(self._register.note_deliveries, self._site_id, list(taken.values()))
        except Exception as error:  # whatever it is, alarms go on
            if self._seldom.counted("deliveries"):
                _LOG.error("steps of deliveries are not in the register: %s", error)
            self._deliveries = {**taken, **self._deliveries}
            self._live.fault(UNWRITABLE)
            return
        if not self._unsaved:
            self._live.fault_over(UNWRITABLE)

    def _log_unsaved(self, incident: Incident, error: Exception) -> None:
        if self._logged != (incident.incident_id, incident.version):
            self._logged = (incident.incident_id, incident.version)
            _LOG.error("version %d of the incident is not in the register: %s", incident.version, error)
