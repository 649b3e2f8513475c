"""Reasons: why a score, an identity or a warning is what it is, free of language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, worded in Arabic and English by the catalogues under ``report/``.

    code       key of the sentence, such as ``intent.closing``
    arguments  (name, value) pairs the sentence quotes, units last in the names
    decibans   what it adds to the hostility, or None where it is not a weight of evidence
    """

    code: str
    arguments: tuple[tuple[str, float | str], ...] = ()
    decibans: float | None = None
