"""Where the labels of a drawing go: beside what they name, never on each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import cos, hypot, pi, sin

Point = tuple[float, float]
# widest mean advance of the typeface, in ems: a label may seem a little wider than it is, never narrower
_EM_PER_LETTER = 0.62
_EM_PER_LINE = 1.25
_NARROW = frozenset(" .,:;'|!()il")
_WIDE = frozenset("MWmw@%")
_STEPS_PX = (0.0, 14.0, 28.0, 48.0, 72.0, 100.0, 140.0)
_DIRECTIONS = 12
_SHARES = (0.0, -0.5, 0.5, -1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a drawing, pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, centre: Point, width: float, height: float) -> "Box":
        """The box of a size about a point."""
        x, y = centre
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def centre(self) -> Point:
        """Its middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def grown(self, by: float) -> "Box":
        """The box with a margin."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, other: "Box") -> bool:
        """Whether the two have a place in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def within(self, other: "Box") -> bool:
        """Whether all of it lies in the other."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


def text_size(text: str, size_px: float) -> tuple[float, float]:
    """Width and height that a line of text takes at most, pixels."""
    letters = sum(
        0.55 if letter in _NARROW else 1.65 if letter in _WIDE else 1.15 if letter.isupper() else 1.0
        for letter in text
    )
    return (letters * _EM_PER_LETTER * size_px + 2, _EM_PER_LINE * size_px)


@dataclass(slots=True)
class LabelPlaces:
    """The places that are taken in a drawing.

    frame   nothing is put outside it
    taken   what no label may cover
    """

    frame: Box
    taken: list[Box] = field(default_factory=list)

    def put(
        self, named: Box, size: tuple[float, float], *, needed: bool, avoid: Sequence[Box] = ()
    ) -> Box | None:
        """A free place for a label of a size: in what it names if it fits, else as near as there is.

        avoid   what it should not cover either, as long as there is room elsewhere

        Where no place is free: None, or for a label that is needed the one that covers least. What is
        returned is taken from then on.
        """
        spots = [spot for spot in _spots(named, size) if spot.within(self.frame)]
        spots = spots or [self._moved_in(Box.around(named.centre, *size))]

        def covered(spot: Box) -> tuple[int, int]:
            taken = sum(spot.meets(other) for other in self.taken)
            return taken, sum(spot.meets(other) for other in avoid)

        best = min(spots, key=covered, default=None)  # the first of equals, and they come nearest first
        if best is None or (covered(best)[0] and not needed):
            return None
        self.taken.append(best)
        return best

    def _moved_in(self, box: Box) -> Box:
        """The box moved into the frame, as far as it fits."""
        width, height = box.right - box.left, box.bottom - box.top
        left = max(self.frame.left, min(box.left, self.frame.right - width))
        top = max(self.frame.top, min(box.top, self.frame.bottom - height))
        return Box(left, top, left + width, top + height)


def corner(places: LabelPlaces, size: tuple[float, float], points: Sequence[Point], first: int) -> Box:
    """The corner of a drawing for a scale or an arrow: the first, in order, where no point lies.

    first   0 to 3: top right, bottom left, top left, bottom right
    """
    frame, (width, height) = places.frame, size
    corners = (
        Box(frame.right - width, frame.top, frame.right, frame.top + height),
        Box(frame.left, frame.bottom - height, frame.left + width, frame.bottom),
        Box(frame.left, frame.top, frame.left + width, frame.top + height),
        Box(frame.right - width, frame.bottom - height, frame.right, frame.bottom),
    )
    order = [corners[(first + step) % 4] for step in range(4)]
    free = [box for box in order if not any(box.meets(other) for other in places.taken)]

    def hits(box: Box) -> int:
        return sum(box.meets(Box.around(point, 24, 24)) for point in points)

    chosen = min(free or order, key=hits)
    places.taken.append(chosen)
    return chosen


def _spots(named: Box, size: tuple[float, float]) -> Iterator[Box]:
    """Places for a label: in what it names, from its middle outwards, then around it, ever further out."""
    x, y = named.centre
    width, height = named.right - named.left, named.bottom - named.top
    spare_x, spare_y = (width - size[0]) / 2 - 3, (height - size[1]) / 2 - 3
    if width == 0 or (spare_x >= 0 and spare_y >= 0):
        inner = [
            (x + across * max(spare_x, 0), y + down * max(spare_y, 0))
            for across in _SHARES
            for down in _SHARES
        ]
        for spot in sorted(dict.fromkeys(inner), key=lambda at: hypot(at[0] - x, at[1] - y)):
            yield Box.around(spot, *size)
    half_width, half_height = (width + size[0]) / 2 + 3, (height + size[1]) / 2 + 2
    for step in _STEPS_PX:
        for number in range(_DIRECTIONS):
            # below first, then above, then the sides: names are wide and low
            angle = pi / 2 + (number + 1) // 2 * (-1) ** number * 2 * pi / _DIRECTIONS
            spot = x + cos(angle) * (half_width + step), y + sin(angle) * (half_height + step)
            yield Box.around(spot, *size)
