"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Language = Literal["ar", "en"]
OutDir = Annotated[Path, typer.Option("--out", help="Where journal, register, reports and summary go.")]
Lang = Annotated[str, typer.Option("--lang", help="Language: ar or en.")]


def language_of(text: str) -> Language:
    """The language that `text` names. Raises typer.BadParameter."""
    if text not in ("ar", "en"):
        raise typer.BadParameter(f"{text!r}: allowed are ar and en")
    return "ar" if text == "ar" else "en"
