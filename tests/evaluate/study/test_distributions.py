from hashlib import sha256
from pathlib import Path

import pytest

from marsad.errors import ConfigError
from marsad.evaluate.study.distributions import SHIPPED, load_generator

TEXT = SHIPPED.read_text("utf-8")


def test_the_hash_is_of_the_file() -> None:
    assert load_generator().sha256 == sha256(SHIPPED.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fault = 0.25", "fault = 1.25", "shares: fault is 1.25; it must be a number from 0 to 1"),
        ("quiet_s = [20.0, 45.0]", "quiet_s = [45.0, 20.0]", "the first must not be above the second"),
        ("clear = 0.50", "cloudy = 0.50", "weather_share"),
        ("embassy = 1.0", "embassy = 1.0\nmoon-base = 1.0", "there is no such site"),
        ("[time]", "[time]\npatience_s = 3.0", "patience_s"),
        ("version = 1", "version = 2", "version"),
        ('kind = "multirotor"', 'kind = "zeppelin"', "zeppelin"),
        ("[weather.dust]", "[weather.snow]", "snow"),
    ],
)
def test_what_is_wrong_in_a_file_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    path = tmp_path / "raids.toml"
    path.write_text(TEXT.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_generator(path)
    assert said in str(caught.value), str(caught.value)
