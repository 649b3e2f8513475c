"""Commands about service tokens: who may follow a site, or act at it, without a person who signs in."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from marsad.cli.options import Lang, SettingsArgument, one_of, whole_number
from marsad.cli.terminal import ERR, OUT, say

if TYPE_CHECKING:
    from marsad.station.token_file import TokenFile

ROLES = ("viewer", "operator", "supervisor", "instructor", "administrator")
DAYS_MAX = 3650
Name = Annotated[str, typer.Argument(metavar="NAME", help="What records call who holds it.")]

app = typer.Typer(
    no_args_is_help=True,
    help="Make, list and revoke service tokens, with which programs read a site, or act at it.",
    epilog="Example: `marsad token site.toml new gate-display`",
)


@app.callback()
def of_site(context: typer.Context, settings: SettingsArgument) -> None:
    """Make, list and revoke service tokens, with which programs read a site, or act at it."""
    context.obj = settings


@app.command()
def new(
    context: typer.Context,
    name: Name,
    role: Annotated[
        str,
        typer.Option(
            parser=one_of(*ROLES),
            metavar="|".join(ROLES),
            help="What it may, as people of that role, but for what a person answers for.",
        ),
    ] = "viewer",
    days: Annotated[
        int,
        typer.Option(parser=whole_number(1, DAYS_MAX), metavar="DAYS", help="So long it is valid."),
    ] = 365,
    lang: Lang = "en",
) -> None:
    """Make a token. It is told once, on standard output; the site keeps its hash alone."""
    from marsad.model.role import Role
    from marsad.report.wording import filled

    text, token = _file(context).make(name, Role(role), days)
    OUT.print(text, highlight=False, markup=False)
    arguments = {"name": name, "role": role, "day": _day(token.until_s)}
    ERR.print(filled("token.made", lang, arguments), highlight=False, markup=False)


@app.command(name="list")
def list_tokens(context: typer.Context, lang: Lang = "en") -> None:
    """List the tokens of a site, without what opens it."""
    file = _file(context)
    tokens = file.tokens()
    for token in tokens:
        code = "token.valid" if file.is_valid(token) else "token.expired"
        arguments = {"name": token.name, "role": token.role.value, "begin": f"marsad_{token.token_id}_"}
        say(lang, code, **arguments, made=_day(token.made_s), day=_day(token.until_s))
    if not tokens:
        say(lang, "token.none", file=str(file.path))


@app.command()
def revoke(context: typer.Context, name: Name, lang: Lang = "en") -> None:
    """Revoke a token: within seconds a running site takes it no more, and ends what it has open."""
    _file(context).revoke(name)
    say(lang, "token.revoked", name=name)


def _file(context: typer.Context) -> "TokenFile":
    from marsad.station.settings_file import read_settings
    from marsad.station.token_file import TokenFile

    server = read_settings(context.obj).server
    assert server.tokens_file is not None, "settings that are read have one"
    return TokenFile(server.tokens_file, server, readers_of=context.obj)


def _day(utc_s: int) -> str:
    return f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%d}"
