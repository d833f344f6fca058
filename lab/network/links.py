"""Cut and restore links in their switch, so that both ends keep their carrier."""

from __future__ import annotations

from lab.network.ip import run_batch
from lab.network.wiring import SWITCH

# A bridge that is down forwards nothing and stays so whatever its ports do; a single port's state
# would come back by itself as soon as the node behind it set its interface down and up again.


async def cut_link(name: str) -> None:
    """Drop everything that the link carries."""
    await run_batch([f"link set {name} down"], SWITCH)


async def restore_link(name: str) -> None:
    """Carry traffic again."""
    await run_batch([f"link set {name} up"], SWITCH)
