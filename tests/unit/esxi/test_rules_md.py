"""RULES.md says what the code does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
RULES = ROOT / "lab" / "esxi" / "RULES.md"
REMEDY = "lab/esxi/RULES.md is not what the code declares; run: python -m lab.esxi.rules > lab/esxi/RULES.md"


def test_the_table_of_rules_is_what_the_code_declares():
    # In a process of its own: tests declare rules too.
    made = subprocess.run(
        [sys.executable, "-m", "lab.esxi.rules"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert made.stdout == RULES.read_text(encoding="utf-8"), REMEDY
    assert REMEDY.partition("run: ")[2] in made.stdout
