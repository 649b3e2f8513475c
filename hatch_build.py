"""Refuses to build a wheel that would lack the console or the typeface of the reports.

Both are built from other sources and are not in version control: a wheel made before `make setup` would
install, run, and then serve no page and write no report.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = {
    "src/marsad/server/static/index.html": "the console",
    "src/marsad/report/fonts/Vazirmatn_400Regular.ttf": "the typeface of the reports",
}


class Complete(BuildHookInterface):  # type: ignore[type-arg]
    """Looks before a wheel is built whether all that is built beforehand is there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raise RuntimeError naming what is missing; an editable install may lack it."""
        if version == "editable":
            return
        missing = [f"{what} ({path})" for path, what in BUILT.items() if not Path(self.root, path).is_file()]
        if missing:
            raise RuntimeError(
                f"the wheel would lack {' and '.join(missing)}; run `make wheel`, which builds them first"
            )
