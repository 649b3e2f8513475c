"""Random streams by name: adding one object or sensor changes no other's numbers."""

from hashlib import sha256

import numpy as np


def generator(seed: int, *names: str) -> np.random.Generator:
    """The PCG64 stream that belongs to these names under this seed, the same on every machine.

    Source: NumPy's SeedSequence with a spawn key made of the names, so that streams of
    different names are independent and none depends on how many others there are.
    """
    words = np.frombuffer(sha256("\0".join(names).encode()).digest()[:16], "<u4")
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=tuple(int(word) for word in words)))
    )
