"""Draws of a raid: each by its name, some of them held to their shares in every block of raids."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from marsad.simulate.seeding import generator

BLOCK = 40
Name = TypeVar("Name", bound=str)


class Draws:
    """The random numbers of one raid of a study; a name always gives the same stream."""

    def __init__(self, study_seed: int, number: int) -> None:
        self.study_seed = study_seed
        self.number = number

    def stream(self, *names: str) -> np.random.Generator:
        """The raid's own stream of a name."""
        return generator(self.study_seed, "raid", str(self.number), *names)

    def held(self, name: str) -> float:
        """A number in [0, 1) of which every block of BLOCK raids has one in each BLOCK-th."""
        block, place = divmod(self.number - 1, BLOCK)
        order = generator(self.study_seed, "block", str(block), name).permutation(BLOCK)
        return float((order[place] + self.stream("within", name).random()) / BLOCK)


def chosen(weights: Mapping[Name, float], at: float) -> Name:
    """The name on which a number in [0, 1) falls, each as wide as its weight."""
    names = sorted(weights)
    bounds = np.cumsum([weights[name] for name in names])
    return names[min(int(np.searchsorted(bounds, at * bounds[-1], side="right")), len(names) - 1)]


def within(random: np.random.Generator, span: tuple[float, float]) -> float:
    """A number drawn evenly from a range."""
    return float(random.uniform(*span))


def count_within(random: np.random.Generator, span: tuple[int, int]) -> int:
    """A whole number drawn evenly from a range, both ends included."""
    return int(random.integers(span[0], span[1] + 1))
