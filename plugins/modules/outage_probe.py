# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure outages of a path from a Linux host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: outage_probe
short_description: Measure outages of a path from a Linux host
version_added: 1.0.0
author:
  - edgeworks.fastpath contributors (!UNKNOWN)
description:
  - Sends numbered packets to a target at a steady rate and notes which of them are answered, so that an outage of some
    hundred milliseconds is seen and measured.
  - The probe is a process of its own. It goes on while Ansible does other things, survives a lost session, and ends by
    itself after O(duration_s). Its result is collected with O(state=collected).
  - An outage is the longest gap between the sending of the last answered probe before it and that of the first
    answered one after it, minus one interval, give or take one interval.
  - Only the host's monotonic clock measures. Its wall clock, as it was at the start of the probe, places what was
    measured.
options:
  name:
    description: Name of the probe, 1 to 40 of C(a-z), C(0-9) and C(-). Each user has names of their own.
    type: str
    required: true
  state:
    description:
      - V(started) starts the probe. While it runs with the same options, nothing changes; with others, that is an
        error.
      - V(seen) tells how it goes.
      - V(collected) ends it where it still runs, returns RV(result), and removes everything of it from the host. It
        waits up to a second for replies to the last probes.
      - V(absent) ends it and removes everything, without a result.
    type: str
    choices: [started, seen, collected, absent]
    default: started
  role:
    description:
      - V(probe) sends.
      - V(responder) answers probes of O(method=udp) on the other side of the path. ICMP needs none.
    type: str
    choices: [probe, responder]
    default: probe
  target:
    description:
      - IPv4 address to probe. Required to start a probe.
      - For a responder, the only address that gets an answer; without it, all do.
    type: str
  method:
    description:
      - V(icmp) uses echo requests, over a ping socket where the kernel lets the user's group have one
        (C(net.ipv4.ping_group_range)), else over a raw socket, which needs root.
      - V(udp) needs a responder on the target, and tells losses on the way out from those on the way back.
      - V(auto) uses ICMP where the user may, else UDP. RV(method) says which.
    type: str
    choices: [auto, icmp, udp]
    default: auto
  interval_ms:
    description: Milliseconds between two probes, 5 to 1000.
    type: int
    default: 10
  duration_s:
    description: Seconds after which the probe or the responder ends by itself, 1 to 3600.
    type: int
    default: 120
  port:
    description: UDP port of the responder.
    type: int
    default: 8620
  source_address:
    description: IPv4 address of this host to send from, or to answer at.
    type: str
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    support: full
    platforms: linux
notes:
  - Needs Python 3.8 or newer on the host, and no root. As root it takes real-time scheduling for itself, so that a busy
    host disturbs it less. At 10 ms it takes about 3 % of a CPU.
  - What has ended and is not collected removes itself after 15 minutes.
  - The state lies in a directory of mode 0700 below the directory for temporary files, named by the user and the
    network namespace. The user that started the probe has to collect it.
  - The probe is ended with its session where the host kills processes at logout (C(KillUserProcesses=yes) of
    systemd-logind).
  - The method is that of black-box convergence benchmarks, as in RFC 6413 for IGPs and in RFC 7747 for BGP. What counts
    as reordered is defined in RFC 4737.
seealso:
  - module: edgeworks.fastpath.command_timer
"""

EXAMPLES = r"""
- name: Probe PC2 every 10 ms for two minutes at most
  edgeworks.fastpath.outage_probe:
    name: cut-1
    target: 192.168.2.10

- name: See whether 50 replies in a row have come just now
  edgeworks.fastpath.outage_probe:
    name: cut-1
    state: seen
  register: probe
  until: probe.consecutive >= 50
  retries: 20
  delay: 1

- name: Collect what was measured
  edgeworks.fastpath.outage_probe:
    name: cut-1
    state: collected
  register: probe

- name: Show the outage
  ansible.builtin.debug:
    msg: "{{ probe.result.outage_ms }} ms, give or take {{ probe.result.outage_uncertainty_ms }} ms"

- name: Answer UDP probes of one host
  edgeworks.fastpath.outage_probe:
    name: cut-1
    role: responder
    target: 192.168.1.10
  delegate_to: PC2
"""

RETURN = r"""
running:
  description: Whether the probe sends, or the responder answers.
  returned: success
  type: bool
  sample: true
pid:
  description: Number of the process.
  returned: when there is a probe
  type: int
  sample: 4711
method:
  description: The method in use; in check mode, the one that would be.
  returned: when there is a probe, or would be
  type: str
  sample: icmp
sent:
  description: Probes sent so far, at most a tenth of a second old. Of a responder, the answers.
  returned: when there is a probe
  type: int
  sample: 1523
received:
  description: Probes answered so far. Of a responder, the probes that arrived.
  returned: when there is a probe
  type: int
  sample: 1480
