"""Findings as one HTML page that needs nothing else: tables, and how sure was how right."""

from collections.abc import Sequence
from html import escape

from marsad.evaluate.calibration import Bin
from marsad.evaluate.evaluation import Findings
from marsad.evaluate.telling import Section, Teller
from marsad.report.wording import say

_STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans", "Noto Sans Arabic", sans-serif; margin: 2rem auto;
  max-inline-size: 78rem; padding-inline: 1rem; color: #1b2530; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-block-start: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; } th, td { padding: .25rem .6rem; border-block-end: 1px solid #d6dde4;
  text-align: start; vertical-align: top; } th { color: #52606d; font-weight: 600; }
td { font-variant-numeric: tabular-nums; white-space: nowrap; } td:nth-child(2) { white-space: normal; }
svg { inline-size: 18rem; block-size: 18rem; }
"""
_SIDE = 100.0


def page(findings: Findings, teller: Teller, before: Sequence[str] = ()) -> str:
    """The page in the language of the teller; `before` are sentences on the truth and the heights."""
    language = teller.language
    title, *preface = teller.preface(findings)
    notes = teller.notes(findings)
    parts = [
        "<!doctype html>",
        f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">',
        f'<head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head><body>',
        f"<h1>{escape(title)}</h1>",
        *(f"<p>{escape(line)}</p>" for line in (*before, *preface)),
    ]
    if notes:
        parts.append(f"<h2>{escape(say('evaluate.heading.notes', language))}</h2><ul>")
        parts += [f"<li>{escape(line)}</li>" for line in notes]
        parts.append("</ul>")
    for section in teller.sections(findings):
        parts.append(_table(section))
    for heading, bins in (("class-bins", findings.class_bins), ("hostility-bins", findings.hostility_bins)):
        if bins:
            parts.append(_diagram(say(f"evaluate.heading.{heading}", language), bins))
    parts.append("</body></html>")
    return "\n".join(parts) + "\n"


def _table(section: Section) -> str:
    heads = "".join(f"<th>{escape(head)}</th>" for head in section.heads)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in section.rows
    )
    return (
        f'<h2>{escape(section.title)}</h2><div class="scroll"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _diagram(title: str, bins: Sequence[Bin]) -> str:
    """What came true over what was said; on the line is right, the size of a dot is how often."""
    most = max(item.count for item in bins)
    dots = "".join(
        f'<circle cx="{_SIDE * item.confidence:.2f}" cy="{_SIDE * (1 - item.share):.2f}" '
        f'r="{1 + 3 * (item.count / most) ** 0.5:.2f}" fill="#1f6feb" fill-opacity=".75"/>'
        for item in bins
    )
    return (
        f'<figure><svg viewBox="-6 -6 112 112" role="img" aria-label="{escape(title)}">'
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#9aa5b1" stroke-width=".6"/>'
        f'<path d="M0 {_SIDE} L{_SIDE} 0" stroke="#9aa5b1" stroke-width=".6" stroke-dasharray="2 2"/>'
        f"{dots}</svg><figcaption>{escape(title)}</figcaption></figure>"
    )
