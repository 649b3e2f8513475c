"""RTP (RFC 3550, RFC 3551): speech of 8000 samples a second, a packet every 20 ms, as time goes on."""

import math
import random
import struct
import threading
import time

from marsad.links.datagrams import DatagramSender

PACKET_SAMPLES, PACKET_S = 160, 0.02
PCMU, PCMA = 0, 8
LATE_MAX_S = 0.1  # what is later than that was a pause, for receivers as well
_VERSION_2, _MARKER = 0x80, 0x80


class RtpStream:
    """One stream of packets from one source.

    Its numbers begin at random, as RFC 3550 asks; each part of speech after a pause has the marker, and its
    timestamps count the pause.
    """

    def __init__(self, sender: DatagramSender, payload_type: int) -> None:
        chance = random.SystemRandom()
        self.source = chance.getrandbits(32)
        self._sender, self._payload_type = sender, payload_type
        self._sequence, self._timestamp = chance.getrandbits(16), chance.getrandbits(32)
        self._due_s: float | None = None
        self._has_paused = True
        self._stopped = threading.Event()

    def play(self, data: bytes) -> None:
        """Send bytes of a sample each, a whole number of packets; returns when the last is due to end.

        Blocks for as long as it sounds; ends early after `stop`. Raises LinkError where nothing can be sent.
        """
        for first in range(0, len(data), PACKET_SAMPLES):
            if not self._wait():
                return
            self._send(data[first : first + PACKET_SAMPLES])

    def stop(self) -> None:
        """End what sounds, and send nothing more; from any thread."""
        self._stopped.set()

    def close(self) -> None:
        """Let go of the socket."""
        self.stop()
        self._sender.close()

    def _wait(self) -> bool:
        """Return when the next packet is due: whether it is to be sent."""
        now_s = time.monotonic()
        due_s = now_s if self._due_s is None else self._due_s
        if now_s - due_s > LATE_MAX_S:
            skipped = math.ceil((now_s - due_s) / PACKET_S)
            self._timestamp += skipped * PACKET_SAMPLES
            due_s += skipped * PACKET_S
            self._has_paused = True
        self._due_s = due_s + PACKET_S
        return not self._stopped.wait(max(due_s - now_s, 0.0))

    def _send(self, payload: bytes) -> None:
        kind = self._payload_type | (_MARKER if self._has_paused else 0)
        head = struct.pack(
            *("!BBHII", _VERSION_2, kind, self._sequence & 0xFFFF, self._timestamp & 0xFFFFFFFF, self.source)
        )
        self._sender.send(head + payload)
        self._has_paused = False
        self._sequence += 1
        self._timestamp += len(payload)