consecutive:
  description:
    - Probes in a row that were answered just now.
    - It is 0 when no reply has come for three intervals, or for 50 ms if that is more.
  returned: when there is a probe
  type: int
  sample: 812
started_at:
  description: When the probe started, in epoch seconds of its host.
  returned: when there is a probe
  type: float
  sample: 1767225600.123456
host_time:
  description: The host's clock at the end of this task, in epoch seconds.
  returned: when there is a probe, or would be
  type: float
  sample: 1767225615.5
status_file:
  description: The file with these numbers on the host, replaced about every 100 ms.
  returned: when there is a probe
  type: str
  sample: /tmp/fastpath-probe-1000-4026531840-cut-1/status
result:
  description:
    - What was measured. Times are epoch seconds of the host, lengths are milliseconds.
    - Of a responder it is C(method), C(port), C(started_at), C(ended_at), C(received) and C(answered).
  returned: when O(state=collected), not in check mode
  type: dict
  contains:
    method:
      description: The method.
      type: str
    target:
      description: The target.
      type: str
    interval_ms:
      description: The interval.
      type: int
    started_at:
      description: When the probe started.
      type: float
    ended_at:
      description: When it stopped listening.
      type: float
    clock_step_ms:
      description:
        - By how much the host's clock was set between start and end.
        - All times in the result are those of the clock as it was at the start.
      type: float
    sent:
      description: Probes sent. C(sent) is C(received) and C(lost).
      type: int
    received:
      description: Probes answered within a second.
      type: int
    lost:
      description: Probes not answered within a second.
      type: int
    late:
      description: Lost probes whose reply came after a second.
      type: int
    duplicates:
      description: Further replies to probes that were answered already.
      type: int
    reordered:
      description: Replies that came behind one to a later probe.
      type: int
    longest_gap_ms:
      description: Longest time between the sending of two answered probes.
      type: float
    outage_ms:
      description:
        - Length of the longest outage, 0 where nothing was lost.
        - Where C(outage_open) is not V(none), this is the part of it that was seen.
      type: float
    outage_uncertainty_ms:
      description: One interval, and more where the prober stalled or sent late within the gap.
      type: float
    outage_from:
      description: When the first probe lost in it was sent; null where nothing was lost or the run begins with it.
      type: float
    outage_to:
      description: When the first probe answered again was sent; null where nothing was lost or the run ends with it.
      type: float
    outage_open:
      description: The ends of the run that the outage reaches, V(none), V(start), V(end) or V(both).
      type: str
    losses:
      description:
        - Each run of lost probes in order, with C(from_at), C(to_at), C(count), C(gap_ms), C(outage_ms) and
          C(uncertainty_ms). Those that reach an end of the run have null there.
        - The 1000 longest, where there are more.
      type: list
      elements: dict
    stalls:
      description:
        - Times in which the prober itself did not send, with C(at) and C(length_ms). It was late by more than two
          intervals, or by 20 ms if that is more.
        - They are not counted as outage. The 200 longest, where there are more.
      type: list
      elements: dict
    rtt_ms:
      description: Round trips, as C(min), C(p50), C(p95), C(p99) and C(max); null where nothing was answered.
      type: dict
    rtt_series:
      description: The slowest round trip in each of up to 600 equal slices of the run, as pairs of time and length.
      type: list
      elements: list
    forward_lost:
      description:
        - Probes lost on the way out, by the responder's count; null without a responder.
        - Losses that no later reply tells of, at the end of the run, are in neither direction.
      type: int
    return_lost:
      description: Probes lost on the way back, likewise.
      type: int
    errors:
      description: What the host itself said against sending, with how often.
      type: dict
    truncated:
      description: Whether C(losses) or C(stalls) were shortened.
      type: bool
  sample:
    method: icmp
    target: 192.168.2.10
    interval_ms: 10
    sent: 1523
    received: 1480
    lost: 43
    longest_gap_ms: 440.1
    outage_ms: 430.1
    outage_uncertainty_ms: 10.2
    outage_from: 1767225607.5
    outage_to: 1767225607.9301
    outage_open: none
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import FastpathError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.outage_probe import run_outage_probe

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["started", "seen", "collected", "absent"], "default": "started"},
    "role": {"type": "str", "choices": ["probe", "responder"], "default": "probe"},
    "target": {"type": "str"},
    "method": {"type": "str", "choices": ["auto", "icmp", "udp"], "default": "auto"},
    "interval_ms": {"type": "int", "default": 10},
    "duration_s": {"type": "int", "default": 120},
    "port": {"type": "int", "default": 8620},
    "source_address": {"type": "str"},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        result = run_outage_probe(module.params, module.check_mode)
    except (FastpathError, OSError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
