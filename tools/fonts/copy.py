"""Copy the report's typeface from node_modules into the package: run after ``npm ci`` here.

What to copy stands in package.json under ``marsad.files``.
"""

import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "src" / "marsad" / "report" / "fonts"


def main() -> int:
    """Copy every file listed; say what is missing and how to get it."""
    listed = json.loads((HERE / "package.json").read_text("utf-8"))["marsad"]["files"]
    sources = [HERE / "node_modules" / name for name in listed]
    missing = [str(source) for source in sources if not source.is_file()]
    if missing:
        sys.stderr.write(
            "not installed; run `npm ci` in tools/fonts first:\n  " + "\n  ".join(missing) + "\n"
        )
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    for source in sources:
        shutil.copyfile(source, TARGET / source.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
