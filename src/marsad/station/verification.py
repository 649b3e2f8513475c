"""Says in words whether a journal is as it was written."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from marsad.report.wording import Language, filled, word
from marsad.site.verify import Finding, Verdict, verify


def verified(path: Path, console: Console, language: Language, *, chain_only: bool = False) -> Verdict:
    """Check a journal and print what was found, the sum last. Raises RecordingError if there is none."""

    def say(text: str, style: str = "") -> None:
        console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)

    verdict = verify(path, chain_only=chain_only)
    for finding in verdict.findings:
        say(_sentence(finding, language), "" if finding.is_note else "bold red")
    counts = {"segment_count": float(verdict.segments), "frame_count": float(verdict.frames)}
    say(filled("verify.read", language, {"file": path.name, **counts}))
    if verdict.digests is not None:
        say(filled("verify.replayed", language, {"count": float(verdict.digests)}))
    say(filled("verify.chain-value", language, {"chain": verdict.chain}))
    outcome = "changed" if not verdict.is_whole else "whole" if verdict.is_closed else "open"
    say(filled(f"verify.outcome.{outcome}", language, {}), "bold green" if outcome == "whole" else "bold")
    return verdict


def _sentence(finding: Finding, language: Language) -> str:
    return word(finding.reason(_utc), language)


def _utc(t_ns: int) -> str:
    """A time of a frame, as far as it is one."""
    try:
        return datetime.fromtimestamp(t_ns * 1e-9, UTC).isoformat(sep=" ", timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(t_ns)
