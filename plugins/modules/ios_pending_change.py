# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ios_pending_change
short_description: Confirm or revert the pending change of a Cisco IOS or IOS-XE router
version_added: 1.0.0
author:
  - edgeworks.fastpath contributors (!UNKNOWN)
description:
  - A change that was made under IOS' revert timer is taken back by the router itself, unless it is confirmed in time.
    This module confirms it, reverts it now, or tells what is pending.
  - The option revert_after_min of M(edgeworks.fastpath.ios_fast_failover) makes such a change.
options:
  state:
    description:
      - V(confirmed) keeps the pending change. Where none is pending nothing is done, but it is an error if the router
        has logged that it took the last change back by itself.
      - V(reverted) brings back the configuration from before the pending change. It never touches the startup-config.
      - V(gathered) only tells what is pending.
    type: str
    default: gathered
    choices: [confirmed, reverted, gathered]
  save:
    description:
      - Whether the running-config is written to the startup-config after O(state=confirmed), when something was
        confirmed, always or never.
    type: str
    default: changed
    choices: [always, changed, never]
  soft_clear:
    description:
      - Whether neighbors whose policies changed by O(state=reverted) are cleared softly, which does not reset the
        session.
      - With V(never) the commands are returned in RV(pending).
    type: str
    default: never
    choices: [changed, never]
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: partial
    details:
      - With O(state=reverted) the diff compares the objects that M(edgeworks.fastpath.ios_fast_failover) manages,
        before and after. Check mode has no diff, since only the router knows its former configuration.
  platform:
    support: full
    platforms: ios
notes:
  - The connection is P(ansible.netcommon.network_cli#connection) with C(ansible_network_os=cisco.ios.ios). The work
    is done in the worker on the controller; nothing is copied to the router.
  - A pending change belongs to the user who began it; IOS takes a confirmation from nobody else.
  - Tested against the project's lab, which runs FRR behind an IOS command line. Unverified on a Cisco device.
seealso:
  - module: edgeworks.fastpath.ios_fast_failover
"""

EXAMPLES = r"""
- name: Change the router for five minutes
  edgeworks.fastpath.ios_fast_failover:
    state: replaced
    config: "{{ fast_failover_config }}"
    revert_after_min: 5

- name: Keep the change and save it
  edgeworks.fastpath.ios_pending_change:
    state: confirmed

- name: Bring the former configuration back now
  edgeworks.fastpath.ios_pending_change:
    state: reverted
    soft_clear: changed

- name: See what is pending
  edgeworks.fastpath.ios_pending_change:
  register: router
"""

RETURN = r"""
commands:
  description: What was sent to confirm or revert; in check mode what would be sent.
  returned: success
  type: list
  elements: str
  sample:
    - configure confirm
saved:
  description: Whether the running-config was written to the startup-config.
  returned: success
  type: bool
  sample: true
pending_change:
  description:
    - What the router said before anything was done.
    - The seconds that are left follow from the router's own clock. They are null where the timer starts anew with
      every key that is pressed.
  returned: success
  type: dict
  sample:
    archive_enabled: true
    archive_path: flash:fastpath
    pending: true
    remaining_s: 271
    started_by: ops
pending:
  description: What is configured again but waits for a reset of the session or a soft clear.
  returned: when something was reverted
  type: list
  elements: dict
  sample:
    - neighbor: 10.10.20.1
      needs: soft clear
      reason: route-map ATTACH_MED out changed
      command: clear ip bgp 10.10.20.1 soft out
soft_cleared:
  description: The commands that cleared neighbors softly, when O(soft_clear=changed).
  returned: when something was reverted
  type: list
  elements: str
  sample:
    - clear ip bgp 10.10.20.1 soft out
"""
