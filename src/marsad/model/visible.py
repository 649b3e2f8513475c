"""Names as they are seen: what a name must not hold, because it would show as something else."""

import unicodedata

_JOINERS = "\u200c\u200d"  # Persian and Kurdish are written with them
_INVISIBLE = {"Cc": "a control character", "Cs": "half a character", "Cf": "an invisible character"}
_BREAKS = ("Zl", "Zp")


def name_fault(name: str) -> str:
    """What is wrong with a name in a sentence that names the character; "" where nothing is.

    A name holds at least one character that is seen, and none that is not: a control character, a line
    break, or a mark that turns the direction of what is written beside it.
    """
    for place, letter in enumerate(name, 1):
        kind = unicodedata.category(letter)
        if letter not in _JOINERS and (kind in _INVISIBLE or kind in _BREAKS):
            called = unicodedata.name(letter, _INVISIBLE.get(kind, "a line break"))
            return (
                f"character {place} is U+{ord(letter):04X} ({called}), which is not seen and can make a name "
                "show as another; leave it out"
            )
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in name):
        return f"{name!r} holds no visible character; write what people call it"
    return ""


def escaped(text: str) -> str:
    """A text with what is not seen in it written out, such as \\u202e, so that it cannot rule a terminal."""
    return "".join(
        f"\\u{ord(letter):04x}"
        if letter not in _JOINERS
        and letter != "\n"
        and unicodedata.category(letter) in (*_INVISIBLE, *_BREAKS)
        else letter
        for letter in text
    )


def same_name(one: str, other: str) -> bool:
    """Whether two names are one to whoever reads them: by case, spaces and ways of writing a letter alike."""
    return _as_read(one) == _as_read(other)


def _as_read(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
