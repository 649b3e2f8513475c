"""What fuzzing once found worth keeping, said again to every decoder."""

from pathlib import Path

import pytest
from tests.fuzz.decoders import DECODERS, said
from tests.fuzz.seeds import seeds

CORPUS = Path(__file__).parent / "corpus"


def test_every_decoder_takes_something(tmp_path: Path) -> None:
    made = seeds()
    assert made.keys() == DECODERS.keys()
    refused = {
        name: error for name, some in made.items() for one in some if (error := said(name, one, tmp_path))
    }
    assert refused == {}


@pytest.mark.parametrize("name", DECODERS)
def test_no_bytes_that_were_kept_make_it_raise_anything_else(name: str, tmp_path: Path) -> None:
    kept = sorted((CORPUS / name).glob("*"))
    assert kept
    for one in kept:
        said(name, one.read_bytes(), tmp_path)
