"""Looks: finished scans with the detections their rows come from."""

from dataclasses import dataclass

from marsad.model.detection import Detection, Scan


@dataclass(frozen=True, slots=True)
class Look:
    """A finished scan with the detections its rows come from."""

    scan: Scan
    detections: tuple[Detection, ...]
