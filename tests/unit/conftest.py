"""How the property tests of this folder run: an example may take as long as a busy machine makes it."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
