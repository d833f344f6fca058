"""Find a file below the host's root the way a process with that root would, whatever links it meets.

asyncssh's own `chroot` follows links out of the root. Here every step is taken from an open folder
and no link is left to the kernel, so neither a link nor a folder that is swapped meanwhile leads out.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_MOST_LINKS = 40
_STEP = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class RootTree:
    """A root folder, and what appears in it from outside: place below the root -> file or folder."""

    root: Path
    shown: Mapping[str, Path]

    @contextmanager
    def reach(self, path: str, follow: bool = True) -> Iterator[str]:
        """Yield a path that means the file while the context lasts; `follow` also goes through a last link.

        A file that does not exist is meant too, if its folder does.
        """
        walk = _Walk(self, follow)
        try:
            yield walk.go(path)
        finally:
            walk.close()

    def resolve(self, path: str) -> str:
        """Return the absolute path, as the root knows it, that a path leads to."""
        walk = _Walk(self, True)
        try:
            walk.go(path)
            return "/" + "/".join(walk.names)
        finally:
            walk.close()


class _Walk:
    """One walk from the root: a stack of open folders, and their names."""

    def __init__(self, tree: RootTree, follow: bool) -> None:
        self._tree = tree
        self._follow = follow
        self._folders = [os.open(tree.root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)]
        self._links = 0
        self.names: list[str] = []

    def close(self) -> None:
        """Close every folder."""
        while self._folders:
            os.close(self._folders.pop())

    def go(self, path: str) -> str:
        """Walk to a file and return a path by which this process reaches it."""
        steps = _steps(path)
        while steps:
            step = steps.pop()
            if step == "..":
                self._up()
            elif not steps and self._ends_at(step):
                self.names.append(step)
                return f"/proc/self/fd/{self._folders[-1]}/{step}"
            else:
                steps += self._down(step)
        return f"/proc/self/fd/{self._folders[-1]}"

    def _ends_at(self, step: str) -> bool:
        """Tell whether the last step is not entered: it does not exist, or its own entry is meant."""
        if self._place(step) in self._tree.shown:
            return False
        try:
            os.stat(step, dir_fd=self._folders[-1], follow_symlinks=False)
        except FileNotFoundError:
            return True
        return not self._follow

    def _up(self) -> None:
        if self.names:
            os.close(self._folders.pop())
            self.names.pop()

    def _down(self, step: str) -> list[str]:
        """Enter a folder or file; return what a link adds to the way, the next step last."""
        source = self._tree.shown.get(self._place(step))
        if source is not None:
            return self._enter(step, os.open(source, os.O_PATH | os.O_CLOEXEC))
        opened = os.open(step, _STEP, dir_fd=self._folders[-1])
        if not stat.S_ISLNK(os.fstat(opened).st_mode):
            return self._enter(step, opened)
        target = os.readlink("", dir_fd=opened)
        os.close(opened)
        self._links += 1
        if self._links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), step)
        if target.startswith("/"):
            while self.names:
                self._up()
        return _steps(target)

    def _enter(self, step: str, opened: int) -> list[str]:
        self._folders.append(opened)
        self.names.append(step)
        return []

    def _place(self, step: str) -> str:
        return "/".join([*self.names, step])


def _steps(path: str) -> list[str]:
    """Return the steps of a path, the first one last."""
    return [step for step in reversed(path.split("/")) if step not in ("", ".")]
