"""Texts as they are seen: what a name must not hold, because it would show as something else."""

import unicodedata

_JOINERS = "\u200c\u200d"  # Persian and Kurdish are written with them
_INVISIBLE = {"Cc": "a control character", "Cs": "half a character", "Cf": "an invisible character"}
_BREAKS = ("Zl", "Zp")
# letters and signs by their category, that show as nothing: fillers of Hangul and an empty Braille cell
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"
# what turns the direction of all that is written after it (Unicode Standard Annex 9): overrides, embeddings,
# isolates; the marks that Arabic is typed with (U+200E, U+200F, U+061C) turn nothing
_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NO_CHARACTER = "\ufffe\uffff"


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
    if not is_seen(name):
        return f"{name!r} holds no visible character; write what people call it"
    return ""


def is_seen(text: str) -> bool:
    """Whether a text holds at least one character that is seen."""
    return any(unicodedata.category(letter)[0] in "LNPS" and letter not in _BLANK for letter in text)


def on_one_line(text: str) -> str:
    """A text in which nothing rules whoever shows, prints or sends it.

    Line breaks and other control characters are spaces; what turns the direction of writing is left out.
    """
    return "".join(
        " " if unicodedata.category(one) in ("Cc", *_BREAKS) else one for one in text if _is_kept(one)
    )


def as_said(text: str) -> str:
    """What a person typed, as it is kept: on one line, no spaces at its ends; "" where nothing is seen."""
    plain = on_one_line(text).strip()
    return plain if is_seen(plain) else ""


def _is_kept(letter: str) -> bool:
    return letter not in _TURNS and letter not in _NO_CHARACTER and unicodedata.category(letter) != "Cs"


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
