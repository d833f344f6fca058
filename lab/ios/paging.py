"""Paging of long output: ` --More-- ` and the keys that answer it."""

from __future__ import annotations

MORE = " --More-- "
ERASE_MORE = "\b" * len(MORE) + " " * len(MORE) + "\b" * len(MORE)


class Pager:
    """Hands out a text page by page; `length` 0 means one page."""

    def __init__(self, text: str, length: int) -> None:
        self._lines = text.splitlines(keepends=True)
        self._page = length - 1 if length > 1 else 0

    def first(self) -> str:
        """Return the first page."""
        return self._take(self._page)

    def more(self, key: str) -> str:
        """Return what a key brings: blank a page, Enter a line, anything else ends the output."""
        if key == " ":
            return self._take(self._page)
        if key in "\r\n":
            return self._take(1)
        self._lines = []
        return ""

    @property
    def waiting(self) -> bool:
        """Tell whether there is more to come."""
        return bool(self._lines)

    def _take(self, count: int) -> str:
        """Return the next lines, all of them where paging is off."""
        if not self._page:
            count = len(self._lines)
        taken, self._lines = self._lines[:count], self._lines[count:]
        return "".join(taken)
