"""How a tool says that it does not know something."""

from __future__ import annotations


class Unknown(Exception):
    """No such command or option: the host does not know it, or the simulator does not; the text is what is printed."""
