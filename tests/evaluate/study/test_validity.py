import gzip
from pathlib import Path

import numpy as np
import pytest

from marsad.errors import RecordingError
from marsad.evaluate.study.distributions import Generator
from marsad.evaluate.study.validity import STATISTICS, airborne, recorded_places, validity


def write(path: Path, t_s: np.ndarray, places: np.ndarray) -> None:
    rows = [f"{t:.2f},{e:.3f},{n:.3f},{u:.3f}" for t, (e, n, u) in zip(t_s, places, strict=True)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(("t_s,east_m,north_m,up_m\n" + "\n".join(rows) + "\n").encode()))


def test_statistics_are_those_of_flights_whose_answers_are_known(
    tmp_path: Path, generator: Generator
) -> None:
    t_s = np.arange(0.0, 100.0, 0.2)
    east = 10.0 * np.minimum(t_s, 60.0)  # a minute at 10 m/s, then standing
    write(tmp_path / "flights/dji_x.csv.gz", t_s, np.stack([east, 0 * t_s, np.where(t_s > 3, 50.0, 0.0)], -1))
    angle = np.radians(20.0) * t_s  # circling at 20°/s, 15 m/s
    radius = 15.0 / np.radians(20.0)
    circle = np.stack([radius * np.sin(angle), radius * np.cos(angle), 80 + 5 * np.sin(t_s)], -1)
    write(tmp_path / "flights/stork_x.csv.gz", t_s, circle)
    found = validity(tmp_path, generator, 1, raids=4)
    assert set(found.spans) == set(STATISTICS)
    assert (found.flights["real_drones"], found.flights["real_birds"]) == (1, 1)
    assert found.flights["simulated_drones"] > 0 and found.flights["simulated_birds"] > 0
    drone = {name: spans["real_drones"].median for name, spans in found.spans.items()}
    bird = {name: spans["real_birds"].median for name, spans in found.spans.items()}
    assert drone["speed_mps"] == pytest.approx(10.0, abs=0.1)
    assert drone["hover_percent"] == pytest.approx(41.0, abs=2.5)
    assert drone["turn_deg_per_s"] == pytest.approx(0.0, abs=0.1)
    assert drone["straight_s"] == pytest.approx(56, abs=2)
    assert bird["turn_deg_per_s"] == pytest.approx(20.0, abs=0.3)
    assert bird["straight_s"] <= 2 and bird["hover_percent"] == 0
    assert bird["height_sd_m"] == pytest.approx(3.3, abs=0.5)  # a mean of every second flattens it


def test_what_stands_on_the_ground_is_not_flown_and_a_second_place_at_one_time_is_left(
    tmp_path: Path,
) -> None:
    t_s = np.array([0.0, 1.0, 1.0, 2.0, 3.0])
    write(
        tmp_path / "flights/dji_ground.csv.gz", t_s, np.array([[0, 0, h] for h in (0, 0, 9, 20, 30)], float)
    )
    times, places = airborne(*recorded_places(tmp_path / "flights/dji_ground.csv.gz"))
    assert times.tolist() == [2.0, 3.0] and places[:, 2].tolist() == [20.0, 30.0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds 0 places"),
        (b"a,b\n1,2\n", "must be a table with the numbers"),
        (b"t_s,east_m,north_m,up_m\n0,0,x,0\n1,1,1,1\n", "must be a table with the numbers"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_what_is_no_recording_is_told(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "flights" / "dji_bad.csv"
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(RecordingError, match=said):
        recorded_places(path)


def test_a_folder_without_recordings_is_told(tmp_path: Path, generator: Generator) -> None:
    with pytest.raises(RecordingError, match="no recording of a flight is here"):
        validity(tmp_path, generator, 1)
