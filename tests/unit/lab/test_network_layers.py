"""The lab's network is below everything that uses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NETWORK = Path(__file__).resolve().parents[3] / "lab" / "network"
ABOVE = re.compile(r"^(?:from|import) (lab\.(?:frr|hsrp)\S*)", re.MULTILINE)


@pytest.mark.parametrize("path", sorted(NETWORK.glob("*.py")), ids=lambda path: path.name)
def test_the_network_imports_no_engine(path: Path) -> None:
    assert ABOVE.findall(path.read_text()) == []
