"""Which standard is spoken by which module: the one explicit table."""

from collections.abc import Callable
from typing import Any

from marsad.outputs.cap import CapOutput
from marsad.outputs.cot import CotOutput
from marsad.outputs.modbus import Modbus
from marsad.outputs.mqtt import Mqtt
from marsad.outputs.page import Pages
from marsad.outputs.settings import OutputSettings
from marsad.outputs.sms import Sms
from marsad.outputs.smtp import Smtp
from marsad.outputs.speaker import Speaker
from marsad.outputs.transmitter import Surroundings, Transmitter
from marsad.outputs.webhook import Webhook

TRANSMITTERS: dict[str, Callable[[Any, Surroundings], Transmitter]] = {
    "page": Pages,
    "cap": CapOutput,
    "cot": CotOutput,
    "webhook": Webhook,
    "mqtt": Mqtt,
    "modbus": Modbus,
    "smtp": Smtp,
    "sms": Sms,
    "rtp": Speaker,
}


def open_output(settings: OutputSettings, surroundings: Surroundings) -> Transmitter:
    """The output of some settings. Raises LinkError for one that can never work as it is set up."""
    return TRANSMITTERS[settings.standard](settings, surroundings)
