"""The compiled arithmetic of the assessment, and how to have it ready."""

from typing import Any

from marsad.assessment import ballistic, flight_character, geometry, procedure_places


def kernels() -> tuple[Any, ...]:
    """What Numba compiles of this stage; the same for any number of dimensions."""
    from marsad.assessment.approach_kernel import approaches  # bring Numba, which whoever only reads settings
    from marsad.assessment.character_kernel import characters  # can spare
    from marsad.assessment.falling import falls
    from marsad.assessment.procedure_kernel import places

    return falls, approaches, places, characters


def place_of_kernels() -> str:
    """Where what this process compiles, or finds compiled, is kept."""
    return str(kernels()[0]._cache.cache_path)


def prepare() -> None:
    """Import and compile all that an assessment needs, so that none waits for it."""
    geometry.prepare()
    ballistic.prepare()
    procedure_places.prepare()
    flight_character.prepare()
