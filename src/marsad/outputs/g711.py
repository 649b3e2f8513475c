"""ITU-T G.711: speech of 16 bits a sample to 8 bits, by the µ-law (PCMU) and the A-law (PCMA)."""

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Law = Literal["pcmu", "pcma"]
_BIAS, _ULAW_MAX = 33, 0x1FFF


def encoded(samples: NDArray[np.int16], law: Law) -> bytes:
    """The bytes of samples, one each."""
    return _table(law)[samples.astype(np.int32) + 32_768].tobytes()


def silence(law: Law) -> bytes:
    """The byte of a sample that is 0."""
    return encoded(np.zeros(1, np.int16), law)


@lru_cache(maxsize=2)
def _table(law: Law) -> NDArray[np.uint8]:
    """The byte of each sample, from -32768 up."""
    sample = np.arange(-32_768, 32_768)
    size = np.where(sample < 0, ~sample, sample)  # one's complement, as in the standard's own program
    return _ulaw(sample, size >> 2) if law == "pcmu" else _alaw(sample, size >> 4)


def _ulaw(sample: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Of 13 bits of size, with the bias of 33: three bits of segment and four of step, inverted."""
    biased = np.minimum(size + _BIAS, _ULAW_MAX)
    segment = np.searchsorted(2 ** np.arange(6, 13), biased, side="right")
    step = (biased >> (segment + 1)) & 0xF
    code = ~(np.where(sample < 0, 0x80, 0) | segment << 4 | step) & 0xFF
    return np.asarray(code, np.uint8)


def _alaw(sample: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Of 11 bits of size: three bits of segment and four of step, every other bit inverted."""
    segment = np.searchsorted(2 ** np.arange(4, 11), size, side="right")
    step = (size >> np.maximum(segment - 1, 0)) & 0xF
    code = (np.where(sample < 0, 0, 0x80) | segment << 4 | step) ^ 0x55
    return np.asarray(code, np.uint8)
