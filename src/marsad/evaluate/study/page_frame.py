"""What all pages of a study share: a whole HTML page that needs no network, and its tables."""

from collections.abc import Sequence
from importlib import resources

from marsad.model.site import Site
from marsad.report.wording import Language


def whole_page(title: str, body: str, language: Language) -> str:
    """The page; title and body are HTML already."""
    style = (resources.files(__package__) / "page.css").read_text("utf-8")
    direction = "rtl" if language == "ar" else "ltr"
    return (
        f'<!doctype html>\n<html lang="{language}" dir="{direction}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f"{body}</main>\n</body>\n</html>\n"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already; it scrolls where it is too wide."""
    top = "".join(f"<th>{head}</th>" for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def site_name(site: Site, language: Language) -> str:
    """What a site is called."""
    return site.name_ar if language == "ar" else site.name_en
