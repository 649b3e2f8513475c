"""The wheel holds everything a site needs, and nothing that belongs to one machine."""

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import marsad

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "marsad"
NOT_SHIPPED = {".pyc", ".nbi", ".nbc"}


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    files = {
        f"marsad/{path.relative_to(PACKAGE).as_posix()}"
        for path in PACKAGE.rglob("*")
        if path.is_file()
        and path.suffix not in NOT_SHIPPED
        and path.name not in (".copied", "preparing.lock")
    }
    shipped = {name for name in names(wheel) if name.startswith("marsad/")}
    assert shipped == files


def test_console_fonts_scenarios_migrations_and_wording_are_among_them(wheel: Path) -> None:
    shipped = names(wheel)
    for needed in (
        "marsad/server/static/index.html",
        "marsad/report/fonts/Vazirmatn_400Regular.ttf",
        "marsad/report/fonts/LICENSE_FONT",
        "marsad/report/templates/report.typ",
        "marsad/report/wording/ar/report.json",
        "marsad/report/wording/en/report.json",
        "marsad/simulate/scenarios/quiet-night.toml",
        "marsad/simulate/sites/embassy.toml",
        "marsad/register/migrations/versions/r0001_versions.py",
        "marsad/register/seeds/january_2022.json",
    ):
        assert needed in shipped, needed
    page = zipfile.ZipFile(wheel).read("marsad/server/static/index.html").decode()
    scripts = [part.split('"')[0].lstrip("./") for part in page.split('src="')[1:]]
    assert scripts
    for script in scripts:
        assert f"marsad/server/static/{script}" in shipped


def test_no_cache_and_no_path_of_the_building_machine_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for item in archive.infolist():
            assert "__pycache__" not in item.filename
            assert Path(item.filename).suffix not in NOT_SHIPPED
            assert str(ROOT).encode() not in archive.read(item), item.filename


def test_the_wheel_names_its_command_version_and_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (information,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        described = archive.read(information).decode()
        entry = archive.read(information.replace("METADATA", "entry_points.txt")).decode()
    assert f"Version: {marsad.__version__}" in described
    assert "License-Expression: Apache-2.0" in described
    assert "marsad = marsad.cli:main" in entry


def test_without_its_console_no_wheel_is_built(
    build: Callable[[Path, Path], "subprocess.CompletedProcess[str]"], bare_tree: Path, tmp_path: Path
) -> None:
    built = build(bare_tree, tmp_path / "dist")
    assert built.returncode != 0
    assert "the wheel would lack the console" in built.stderr
    assert "make wheel" in built.stderr
    assert not list(tmp_path.glob("dist/*.whl"))
