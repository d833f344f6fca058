"""`archive`: where copies of the configuration go, and when they are made.

Source: Cisco IOS Configuration Management command reference (`archive`, `path`, `maximum`,
`write-memory`, `time-period`). The order of the lines in the running-config follows captures of IOS XE.
"""

from __future__ import annotations

from lab.ios.archive import HOSTNAME
from lab.ios.commands.change import Change, ConfigCommand, Context, RefusedValue, other_keywords, setting
from lab.ios.store import ARCHIVE_MAXIMUM, Archive, RouterConfig

MODE = "config-archive"


def enter_archive(change: Change) -> None:
    """Enter the mode; the archive comes into being with its path."""
    change.enters = Context(MODE)


def set_path(change: Change) -> None:
    """Archive below a path."""
    path = change.args.text("path")
    if "$" in path.replace(HOSTNAME, ""):
        raise RefusedValue("path")  # of the variables only this one is known
    change.config.archive.path = path


def remove_path(change: Change) -> None:
    """Archive nothing."""
    change.config.archive.path = None


def set_maximum(change: Change) -> None:
    """Keep so many copies."""
    change.config.archive.maximum = change.args.number("maximum")


def reset_maximum(change: Change) -> None:
    """Keep ten copies."""
    change.config.archive.maximum = ARCHIVE_MAXIMUM


def archive_on_save(change: Change) -> None:
    """Archive whenever the configuration is saved."""
    change.config.archive.write_memory = True


def stop_archiving_on_save(change: Change) -> None:
    """Archive on demand."""
    change.config.archive.write_memory = False


def set_period(change: Change) -> None:
    """Archive every so many minutes."""
    change.config.archive.time_period_min = change.args.number("minutes")


def remove_period(change: Change) -> None:
    """Archive without a clock."""
    change.config.archive.time_period_min = None


GLOBAL: list[ConfigCommand] = [ConfigCommand("archive", enter_archive)]

ARCHIVE: list[ConfigCommand] = [
    *setting("path <path:flash>", set_path, "path [<path:flash>]", remove_path),
    *setting("maximum <maximum:1-14>", set_maximum, "maximum [<maximum:1-14>]", reset_maximum),
    *setting("write-memory", archive_on_save, "write-memory", stop_archiving_on_save),
    *setting("time-period <minutes:1-525600>", set_period, "time-period [<minutes:1-525600>]", remove_period),
    *other_keywords("log rollback"),
    *other_keywords("log rollback", "no "),
    *other_keywords("log rollback", "default "),
]


def write_archive(config: RouterConfig) -> list[str]:
    """Return the archive; without a path a device shows none of it, whatever else was typed."""
    archive: Archive = config.archive
    if archive.path is None:
        return []
    lines = ["archive", f" path {archive.path}"]
    if archive.maximum != ARCHIVE_MAXIMUM:
        lines.append(f" maximum {archive.maximum}")
    if archive.write_memory:
        lines.append(" write-memory")
    if archive.time_period_min is not None:
        lines.append(f" time-period {archive.time_period_min}")
    return lines
