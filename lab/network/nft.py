"""Run nft(8): what a namespace drops."""

from __future__ import annotations

from lab.network.namespaces import NETNS_DIR
from lab.network.process import run_fed


async def load_rules(namespace: str, rules: str) -> None:
    """Load a text of nft(8) inside a namespace, all of it or nothing."""
    await run_fed(["nsenter", f"--net={NETNS_DIR / namespace}", "nft", "-f", "-"], rules)
