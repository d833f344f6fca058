"""A router's flash: the files of one folder."""

from __future__ import annotations

import os
from pathlib import Path

FILE_SYSTEM = "flash:"


class Flash:
    """Files by name. They hold hashes of passwords, so nobody else may read them."""

    def __init__(self, directory: Path) -> None:
        """Use a folder, which comes into being with the first file."""
        self._directory = directory

    def names(self) -> list[str]:
        """Return the names of all files."""
        return [path.name for path in self._directory.iterdir()] if self._directory.is_dir() else []

    def read(self, name: str) -> str | None:
        """Return the text of a file, None where there is none."""
        path = self._directory / name
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def write(self, name: str, text: str) -> None:
        """Write a file whole or not at all."""
        self._directory.mkdir(parents=True, exist_ok=True)
        temporary = self._directory / f".{name}.tmp"
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(self._directory / name)

    def delete(self, name: str) -> None:
        """Delete a file."""
        (self._directory / name).unlink(missing_ok=True)
