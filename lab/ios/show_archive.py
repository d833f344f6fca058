"""`show archive` and `show archive config rollback timer`.

Sources of the shape: genie's and user captures of IOS XE (the four lines of the head, "<- Most Recent", "Archive
feature not enabled", "%No Rollback Confirmed Change pending"); Cisco IOS Configuration Management command
reference for the rollback timer. The head of an empty archive and the empty rows are unverified on a device.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from lab.ios.archive import Archived
from lab.ios.store import Archive

NOT_ENABLED = " Archive feature not enabled\n"
NOTHING_PENDING = "%No Rollback Confirmed Change pending"
NEWEST = " <- Most Recent"


def render_archive(archive: Archive, saved: Sequence[Archived], next_url: str, left_min: int) -> str:
    """Return `show archive`; `next_url` stands for the next file, `left_min` are the minutes of the period left."""
    lines = [f"The maximum archive configurations allowed is {archive.maximum}."]
    if archive.time_period_min is not None:
        lines.append(f"The archiving time-period is {archive.time_period_min} minutes.")
        lines.append(f"The next archive will be in {left_min} minutes.")
    if archive.write_memory:
        lines.append("Write-mem mode is enabled.")
    lines.append(f"There are currently {len(saved)} archive configurations saved.")
    lines += [f"The next archive file will be named {next_url}", " Archive #  Name"]
    urls = [entry.url for entry in saved]
    names = [*urls[:-1], *(f"{url}{NEWEST}" for url in urls[-1:]), *([""] * (archive.maximum - len(urls)))]
    return "\n".join([*lines, *(f"   {number:<9}{name}" for number, name in enumerate(names, start=1))])


def render_rollback_timer(configured_at: float, idle: bool, minutes: int, user: str) -> str:
    """Return the timer of the pending change."""
    moment = datetime.fromtimestamp(configured_at, timezone.utc)
    return (
        f"Time configured(or reconfigured): {moment:%H:%M:%S} UTC {moment:%a %b} {moment.day} {moment.year}\n"
        f"Timer type: {'idle' if idle else 'absolute'} timer\n"
        f"Timer value: {minutes} min\n"
        f"User: {user}\n"
    )
