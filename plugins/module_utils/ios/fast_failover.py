# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The use case of ios_fast_failover: read once, plan, push, read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Finding, InvalidInput, Refused
from ..plan import Plan
from .advice import find_warnings
from .checks import Named, all_named, check_interfaces_exist, check_target, named
from .commands import plan_commands
from .conflicts import find_conflicts, unsupported_bgp
from .declared import Declared, read_declared
from .model import Model, model_to_dict
from .pending import SOFT_CLEAR, Pending, find_pending
from .platforms import Limits, limits_for
from .push import push_commands, read_running_config, soft_clear, taken_back_on_failure
from .references import removed_but_needed
from .resolve import resolve
from .rollback import pending_finding, read_expired, read_rollback, rollback_findings, timer_findings
from .running_config import RunningConfig, parse_running_config, render_model
from .switches import check_management, find_session, needed_switches, refuse_without
from .transport import Transport

DIFF_HEADER = "running-config"
# States that change nothing, with the key of their result.
_READING = ("gathered", "parsed")


@dataclass(frozen=True)
class FailoverPlan:
    """What a run does, and what it has to say about it.

    `before`/`after` have the shape of the `config` option. `unmanaged` maps an object's path to its
    lines that the model does not know, secrets hidden. `soft_clears` are the EXEC commands that the
    change waits for.
    """

    plan: Plan
    before: dict[str, Any]
    after: dict[str, Any]
    unmanaged: dict[str, list[str]]
    warnings: tuple[str, ...] = ()
    pending: tuple[dict[str, str], ...] = ()
    soft_clears: tuple[str, ...] = ()


def plan_fast_failover(running: str, params: Mapping[str, Any], *, session_address: str | None) -> FailoverPlan:
    """Return what `params` (the module's options) do to a router that shows `running`.

    InvalidInput carries all findings at once; Refused says what the plan would have done.
    """
    have = parse_running_config(running)
    state = params.get("state") or "merged"
    if state in _READING:
        return _reading_plan(have)
    limits = limits_for(params.get("platform") or "auto", have.version)
    want = read_declared(params.get("config") or {}, limits)
    names = named(want)
    _require_readable(have, names)
    target = resolve(have.model, want, state)
    findings = _findings(have, want, target, state, limits)
    if state != "rendered":
        findings += check_management(have.model, params.get("management_interface"))
    if findings:
        raise InvalidInput(findings)
    _refuse(have, target, names, params, session_address)
    return _changing_plan(have, target, names)


def _reading_plan(have: RunningConfig) -> FailoverPlan:
    """Return the plan of a state that only reads; what the model cannot express is an error, not a gap."""
    _require_readable(have, Named(bgp=True))
    return _changing_plan(have, have.model, all_named(have.model))


def _require_readable(have: RunningConfig, names: Named) -> None:
    unsupported = unsupported_bgp(have)
    if unsupported and names.bgp:
        raise Refused(unsupported)


def _findings(have: RunningConfig, want: Declared, target: Model, state: str, limits: Limits) -> list[Finding]:
    names = named(want)
    findings = [] if state == "rendered" else check_interfaces_exist(have, names)
    if state != "deleted":
        return findings + check_target(have.model, target, names, limits)
    running = have.model.bgp.asn if have.model.bgp else None
    asn = want.bgp.process.value.asn if want.bgp else None
    if asn and running and asn != running:
        findings.append(Finding("bgp.asn", asn, str(running), "State the AS that the router runs, to remove it."))
    return findings


def _refuse(
    have: RunningConfig, target: Model, names: Named, params: Mapping[str, Any], session_address: str | None
) -> None:
    """Raise Refused where the plan goes against the router's own lines or needs a switch."""
    session = find_session(have.model, session_address, params.get("management_interface"))
    reasons = find_conflicts(have, target, names) + removed_but_needed(have, target)
    reasons += refuse_without(needed_switches(have, target, session), params.get("allow") or ())
    if reasons:
        raise Refused("\n".join(["Nothing was changed:", *reasons]))


def _changing_plan(have: RunningConfig, target: Model, names: Named) -> FailoverPlan:
    pending = find_pending(have.model, target)
    steps = plan_commands(have.model, target)
    return FailoverPlan(
        plan=Plan(render_model(have.model), render_model(target), steps, DIFF_HEADER),
        before=model_to_dict(have.model),
        after=model_to_dict(target),
        unmanaged=have.unmanaged,
        warnings=find_warnings(have, target, names),
        pending=tuple(item.as_dict() for item in pending),
        soft_clears=_soft_clears(pending),
    )


