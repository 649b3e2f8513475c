"""Settings of the outputs: how each is reached. One module for each standard."""

from typing import Annotated

from pydantic import Field

from marsad.outputs.settings.cap import CapSettings
from marsad.outputs.settings.cot import CotSettings
from marsad.outputs.settings.modbus import CoilSettings, ModbusSettings
from marsad.outputs.settings.mqtt import MqttSettings
from marsad.outputs.settings.page import PageSettings
from marsad.outputs.settings.sms import SmsSettings
from marsad.outputs.settings.smtp import SmtpSettings
from marsad.outputs.settings.speaker import SpeakerSettings
from marsad.outputs.settings.webhook import WebhookSettings

OutputSettings = Annotated[
    CapSettings
    | CotSettings
    | ModbusSettings
    | MqttSettings
    | PageSettings
    | SmsSettings
    | SmtpSettings
    | SpeakerSettings
    | WebhookSettings,
    Field(discriminator="standard"),
]

__all__ = [
    "CapSettings",
    "CoilSettings",
    "CotSettings",
    "ModbusSettings",
    "MqttSettings",
    "OutputSettings",
    "PageSettings",
    "SmsSettings",
    "SmtpSettings",
    "SpeakerSettings",
    "WebhookSettings",
]
