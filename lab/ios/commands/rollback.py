"""Exec commands around the archive: `configure …`, `archive config`, `show archive`.

Sources: Cisco IOS Configuration Management command reference, captures of IOS XE (see lab.ios.replacement and
lab.ios.rollback).
"""

from __future__ import annotations

from lab.engine import EngineError
from lab.ios.commands.change import Context, Refused
from lab.ios.exec_call import Call, ExecCommand, other_commands
from lab.ios.grammar import Command
from lab.ios.prompts import CONFIG
from lab.ios.replacement import render_replacement, replace_config
from lab.ios.rollback import Backup
from lab.ios.show_archive import NOT_ENABLED, NOTHING_PENDING, render_archive, render_rollback_timer

PRIVILEGED = 15
STARTUP = "nvram:startup-config"
ENTERING = "Enter configuration commands, one per line.  End with CNTL/Z.\n"
NOT_REPLACED = "% The configuration could not be put into effect and stays as it was; the lab's log says why\n"
_SURE = """\
This will apply all necessary additions and deletions
to replace the current running configuration with the
contents of the specified configuration file, which is
assumed to be a complete configuration, not a partial
"""
_QUESTION = "configuration. Enter Y if you are sure you want to proceed. ? [no]: "


async def configure_terminal(call: Call) -> str:
    """Enter global configuration mode, with `revert timer` under a timer that brings back what is now."""
    said = ""
    if "minutes" in call.args:
        async with call.router.lock:
            backup = call.router.rollback.back_up()
            call.router.rollback.start(backup, call.session.user_name, call.args.number("minutes"), "idle" in call.args)
        said = _backing_up(backup)
    call.session.enter(Context(CONFIG))
    return said + ENTERING


def _backing_up(backup: Backup) -> str:
    return f"Rollback Confirmed Change: Backing up current running config to {backup.url}\n\n"


async def confirm(call: Call) -> str:
    """Keep the pending change."""
    async with call.router.lock:
        call.router.rollback.confirm(call.session.user_name)
    return ""


async def restart_timer(call: Call) -> str:
    """Start the time of the pending change anew."""
    async with call.router.lock:
        call.router.rollback.restart(call.session.user_name, call.args.number("minutes"), "idle" in call.args)
    return ""


async def revert_now(call: Call) -> str:
    """Bring the former configuration back; the first line was seen where the timer had run out."""
    try:
        async with call.router.lock:
            pending, done = await call.router.rollback.revert_now(call.session.user_name)
    except EngineError:
        return NOT_REPLACED
    return f"Rollback Confirmed Change: rolling to:{pending.backup.url}\n\n{render_replacement(done, with_list=False)}"


async def replace(call: Call) -> str:
    """Replace the configuration by a file, under a timer where the line has one."""
    text = _file(call)
    backup = None
    if "minutes" in call.args:
        async with call.router.lock:
            backup = call.router.rollback.back_up()
    said = "" if backup is None else _backing_up(backup)
    if "force" in call.args:
        return said + await _replace(call, text, backup)

    async def answered(line: str) -> str:
        return await _replace(call, text, backup) if line.strip().lower() in ("y", "yes") else ""

    call.session.ask(_QUESTION, answered)
    return said + _SURE


def _file(call: Call) -> str:
    """Return the file that the line names; a configuration ends with `end` (unverified on a device)."""
    url = call.args.text("url")
    text = call.router.startup_config() if url == STARTUP else call.router.archive.read(url)
    if not text:
        raise Refused(f"Error: Could not open file {url} for reading")
    if text.split()[-1] != "end":
        raise Refused("%The input file is not a valid config file.")
    return text


async def _replace(call: Call, text: str, backup: Backup | None) -> str:
    rollback = call.router.rollback
    try:
        async with call.router.lock:
            if backup is not None:
                rollback.refuse_second()  # one that began while the question was open
            done = await replace_config(call.router, text, call.session.user_name)
            if backup is not None:
                rollback.start(backup, call.session.user_name, call.args.number("minutes"), idle=False)
    except Refused as refusal:
        return f"{refusal}\n"
    except EngineError:
        return NOT_REPLACED
    return render_replacement(done, "list" in call.args)


async def archive_config(call: Call) -> str:
    """Archive the running-config."""
    if call.router.config.archive.path is None:
        return f"{NOT_ENABLED}% Error caught by command handler\n"
    call.router.archive_config()
    return ""


async def show_archive(call: Call) -> str:
    """Show what is archived."""
    router, settings = call.router, call.router.config.archive
    if settings.path is None:
        return NOT_ENABLED
    next_url = f"{router.archive.prefix(settings)}-<timestamp>-{router.archive.next_number(settings)}"
    return render_archive(settings, router.archive.saved(settings), next_url, router.archive_period.left_min())


async def show_rollback_timer(call: Call) -> str:
    """Show the timer of the pending change."""
    pending = call.router.rollback.pending
    if pending is None:
        return f"{NOTHING_PENDING}\n"
    return render_rollback_timer(pending.configured_at, pending.idle, pending.minutes, pending.user)


_MINUTES = "timer [(idle:idle)] <minutes:1-120>"
_URLS = ("<url:flash>", f"(url:{STARTUP})")
_REPLACE = "configure replace {} [nolock] [(list:list)] [(force:force)] [time <minutes:1-120>]"

COMMANDS: list[ExecCommand] = [
    Command("configure terminal", configure_terminal, PRIVILEGED),
    Command(f"configure terminal revert {_MINUTES}", configure_terminal, PRIVILEGED),
    Command("configure confirm", confirm, PRIVILEGED),
    Command("configure revert now", revert_now, PRIVILEGED),
    Command(f"configure revert {_MINUTES}", restart_timer, PRIVILEGED),
    *(ExecCommand(_REPLACE.format(url), replace, PRIVILEGED) for url in _URLS),
    *(ExecCommand(f"configure replace {url} revert", replace, PRIVILEGED, known=False) for url in _URLS),
    *other_commands("lock", "configure terminal ", PRIVILEGED),
    *other_commands("memory network overwrite-network", "configure ", PRIVILEGED),
    Command("archive config", archive_config, PRIVILEGED),
    *other_commands("copy-sw download-sw tar upload-sw", "archive ", PRIVILEGED),
    Command("show archive", show_archive),
    Command("show archive config rollback timer", show_rollback_timer, PRIVILEGED),
    *other_commands("differences incremental-diffs", "show archive config ", PRIVILEGED),
    *other_commands("log", "show archive ", PRIVILEGED),
]
