"""Where each key of a TOML text stands: line and column, counted from 1.

The text must be TOML that ``tomllib`` accepts, which says what the values are but not where. Tests
hold the places found here against the keys that ``tomllib`` finds.
"""

import re
import tomllib

Path = tuple[str | int, ...]
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:""|")?' r"|'''.*?'''(?:''|')?" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.S,
)
_PLAIN_VALUE = re.compile(r"[^,\]}#\n]+")


def toml_places(text: str) -> dict[Path, tuple[int, int]]:
    """Line and column by path, such as ``("site", "zone", 2, "radius_m")``; list items count from 0.

    A value stands where its key begins, a table where its header or its first key does, a list item
    where it begins itself.
    """
    scanner = _Scanner(text)
    scanner.run()
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return {path: _line_and_column(offset, starts) for path, offset in scanner.offsets.items()}


def _line_and_column(offset: int, starts: list[int]) -> tuple[int, int]:
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= offset else (low, middle)
    return low + 1, offset - starts[low] + 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self.offsets: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._tables: dict[Path, int] = {}  # per list of tables: how many there are so far

    def run(self) -> None:
        """Find where every setting of the text stands; `offsets` holds them then."""
        table: Path = ()
        self._skip_gap()
        while self._at < len(self._text):
            table = self._header() if self._text[self._at] == "[" else self._pair(table)
            self._skip_gap()

    def _header(self) -> Path:
        begin = self._at
        listed = self._text.startswith("[[", begin)
        self._at += 2 if listed else 1
        path: Path = ()
        *parents, last = self._key()
        for part in parents:
            path = self._newest((*path, part), begin)
        path = (*path, last)
        if listed:
            self.offsets.setdefault(path, begin)
            number = self._tables.get(path, 0)
            self._tables[path] = number + 1
            path = (*path, number)
        self.offsets.setdefault(path, begin)
        self._at = self._text.index("]", self._at) + (2 if listed else 1)
        return path

    def _newest(self, path: Path, begin: int) -> Path:
        """A table passed through by a header: in a list of tables the newest of them."""
        self.offsets.setdefault(path, begin)
        return (*path, self._tables[path] - 1) if path in self._tables else path

    def _pair(self, table: Path) -> Path:
        """Read ``key = value``; returns the table, which goes on."""
        path, begin = table, self._at
        for part in self._key():
            path = (*path, part)
            self.offsets.setdefault(path, begin)
        self._at = self._text.index("=", self._at) + 1
        self._skip_gap()
        self._value(path)
        return table

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip_gap()
            match = _BARE_KEY.match(self._text, self._at)
            if match:
                parts.append(match.group())
            else:
                match = self._string()
                parts.append(str(tomllib.loads(f"key = {match.group()}")["key"]))
            self._at = match.end()
            self._skip_gap()
            if not self._text.startswith(".", self._at):
                return parts
            self._at += 1

    def _value(self, path: Path) -> None:
        letter = self._text[self._at]
        if letter == "[":
            self._list(path)
        elif letter == "{":
            self._inline_table(path)
        elif letter in "\"'":
            self._at = self._string().end()
        else:
            match = _PLAIN_VALUE.match(self._text, self._at)
            self._at = match.end() if match else self._at + 1

    def _list(self, path: Path) -> None:
        self._at += 1
        number = 0
        while not self._closed("]"):
            self.offsets[(*path, number)] = self._at
            self._value((*path, number))
            number += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while not self._closed("}"):
            self._pair(path)

    def _closed(self, bracket: str) -> bool:
        """Whether the list or table ends here; passes its end, or the comma before the next item."""
        self._skip_gap()
        if self._text[self._at] == ",":
            self._at += 1
            self._skip_gap()
        if self._text[self._at] != bracket:
            return False
        self._at += 1
        return True

    def _string(self) -> re.Match[str]:
        match = _STRING.match(self._text, self._at)
        if match is None:
            raise ValueError(f"no TOML at offset {self._at}: {self._text[self._at : self._at + 20]!r}")
        return match

    def _skip_gap(self) -> None:
        match = _GAP.match(self._text, self._at)
        self._at = match.end() if match else self._at
