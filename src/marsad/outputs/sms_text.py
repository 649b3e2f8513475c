"""The text of an SMS: how long it is on the air, and which sentences of an announcement find room in it.

A part carries 140 bytes: 160 letters of the GSM alphabet of 7 bits (3GPP TS 23.038), or 70 of UCS-2, which
Arabic needs. A message of several parts has 153 or 67 in each, for each says which part it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape before each
_ALONE = {"GSM-7": 160, "UCS-2": 70}
_TOGETHER = {"GSM-7": 153, "UCS-2": 67}


@dataclass(frozen=True, slots=True)
class Length:
    """How long a text is on the air.

    units   septets of GSM-7, or units of 16 bits of UCS-2
    """

    alphabet: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int


def length_of(text: str) -> Length:
    """How long a text is; what takes two units is never torn between two parts."""
    if all(one in _BASIC or one in _EXTENDED for one in text):
        return _length("GSM-7", [2 if one in _EXTENDED else 1 for one in text])
    return _length("UCS-2", [2 if ord(one) > 0xFFFF else 1 for one in text])


def _length(alphabet: Literal["GSM-7", "UCS-2"], widths: list[int]) -> Length:
    units = sum(widths)
    if units <= _ALONE[alphabet]:
        return Length(alphabet, units, 1)
    parts, filled = 1, 0
    for width in widths:
        if filled + width > _TOGETHER[alphabet]:
            parts, filled = parts + 1, 0
        filled += width
    return Length(alphabet, units, parts)


def fitted(pieces: Sequence[str], parts_max: int, around: str = "{text}") -> str:
    """The sentences that find room, in their order; the first always goes, for it says what to do.

    pieces   single sentences, what matters most first
    around   what stands around them, with ``{text}`` in it
    """
    chosen = [pieces[0]]
    for piece in pieces[1:]:
        if length_of(around.replace("{text}", " ".join((*chosen, piece)))).parts <= parts_max:
            chosen.append(piece)
    return around.replace("{text}", " ".join(chosen))
