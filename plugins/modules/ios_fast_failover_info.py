# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ios_fast_failover_info
short_description: Read BFD, BGP and HSRP from a Cisco IOS or IOS-XE router
version_added: 1.0.0
author:
  - edgeworks.fastpath contributors (!UNKNOWN)
description:
  - Reads the live state of what M(edgeworks.fastpath.ios_fast_failover) configures.
  - Values carry their unit in their name. A value that the router does not print is null.
  - Waits, where O(expected) is given, until the router shows that.
  - Fails where a table has a row that is not understood, and names the row. So no session is lost from sight.
options:
  gather_subset:
    description:
      - The parts to read, of V(bfd), V(bgp), V(routes), V(hsrp) and V(all).
      - A part with V(!) in front is left out.
    type: list
    elements: str
    default: [all]
  expected:
    description:
      - What the router should show, as P(edgeworks.fastpath.fast_failover_expectations#filter) returns it.
      - Waits until it does, with a line on the screen whenever something else is missing than before, and fails when
        O(wait_timeout) is over. A session that fails is an error at once.
      - Without it the router is read once and nothing is checked.
    type: dict
  wait_timeout:
    description: Seconds to wait for O(expected); V(0) looks once.
    type: int
    default: 90
  wait_interval:
    description: Seconds between two looks, 1 to 20.
    type: int
    default: 5
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
  platform:
    support: full
    platforms: ios
notes:
  - The connection is P(ansible.netcommon.network_cli#connection) with C(ansible_network_os=cisco.ios.ios). The work
    is done in the worker on the controller; nothing is copied to the router.
  - Sent are C(show bfd neighbors details), C(show ip bgp summary), C(show ip bgp neighbors), C(show ip route bgp) and
    C(show standby brief).
  - The readers are tested against captures of IOS and IOS-XE and against the project's lab. Unverified on a Cisco
    device.
seealso:
  - module: edgeworks.fastpath.ios_fast_failover
  - plugin: edgeworks.fastpath.fast_failover_expectations
    plugin_type: filter
  - plugin: edgeworks.fastpath.fast_failover_failures
    plugin_type: filter
  - plugin: edgeworks.fastpath.fast_failover_table
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read everything
  edgeworks.fastpath.ios_fast_failover_info:
  register: router

- name: Wait until R1 shows what follows from the models of all routers
  edgeworks.fastpath.ios_fast_failover_info:
    expected: "{{ models | edgeworks.fastpath.fast_failover_expectations('R1') }}"
    wait_timeout: 60
  vars:
    models:
      R1: "{{ hostvars['R1'].fast_failover_config }}"
      R3: "{{ hostvars['R3'].fast_failover_config }}"
"""

RETURN = r"""
gather_subset:
  description: The parts that were read.
  returned: success
  type: list
  elements: str
  sample: [bfd, bgp, routes, hsrp]
not_supported:
  description:
    - The parts whose commands the router does not know, with its answer.
    - Such a part has no list, so that it cannot be taken for one without sessions.
  returned: success
  type: dict
  sample:
    hsrp: "show standby brief: % Invalid input detected at '^' marker."
failures:
  description:
    - One line for everything that was last seen and is not as expected.
    - With such a line the task fails, and returns nothing else of what it saw.
  returned: when O(expected) is given
  type: list
  elements: str
  sample:
    - "HSRP group 1 on Ethernet0/1: expected Active, seen Speak"
waited_s:
  description: Seconds until the router showed what is expected, or until the time was over.
  returned: when O(expected) is given
  type: int
  sample: 24
bfd_sessions:
  description: The BFD sessions. The sample shows the values that every router prints, and some that it may leave out.
  returned: when BFD was read
  type: list
  elements: dict
  sample:
    - neighbor: 10.10.10.2
      interface: Ethernet0/0
      local_address: 10.10.10.1
      state: Up
      echo: true
      interval_ms: 100
      multiplier: 3
      detection_time_ms: 300
      protocols: [BGP]
      local_discriminator: 4
      remote_discriminator: 4
      uptime_s: 542
bgp:
  description: The BGP process, null where there is none.
  returned: when BGP was read
  type: dict
  sample:
    asn: 64512
    router_id: 192.168.1.2
bgp_neighbors:
  description: The BGP neighbors. C(hold_time_s) and C(keepalive_s) are the running timers.
  returned: when BGP was read
  type: list
  elements: dict
  sample:
    - neighbor: 10.10.10.2
      remote_as: 64513
      state: Established
      hold_time_s: 15
      keepalive_s: 5
      configured_hold_time_s: 15
      configured_keepalive_s: 5
      prefixes_received: 3
      bfd: true
      bfd_peer_state: Up
      uptime_s: 79443
bgp_routes:
  description: The BGP routes in the routing table, one entry for each next hop.
  returned: when routes were read
  type: list
  elements: dict
  sample:
    - prefix: 192.168.2.0/24
      next_hop: 10.10.10.2
      distance: 20
      metric: 0
      age_s: 79443
      vrf: default
hsrp_groups:
  description: The HSRP groups. Routers are an address, C(local) for this one, or C(unknown).
  returned: when HSRP was read
  type: list
  elements: dict
  sample:
    - interface: Ethernet0/1
      group: 1
      priority: 100
      preempt: true
      state: Active
      active_router: local
      standby_router: 192.168.1.3
      virtual_ip: 192.168.1.1
"""
