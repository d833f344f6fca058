# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_drill
short_description: Plan a failover drill, or run one cycle of it
version_added: 1.0.0
author:
  - edgeworks.fastpath contributors (!UNKNOWN)
description:
  - Measures how long traffic between two hosts stands still when a link or a router is lost, proves whether BFD was the
    cause, and restores what was cut.
  - One cycle looks at the routers, starts probes, cuts, waits for the other way, holds, restores, waits until all is
    as before, and looks again. What was cut is restored whatever happens in between, and what is not restored is a
    failure.
  - Every cut heals without the controller too. Lines on a router are sent under its revert timer. A command carries its
    own bound, or a timer on its host is armed first.
  - The task runs once, on the controller. It opens sessions to routers and hosts of the inventory itself, as their
    variables say.
options:
  state:
    description:
      - V(planned) reads the routers and returns what every cycle would do, or fails with everything that is against it.
      - V(run) runs one cycle; exactly one scenario and one mode have to be given then.
    type: str
    choices: [planned, run]
    default: planned
  confirm:
    description: Has to be V(true) for V(state=run), since links are taken down.
    type: bool
    default: false
  scenarios:
    description:
      - What is cut, each with C(name), C(ends) and C(cut), and optionally C(title), C(hold_s), C(expect) and
        C(management_cut). The role's documentation describes them.
    type: list
    elements: dict
    required: true
  modes:
    description:
      - V(bfd) drills with BFD as it is configured. V(bgp_timers) first takes BFD from the ends, so that the hold timer
        decides, and puts it back afterwards.
    type: list
    elements: str
    choices: [bgp_timers, bfd]
    default: [bfd]
  repeats:
    description: How many cycles with BFD the plan lists for each scenario.
    type: int
    default: 1
  baseline_repeats:
    description: How many cycles without BFD the plan lists for each scenario.
    type: int
    default: 1
  number:
    description: The number of the cycle among those of its scenario and mode.
    type: int
    default: 1
  attempts:
    description: How often a cycle is run at most whose measurement was worth nothing, for instance on a stalled host.
    type: int
    default: 2
  settings:
    description: What all cycles of a drill have in common.
    type: dict
    required: true
    suboptions:
      routers:
        description: The routers that are looked at; an end of a scenario is one of them.
        type: list
        elements: str
        required: true
      source:
        description: The host from which traffic flows.
        type: dict
        required: true
        suboptions: &end
          address:
            description: The IPv4 address of the host behind the routers.
            type: str
            required: true
          host:
            description: The host of the inventory that has the address; without it the host only answers.
            type: str
      target:
        description: The host to which traffic flows.
        type: dict
        required: true
        suboptions: *end
      directions:
        description: In which directions probes are sent.
        type: list
        elements: str
        choices: [source_to_target, target_to_source]
        default: [source_to_target, target_to_source]
      interval_ms:
        description: Milliseconds between two probes, 5 to 1000.
        type: int
        default: 10
      probe_method:
        description: How is probed, as in M(edgeworks.fastpath.outage_probe).
        type: str
        choices: [auto, icmp, udp]
        default: auto
      probe_port:
        description: The UDP port of the responders.
        type: int
        default: 39390
      max_outage_ms:
        description: How long traffic may stand still with BFD, where a scenario does not say it.
        type: int
        default: 1000
      max_failback_ms:
        description: How long traffic may stand still at the fail-back, where a scenario does not say it.
        type: int
        default: 50
      hold_s:
        description: How many seconds the cut stays once traffic flows again, where a scenario does not say it.
        type: float
        default: 3
      revert_min:
        description: Minutes of the routers' revert timers, 1 to 120.
        type: int
        default: 5
      cut_limit_s:
        description: Seconds after which the cut of a command is over without the drill, 5 to 3600.
        type: int
        default: 60
      timeout:
        description: Seconds to wait for traffic to take the other way.
        type: int
        default: 60
      failback_timeout:
        description: Seconds to wait until everything is as before.
        type: int
        default: 120
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: Returns the plan, as V(state=planned) does.
  diff_mode:
    support: none
  platform:
    support: full
    platforms: ios, posix
notes:
  - SIGINT and SIGTERM let a running cycle restore first.
  - Routers are reached by P(ansible.netcommon.network_cli#connection), probe hosts as the inventory says; they need
    Python.
  - Tested on the project's lab. Unverified on a Cisco device.
seealso:
  - module: edgeworks.fastpath.failover_drill_report
  - module: edgeworks.fastpath.outage_probe
  - module: edgeworks.fastpath.command_timer
"""

EXAMPLES = r"""
- name: See what a drill would do
  edgeworks.fastpath.failover_drill:
    scenarios: "{{ scenarios }}"
    settings: "{{ settings }}"

- name: Cut the link once and measure
  edgeworks.fastpath.failover_drill:
    state: run
    confirm: true
    scenarios: "{{ scenarios }}"
    settings: "{{ settings }}"
  vars:
    scenarios:
      - name: link_cut
        ends:
          - {router: R1, interface: Ethernet0/0}
          - {router: R3, interface: Ethernet0/0}
        cut: {kind: acl}
    settings:
      routers: "{{ groups['ios'] }}"
      source: {host: PC1, address: 192.168.1.10}
      target: {host: PC2, address: 192.168.2.10}
"""

RETURN = r"""
plan:
  description: What every cycle would do, for people.
  returned: V(state=planned) or check mode
  type: list
  elements: str
plans:
  description: The same as values, with scenario, mode, path, lines by router, prediction and warnings.
  returned: V(state=planned) or check mode
  type: list
  elements: dict
configuration:
  description: The configuration that the drill rests on, by router, secrets hidden.
  returned: V(state=planned) or check mode
  type: dict
collection_version:
  description: The version of this collection.
  returned: V(state=planned) or check mode
  type: str
cycles:
  description:
    - Planned are the cycles in order, each with scenario, mode, number and label.
    - Run are the results of all attempts, in the form that the report's documentation describes.
  returned: success
  type: list
  elements: dict
cycle:
  description: The result of the last attempt; C(passed) is the verdict, C(cut.verified) says that all is restored.
  returned: V(state=run)
  type: dict
"""
