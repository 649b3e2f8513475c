"""What outputs that tell a list of people have in common: one round for each announcement."""

from collections.abc import Sequence
from typing import assert_never

from marsad.errors import EncodingError, RefusedError
from marsad.model.announcement import Delivered, DeliveryState, DrillAnnouncement, LiveAnnouncement, Switch
from marsad.outputs.recipients import Recipient, Round, Rounds
from marsad.outputs.transmitter import Surroundings, Word


class Listed:
    """An output with a list of people; whoever has an announcement is not told it again.

    medium   what it sends, for sentences
    """

    def __init__(
        self, name: str, medium: str, recipients: Sequence[Recipient], surroundings: Surroundings
    ) -> None:
        self._output_id, self._medium = name, medium
        self._recipients = tuple(recipients)
        self._surroundings = surroundings
        self._rounds = Rounds(surroundings.utc_offset_ns)

    def foresee(self, word: Word) -> None:
        """What it takes the place of is needless for who has not got it; what is less urgent gives way."""
        if not isinstance(word, Switch):
            self._rounds.foresee(word)

    async def run(self) -> None:
        """Nothing goes on beside."""

    def _round_of(self, word: Word) -> Round:
        """The round of an announcement. Raises EncodingError for a level, RefusedError for one to nobody."""
        if isinstance(word, Switch):
            raise EncodingError(f"{self._medium} carries messages, no levels")
        if not isinstance(word, LiveAnnouncement | DrillAnnouncement):
            assert_never(word)
        one = self._rounds.of(word, self._recipients)
        if not one.recipients:
            raise RefusedError(f"nobody on the list is told of zone {word.zone_id!r}")
        return one

    async def _tell(self, announcement_id: str, state: DeliveryState, one: Round) -> None:
        """How far a round has come."""
        code = "refused_for_some" if one.refused else "not_all_yet" if one.left() else "taken"
        told = Delivered(self._output_id, announcement_id, state, one.summary(), code=code)
        await self._surroundings.tell(told)
