"""Between the class names of SAPIENT (BSI Flex 335 v2.0, table 96) and THREAT_CLASSES.

The standard's taxonomy ends at "UAV fixed wing": it does not tell a one-way attack drone from a
model aeroplane, so its probability is split evenly between ``owa`` and ``fixedwing_small`` and
speed, height and course decide later. Rockets and balloons have no class; they travel as
extensions docked under "Air vehicle / Other". An air vehicle without a sub class, and a drone
of unnamed make, are ``unknown``: something uncrewed and nothing more is known.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from marsad.feeds.sapient.wire import DetectionReport

AIR_VEHICLE = "Air vehicle"
ANIMAL = "Animal"
DOCK_CLASS = f"{AIR_VEHICLE}.Other"
DOCKED = ("Rocket", "Balloon")

# class of ours -> the path of names on the wire
WIRE_PATH: dict[str, tuple[str, ...]] = {
    "owa": (AIR_VEHICLE, "UAV fixed wing"),
    "fixedwing_small": (AIR_VEHICLE, "UAV fixed wing"),
    "multirotor": (AIR_VEHICLE, "UAV rotary wing"),
    "crewed": (AIR_VEHICLE, "Manned fixed wing"),
    "ballistic": (AIR_VEHICLE, "Other", "Rocket"),
    "balloon": (AIR_VEHICLE, "Other", "Balloon"),
    "unknown": (AIR_VEHICLE,),
    "bird": (ANIMAL, "Bird"),
}

# name on the wire, folded -> shares of our classes
_SHARES: dict[str, tuple[tuple[str, float], ...]] = {
    "air vehicle": (("unknown", 1.0),),
    "unknown": (("unknown", 1.0),),
    "uav": (("unknown", 1.0),),
    "uas": (("unknown", 1.0),),
    "drone": (("unknown", 1.0),),
    "uav fixed wing": (("owa", 0.5), ("fixedwing_small", 0.5)),
    "uav rotary wing": (("multirotor", 1.0),),
    "manned fixed wing": (("crewed", 1.0),),
    "manned rotary wing": (("crewed", 1.0),),
    "rocket": (("ballistic", 1.0),),
    "missile": (("ballistic", 1.0),),
    "mortar": (("ballistic", 1.0),),
    "balloon": (("balloon", 1.0),),
    "bird": (("bird", 1.0),),
}
_DEPTH_MAX = 4
_KEPT_BYTES_MAX = 1024
_NAME_MAX = 64

_Named = DetectionReport.DetectionReportClassification | DetectionReport.SubClass


def add_classes(report: DetectionReport, classes: Sequence[tuple[str, float]]) -> None:
    """Write (class of THREAT_CLASSES, probability) pairs into a report's classification.

    A class's confidence is the sum over its sub classes plus what is left unsaid. Raises KeyError
    for a name outside THREAT_CLASSES.
    """
    sums: dict[tuple[str, ...], float] = {}
    for name, probability in classes:
        path = WIRE_PATH[name]
        for depth in range(1, len(path) + 1):
            sums[path[:depth]] = sums.get(path[:depth], 0.0) + probability
    written: dict[tuple[str, ...], _Named] = {}
    for path in sorted(sums):
        node: _Named
        if len(path) == 1:
            node = report.classification.add(type=path[0], confidence=sums[path])
        else:
            node = written[path[:-1]].sub_class.add(type=path[-1], confidence=sums[path], level=len(path) - 1)
        written[path] = node


def classes_of(report: DetectionReport) -> tuple[tuple[str, float], ...]:
    """(class of THREAT_CLASSES, probability) pairs of a report's classification, largest first.

    What the taxonomy names but we have no class for (people, vehicles, transmitters) gives no
    pair; a sub class we do not know counts for its parent. Probabilities above 1 in sum are
    scaled down.
    """
    written = tuple([entry.SerializeToString() for entry in report.classification])
    if sum(map(len, written)) > _KEPT_BYTES_MAX:
        return _pairs(report.classification)
    return _kept_pairs(written)


@lru_cache(maxsize=1024)
def _kept_pairs(entries: tuple[bytes, ...]) -> tuple[tuple[str, float], ...]:
    """The pairs of a classification given as bytes: a classifier says the same things over and over."""
    named = DetectionReport.DetectionReportClassification
    return _pairs([named.FromString(entry) for entry in entries])


def _pairs(entries: Iterable[_Named]) -> tuple[tuple[str, float], ...]:
    found: dict[str, float] = {}
    for entry in entries:
        _spread(entry, _confidence(entry, 1.0), (), found, _DEPTH_MAX)
    total = sum(found.values())
    scale = 1.0 / total if total > 1.0 else 1.0
    # confidences travel as 32-bit floats: more than six decimals are noise
    pairs = [(name, round(probability * scale, 6)) for name, probability in found.items()]
    return tuple(sorted((pair for pair in pairs if pair[1] > 0), key=lambda pair: (-pair[1], pair[0])))


@lru_cache(maxsize=1024)
def _shares_of(wire_name: str) -> tuple[tuple[str, float], ...] | None:
    """Shares of our classes in a class of the wire, None if it is not in our table."""
    return _SHARES.get(" ".join(wire_name.rpartition(":")[2].replace("_", " ").casefold().split()))


def _confidence(entry: _Named, otherwise: float) -> float:
    """The confidence given, 0 if it is nonsense; without one the sensor says it is so."""
    if not entry.HasField("confidence"):
        return otherwise
    return min(entry.confidence, 1.0) if entry.confidence > 0 else 0.0


def _spread(
    entry: _Named,
    probability: float,
    inherited: tuple[tuple[str, float], ...],
    found: dict[str, float],
    depth: int,
) -> None:
    """Give a class's probability to its sub classes, and to itself what they leave."""
    name = entry.type
    shares = _shares_of(name) if len(name) <= _NAME_MAX else None
    if shares is None:
        shares = inherited
    left = probability
    if entry.sub_class and depth:
        parts = [_confidence(sub, probability / len(entry.sub_class)) for sub in entry.sub_class]
        stated = sum(parts)
        # sub classes that say more than their parent are meant as shares of it
        scale = probability / stated if stated > probability else 1.0
        for sub, part in zip(entry.sub_class, parts, strict=True):
            _spread(sub, part * scale, shares, found, depth - 1)
        left = max(probability - stated, 0.0)
    if left > 0:
        for ours, share in shares:
            found[ours] = found.get(ours, 0.0) + share * left
