# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command on a Linux host after a while, unless called off."""

from __future__ import annotations

DOCUMENTATION = r"""
module: command_timer
short_description: Run a command on a Linux host after a while, unless called off
version_added: 1.0.0
author:
  - edgeworks.fastpath contributors (!UNKNOWN)
description:
  - Arms a timer that runs a command on the host after O(after_s), unless it is disarmed before.
  - It guards a change that must not stay. Whatever happens to the playbook, the controller or the session, the command
    undoes it.
  - The timer is a process of its own that survives a lost session. It does not survive a restart of the host.
options:
  name:
    description: Name of the timer, 1 to 40 of C(a-z), C(0-9) and C(-). Each user has names of their own.
    type: str
    required: true
  state:
    description:
      - V(armed) starts the timer. While it waits with the same options, nothing changes and it is not set back; with
        others, or when it has fired, that is an error.
      - V(disarmed) ends it, tells what its command did where it has fired, and removes everything of it from the host.
    type: str
    choices: [armed, disarmed]
    default: armed
  command:
    description:
      - The program and its arguments, without a shell. The program has to exist when the timer is armed.
      - One of O(command) and O(shell) is needed for O(state=armed).
    type: list
    elements: str
  shell:
    description: A command line for C(/bin/sh).
    type: str
  after_s:
    description:
      - Seconds until the command runs, 1 to 86400.
      - Needed for O(state=armed).
    type: int
  chdir:
    description: Directory in which the command runs; without it, C(/).
    type: path
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
  - Needs Python 3.8 or newer on the host, and no root but for what the command does.
  - The command gets the environment of the task that armed the timer, and five minutes; then it is killed.
  - What has fired and is not disarmed removes itself after 15 minutes.
  - The command itself is written to no file. What it prints is, in a directory of mode 0700, until the timer is
    disarmed.
  - The timer is ended with its session where the host kills processes at logout (C(KillUserProcesses=yes) of
    systemd-logind).
seealso:
  - module: edgeworks.fastpath.outage_probe
"""

EXAMPLES = r"""
- name: See to it that the port comes up again, whatever happens
  edgeworks.fastpath.command_timer:
    name: uplink
    after_s: 60
    command: [ip, link, set, dev, eth1, up]

- name: Take the port down
  ansible.builtin.command: ip link set dev eth1 down
  changed_when: true

- name: Call the timer off once the port is up again
  edgeworks.fastpath.command_timer:
    name: uplink
    state: disarmed
  register: timer
  failed_when: timer.fired
"""

RETURN = r"""
pid:
  description: Number of the process; null in check mode.
  returned: when O(state=armed)
  type: int
  sample: 4711
fires_at:
  description: When the command will run, in epoch seconds of the host.
  returned: when O(state=armed)
  type: float
  sample: 1767225660.5
found:
  description: Whether there was a timer of that name.
  returned: when O(state=disarmed)
  type: bool
  sample: true
fired:
  description: Whether the command was run.
  returned: when O(state=disarmed)
  type: bool
  sample: false
fired_at:
  description: When it was run, in epoch seconds of the host; null where it was not.
  returned: when O(state=disarmed)
  type: float
  sample: 1767225660.5
rc:
  description:
    - Its exit status, null where it was not run or, in check mode, where it still runs.
    - Negative is the number of the signal that ended it. V(127) is also a program that could not be started.
  returned: when O(state=disarmed)
  type: int
  sample: 0
output:
  description: The last 2000 bytes of what it printed.
  returned: when O(state=disarmed)
  type: str
  sample: ""
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import FastpathError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.command_timer import run_command_timer

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["armed", "disarmed"], "default": "armed"},
    "command": {"type": "list", "elements": "str"},
    "shell": {"type": "str"},
    "after_s": {"type": "int"},
    "chdir": {"type": "path"},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("command", "shell")],
        required_if=[("state", "armed", ("command", "shell"), True), ("state", "armed", ("after_s",))],
    )
    try:
        result = run_command_timer(module.params, module.check_mode)
    except (FastpathError, OSError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