def _soft_clears(pending: tuple[Pending, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.command for item in pending if item.needs == SOFT_CLEAR))


def run_fast_failover(
    transport: Transport | None,
    params: Mapping[str, Any],
    *,
    check_mode: bool,
    session_address: str | None,
    backup: Callable[[str], str],
    command_timeout_s: int = 0,
) -> dict[str, Any]:
    """Run the module's options against a device and return the module's result.

    `transport` may be None for the states rendered and parsed. `backup` gets the running-config
    before the first change and returns the path where it was written. `command_timeout_s` is how long
    the session waits for an answer.
    """
    state = params.get("state") or "merged"
    if state in ("rendered", "parsed") or transport is None:
        running = "" if state == "rendered" else params.get("running_config") or ""
        return _offline_result(plan_fast_failover(running, params, session_address=None), state)
    running = read_running_config(transport)
    plan = plan_fast_failover(running, params, session_address=session_address)
    if state == "gathered":
        return _offline_result(plan, state)
    warnings = [*plan.warnings, *_rollback_warnings(transport, plan, params, command_timeout_s)]
    result = {**_predicted_result(plan, params), "warnings": warnings}
    if not check_mode:
        result.update(_apply(transport, plan, params, lambda: backup(running)))
        result["warnings"] = [*warnings, *result.pop("answers")]
    return result


def _rollback_warnings(
    transport: Transport, plan: FailoverPlan, params: Mapping[str, Any], command_timeout_s: int
) -> list[str]:
    """Return what the last timed change came to; InvalidInput where this one could not be taken back, or would be lost.

    What is pending goes with everything that is configured after it, so no change is made on top.
    """
    minutes = params.get("revert_after_min")
    if minutes is None and "archive" not in plan.before:
        return []
    state = read_rollback(transport)
    findings = [pending_finding(state)] if state.pending else []
    if minutes is not None:
        findings = timer_findings(minutes) or rollback_findings(state, minutes, command_timeout_s)
        if "archive" not in plan.after and "archive" in plan.before:
            remedy = "A timed change needs it to the end: remove it without revert_after_min."
            findings.append(Finding("archive", "removed", "an archive that stays", remedy))
    if findings:
        raise InvalidInput(findings)
    expired = read_expired(transport) if minutes is not None and plan.plan.changed else None
    return [f"The router took an unconfirmed change back by itself: `{expired}`."] if expired else []


def _offline_result(plan: FailoverPlan, state: str) -> dict[str, Any]:
    """Return the result of a state that leaves the device as it is."""
    value = list(plan.plan.steps) if state == "rendered" else plan.after
    return {"changed": False, state: value, "unmanaged": plan.unmanaged, "warnings": list(plan.warnings)}


def _predicted_result(plan: FailoverPlan, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result as check mode shows it: what a run would do."""
    clears = list(plan.soft_clears) if params.get("soft_clear") == "changed" else []
    return {
        **plan.plan.as_result(),
        "before": plan.before,
        "after": plan.after,
        "unmanaged": plan.unmanaged,
        "pending": [item for item in plan.pending if item["command"] not in clears],
        "soft_cleared": clears,
        "saved": False,
        "unconfirmed": False,
    }


def _apply(
    transport: Transport, plan: FailoverPlan, params: Mapping[str, Any], backup: Callable[[], str]
) -> dict[str, Any]:
    """Carry the plan out and return what check mode could not know."""
    done: dict[str, Any] = {"answers": [], "saved": False}
    minutes = params.get("revert_after_min")
    if plan.plan.changed:
        if params.get("backup"):
            done["backup_path"] = backup()
        with taken_back_on_failure(transport, minutes):
            done["answers"], shown = push_commands(
                transport, plan.plan.steps, lambda text: _remaining(text, params), minutes
            )
            if params.get("soft_clear") == "changed":
                soft_clear(transport, plan.soft_clears)
        done["after"] = model_to_dict(parse_running_config(shown).model)
        done["unconfirmed"] = minutes is not None
    save = params.get("save") or "changed"
    if not done.get("unconfirmed") and (save == "always" or (save == "changed" and plan.plan.changed)):
        transport.save()
        done["saved"] = True
    return done


def _remaining(running: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the commands that would still be needed: none where everything took."""
    have = parse_running_config(running)
    want = read_declared(params.get("config") or {}, limits_for(params.get("platform") or "auto", have.version))
    return plan_commands(have.model, resolve(have.model, want, params.get("state") or "merged"))
