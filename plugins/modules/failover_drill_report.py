# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_drill_report
short_description: Write the report of a failover drill
version_added: 1.0.0
author:
  - edgeworks.fastpath contributors (!UNKNOWN)
description:
  - Writes a page (one HTML file that needs neither scripts nor a network), the same data as JSON, and returns a table
    for the terminal.
  - A report is there whole or not at all. Reports of the same second stand side by side.
  - Secrets in configuration lines, log lines and commands are hidden.
  - Runs on the controller; the target host is not touched.
options:
  drill:
    description: The drill, as P(edgeworks.fastpath.failover_drill_summary#filter) returns it.
    type: dict
    required: true
  directory:
    description:
      - Where reports are kept. Each has a directory of its own in it, named by the start of the drill in UTC.
      - C(latest) in it is a link to the report that was written last.
      - A relative path starts where C(ansible-playbook) was started. What is missing is created.
    type: path
    required: true
  title:
    description: The title of the page and of the table.
    type: str
    default: Failover drill
  pictures:
    description:
      - Whether the page has pictures beside its tables.
      - Where matplotlib is not installed there are none, and the task warns.
    type: bool
    default: true
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
requirements:
  - matplotlib >= 3.10 on the controller, for pictures only
attributes:
  check_mode:
    support: full
    details: Says where the report would be, writes nothing, and returns the table.
  diff_mode:
    support: none
  platform:
    support: full
    platforms: all
notes:
  - The JSON file is described in C(docs/drill-report.md) and C(docs/drill-schema-1.json) of the collection.
seealso:
  - plugin: edgeworks.fastpath.failover_drill_summary
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Write the report of the drill
  edgeworks.fastpath.failover_drill_report:
    drill: "{{ cycles | edgeworks.fastpath.failover_drill_summary(settings) }}"
    directory: reports
  register: report

- name: Show the table
  ansible.builtin.debug:
    msg: "{{ report.table.splitlines() }}"
"""

RETURN = r"""
path:
  description: The page.
  returned: success
  type: str
  sample: /home/net/reports/20260921T141320Z/index.html
json_path:
  description: The drill as JSON.
  returned: success
  type: str
  sample: /home/net/reports/20260921T141320Z/drill.json
latest:
  description: The link to the directory of the newest report.
  returned: success
  type: str
  sample: /home/net/reports/latest
table:
  description: The drill for the terminal, at most 100 columns wide but for the path in its last line.
  returned: success
  type: str
  sample: |
    Failover drill: PASSED
    The traffic stood still for 452 ms with BFD (median of 5 cycles) and for 12.4 s without BFD (one
    cycle): 27 times as long.
    2026-09-21 14:13:20 UTC, 6 cycles in 3 min 12 s

    The link between R1 and R3 is cut, both carriers stay: passed
                   cycles       predicted     min  median     max  fail-back  lost  verdict
      without BFD       1  10.0 to 15.5 s  12.4 s  12.4 s  12.4 s       0 ms  1240  passed
      with BFD          5   200 to 800 ms  405 ms  452 ms  470 ms       0 ms    45  passed
      ratio of the medians: 27 times

    report: /home/net/reports/20260921T141320Z/index.html
warnings:
  description: Why the page has no pictures, if it should have some.
  returned: success
  type: list
  elements: str
  sample: []
"""
