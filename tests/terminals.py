"""Terminals of tests."""

from marsad.model.reason import Reason
from marsad.report.wording import Language, word
from marsad.station.preparation import Progress


class Heard:
    """A terminal that remembers what it was told."""

    def __init__(self, language: Language = "en") -> None:
        self.language: Language = language
        self.utc_offset_s: int | None = None
        self.said: list[str] = []
        self.told: list[str] = []
        self.shares: list[float] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def learn(self, reason: Reason) -> None:
        self.said.append(word(reason, self.language))

    def tell(self, t_ns: int, sentence: str) -> None:
        self.told.append(sentence)

    def prepared_so_far(self, progress: Progress) -> None:
        self.shares.append(progress.share)
