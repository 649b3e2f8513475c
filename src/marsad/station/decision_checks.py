"""What of the rules of release can be known before a start: whether those who are to decide can."""

from collections.abc import Collection, Iterator, Sequence

from marsad.model.role import Permission, Role, may
from marsad.server.settings import Operator
from marsad.warning.outputs import ReleaseSettings

Place = tuple[str | int, ...]


def release_findings(
    rule: ReleaseSettings, operators: Sequence[Operator], card: Collection[str]
) -> Iterator[tuple[Place, str]]:
    """What is wrong with a rule of release: people whom nobody knows, or too few who may decide.

    card   names of those on the authority card
    """
    names = {one.name for one in operators} | set(card)
    is_supervised = any(one.role is Role.SUPERVISOR for one in operators)
    listed = ", ".join(sorted(names)) or "none"
    known = True
    for field in ("deciders", "deputies"):
        for name in getattr(rule, field):
            if name not in names:
                known = False
                sentence = (
                    f"{field}: nobody is called {name!r}: no operator, and nobody on the authority card"
                )
                yield (field,), f"{sentence}; people: {listed}"
    if not known or (rule.people <= 1 and not operators):
        return
    acting = [one.name for one in operators if may(one.role, Permission.RELEASE, is_supervised=is_supervised)]
    named = [name for name in acting if not rule.deciders or name in (*rule.deciders, *rule.deputies)]
    if rule.people > len(acting):
        yield (
            ("people",),
            f"people is {rule.people}, and {len(acting)} may sign in to act: add operators to [server] "
            "with the role operator or supervisor, or let fewer people decide",
        )
    elif rule.people > len(named):
        yield (
            ("deciders",),
            f"deciders: people is {rule.people}, and of those who are named {len(named)} may sign in to "
            f"release: name more of {', '.join(acting)}",
        )
    elif rule.people == 2 and not any(
        may(one.role, Permission.COUNTERSIGN, is_supervised=is_supervised)
        for one in operators
        if one.name in named
    ):
        yield (
            ("deciders",),
            "deciders: it takes two people, one of them a supervisor, and no supervisor is named",
        )
