"""Where the report's typeface is: Vazirmatn, Arabic and Latin letters in one family.

It was chosen because a report must be searchable: Typst writes text into a PDF glyph by glyph, and
in typefaces that draw the dots of Arabic letters as glyphs of their own (Noto), or join many pairs of
letters (Plex), what is copied or searched comes out wrong. This one has whole letters, and joins only
lam and alef, as it must.
"""

from importlib.resources import files
from pathlib import Path

from marsad.errors import RecordingError

FAMILY = "Vazirmatn"
FILES = ("Vazirmatn_400Regular.ttf", "Vazirmatn_600SemiBold.ttf")


def typeface_folder() -> Path:
    """The folder with the typeface. Raises RecordingError naming what is missing and the remedy."""
    folder = Path(str(files("marsad.report"))) / "fonts"
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise RecordingError(
            f"a report cannot be written: the typeface is missing ({', '.join(missing)} in {folder}); "
            "in a source tree run `npm ci` in tools/fonts and then tools/fonts/copy.py"
        )
    return folder
