"""Where a node is at home: the address from which it has spoken well for longest of late.

Whoever takes a node while it is away looks like the node itself. What tells them apart afterwards is how long
each has spoken, not who came first: an identifier may have been used by a stranger before the node was ever
there, and an address changes. So the home follows whoever speaks, at the latest after an hour; and only one
that has been at home for a minute may have its node back from another that speaks meanwhile.
"""

from dataclasses import dataclass

from marsad.feeds.sapient.wire import NS_PER_S

AT_HOME_NS = 60 * NS_PER_S
MOVED_NS = 3600 * NS_PER_S


@dataclass(slots=True)
class Home:
    """The home of one node.

    address    "" = not known
    spoken_ns  how long the node has spoken from there
    other_ns   how long its present owner has, which is elsewhere
    """

    address: str = ""
    spoken_ns: int = 0
    other_ns: int = 0

    def spoke(self, address: str, since_ns: int) -> None:
        """The owner has said something valid, so long after its last word."""
        if not self.address or address == self.address:
            self.address = address
            self.spoken_ns += since_ns
            return
        self.other_ns += since_ns
        if self.other_ns >= min(self.spoken_ns, MOVED_NS):
            self.address, self.spoken_ns, self.other_ns = address, self.other_ns, 0

    def changed_hands(self) -> None:
        """Another owner than before speaks from now on."""
        self.other_ns = 0

    def returns(self, address: str, owner_address: str) -> bool:
        """Whether who speaks from an address is the node come home, and its owner one that took its place."""
        return address == self.address != "" and owner_address != address and self.spoken_ns >= AT_HOME_NS
