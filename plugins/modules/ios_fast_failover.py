# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ios_fast_failover
short_description: Declare the fast-failover routing of a Cisco IOS or IOS-XE router
version_added: 1.0.0
author:
  - edgeworks.fastpath contributors (!UNKNOWN)
description:
  - Declares interfaces with BFD and HSRP, standard access lists, route-maps and the BGP process of one router in one
    task.
  - Reads the running-config once, plans, sends only the lines that are missing or too many, reads back and compares.
  - Objects that O(config) does not name are never touched. Lines inside managed objects that the model does not know
    stay and are returned in RV(unmanaged).
options:
  config:
    description:
      - The routing that the router shall have.
      - Required for every O(state) but V(gathered) and V(parsed).
    type: dict
    suboptions:
      bfd:
        description: BFD for the router as a whole.
        type: dict
        suboptions:
          slow_timers:
            description:
              - Milliseconds between control packets while a session is down, or while the echo function does the
                detection.
              - The device's default is 1000.
            type: int
      interfaces:
        description: Interfaces, each by its full name.
        type: list
        elements: dict
        suboptions:
          name:
            description: The interface, as in V(Ethernet0/0).
            type: str
            required: true
          description:
            description: The interface's description.
            type: str
          ipv4:
            description: The primary address with its prefix length, as in V(10.10.10.1/24).
            type: str
          enabled:
            description: Whether the interface is not shut down.
            type: bool
          redirects:
            description:
              - Whether the router sends ICMP redirects on the interface.
              - Set it to V(false) where the BFD echo function is used, else echo packets load the CPU.
            type: bool
          bfd:
            description: BFD timers of the interface. O(config.interfaces[].bfd.interval), min_rx and multiplier go
              together.
            type: dict
            suboptions:
              interval:
                description: Milliseconds between packets that are sent, 50 to 9999 on IOS-XE.
                type: int
              min_rx:
                description: Milliseconds between packets that can be received, 50 to 9999 on IOS-XE.
                type: int
              multiplier:
                description: Packets that may be lost in a row, 3 to 50.
                type: int
              echo:
                description: Whether the echo function detects failures; the device's default is V(true).
                type: bool
          hsrp:
            description: HSRP groups of the interface, version 1 for IPv4.
            type: list
            elements: dict
            suboptions:
              group:
                description: The number of the group, 0 to 255.
                type: int
                required: true
              virtual_ip:
                description: The virtual address.
                type: str
              priority:
                description: The priority, 0 to 255; the device's default is 100.
                type: int
              preempt:
                description: Whether and when the router takes the active role from one of lower priority.
                type: dict
                suboptions:
                  enabled:
                    description: Whether the router preempts.
                    type: bool
                  delay_minimum:
                    description: Seconds to wait before it preempts, 0 to 3600.
                    type: int
      access_lists:
        description: Standard access lists.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the list.
            type: str
            required: true
          entries:
            description: The entries of the list.
            type: list
            elements: dict
            suboptions:
              sequence:
                description: The number of the entry.
                type: int
                required: true
              action:
                description: What happens to a source that matches.
                type: str
                required: true
                choices: [permit, deny]
              source:
                description:
                  - V(any), an address, a prefix as in V(192.168.1.0/24), or address and wildcard as in V(10.0.0.0
                    0.0.255.3).
                type: str
                required: true
      route_maps:
        description: Route-maps.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the route-map.
            type: str
            required: true
          entries:
            description: The entries of the route-map.
            type: list
            elements: dict
            suboptions:
              sequence:
                description: The number of the entry.
                type: int
                required: true
              action:
                description: What happens to a route that matches.
                type: str
                required: true
                choices: [permit, deny]
              match:
                description: What has to match; without it every route matches.
                type: dict
                suboptions:
                  ip_address:
                    description: Access lists, of which one has to permit the prefix.
                    type: list
                    elements: str
              set:
                description: What is set on a route that matches.
                type: dict
                suboptions:
                  metric:
                    description: The metric (MED) of the route, 0 to 4294967295.
                    type: int
      bgp:
        description: The BGP process with its networks and neighbors, which are one object for V(replaced) and
          V(deleted).
        type: dict
        suboptions:
          asn:
            description: The router's AS number, plain or in dots.
            type: str
            required: true
          router_id:
            description: The router id, written as an address.
            type: str
          log_neighbor_changes:
            description: Whether sessions that go up or down are logged; the device's default is V(true).
            type: bool
          timers:
            description: Timers of all neighbors that have none of their own. Both go together.
            type: dict
            suboptions:
              keepalive:
                description: Seconds between keepalives; the device's default is 60.
                type: int
              holdtime:
                description: Seconds without a message after which a session is down; the device's default is 180.
                type: int
          networks:
            description: Networks that the router announces.
            type: list
            elements: dict
            suboptions:
              vrf:
                description: The VRF of the network; only V(default) is supported now.
                type: str
                default: default
              afi:
                description: The address family of the network; only V(ipv4) is supported now.
                type: str
                default: ipv4
              prefix:
                description: The network, as in V(10.10.10.0/24).
                type: str
                required: true
              route_map:
                description: The route-map that sets attributes where the network is originated.
                type: str
          neighbors:
            description: Neighbors of the router.
            type: list
            elements: dict
            suboptions:
              vrf:
                description: The VRF of the neighbor; only V(default) is supported now.
                type: str
                default: default
              afi:
                description: The address family of the neighbor; only V(ipv4) is supported now.
                type: str
                default: ipv4
              address:
                description: The neighbor's address.
                type: str
                required: true
              remote_as:
                description: The neighbor's AS number, plain or in dots.
                type: str
              description:
                description: The neighbor's description.
                type: str
              bfd:
                description: Whether the session falls over when BFD reports the neighbor down.
                type: bool
              next_hop_self:
                description: Whether the router names itself as next hop of the routes that it sends.
                type: bool
              route_map_in:
                description: The route-map for routes that are received.
                type: str
              route_map_out:
                description:
                  - The route-map for routes that are sent.
                  - It filters too. What none of its entries permits is not sent.
                type: str
              timers:
                description: Timers of this neighbor. Both go together.
                type: dict
                suboptions:
                  keepalive:
                    description: Seconds between keepalives.
                    type: int
                  holdtime:
                    description: Seconds without a message after which the session is down.
                    type: int
              shutdown:
                description: Whether the session is shut down.
                type: bool
      archive:
        description:
          - Where the router keeps former configurations, which IOS needs to roll a change back.
          - It is configured before everything else. A path on the network is not managed.
        type: dict
        suboptions:
          path:
            description: A file system of the router and what the names begin with, as in V(flash:fastpath).
            type: str
            required: true
          maximum:
            description: How many configurations are kept, 1 to 14; the device's default is 10.
            type: int
  running_config:
    description: The text of C(show running-config), for O(state=parsed).
    type: str
  state:
    description:
      - V(merged) adds and changes what O(config) says and removes nothing. Lists are added to, access lists of
        C(match.ip_address) too, so a name that is gone from O(config) stays on the router.
      - V(replaced) gives the objects that O(config) names exactly what it says; an attribute that is left out gets
        the device's default. A list that is left out means none, as C(networks), C(neighbors) and C(hsrp).
      - V(deleted) removes the access lists, route-maps and the BGP process that O(config) names. Of an interface it
        removes BFD and HSRP and allows redirects again; address, description and shutdown stay.
      - V(gathered) returns what the router has in the shape of O(config).
      - V(rendered) returns the commands of O(config) for a router without configuration. It needs no device.
      - V(parsed) returns O(running_config) in the shape of O(config). It needs no device.
    type: str
    default: merged
    choices: [merged, replaced, deleted, gathered, rendered, parsed]
  allow:
    description:
      - Changes that tear traffic down and are refused unless they stand here.
      - V(remove_bgp) removes the BGP process.
      - V(change_asn) replaces the BGP process by one of another AS, or changes the O(config.bgp.neighbors[].remote_as)
        of a neighbor. A new process starts empty, in V(merged) too, so V(remove_neighbor) is needed as well where the
        old one has neighbors that O(config) does not declare.
      - V(remove_neighbor) removes a neighbor.
      - V(change_management) changes the address of the interface that carries the session to the router, shuts it down
        or enables it, takes off the virtual address that Ansible connects to, or changes an access list that filters
        the session (C(ip access-group) on that interface, C(access-class)).
    type: list
    elements: str
    default: []
    choices: [remove_bgp, change_asn, remove_neighbor, change_management]
  save:
    description: Whether the running-config is written to the startup-config, when something was changed, always or
      never.
    type: str
    default: changed
    choices: [always, changed, never]
  backup:
    description:
      - Whether the running-config is written to a file on the controller before the first change.
      - The file holds what the router shows, secrets included. Its mode is 0600. Its content is never returned.
    type: bool
    default: false
  backup_options:
    description: Where the backup is written.
    type: dict
    suboptions:
      filename:
        description: The name of the file. By default it is made of the host's name, the date and the time.
        type: str
      dir_path:
        description:
          - The directory of the file, relative to the directory of the playbook. It is created where it is missing.
          - By default it is V(backup).
        type: path
  soft_clear:
    description:
      - Whether neighbors whose policies changed are cleared softly, which does not reset the session.
      - With V(never) the commands are returned in RV(pending).
    type: str
    default: never
    choices: [changed, never]
  platform:
    description: The platform whose limits apply; V(auto) takes it from the version in the running-config.
    type: str
    default: auto
    choices: [auto, ios, iosxe, ios_legacy]
  management_interface:
    description:
      - The interface that carries the session to the router.
      - By default the one that has the address that Ansible connects to. Name it where that address is translated on
        the way. It has to exist on the router.
    type: str
  revert_after_min:
    description:
      - Makes the change under IOS' revert timer. After that many minutes, V(1) to V(120), the router takes all of it
        back by itself, whatever became of the controller, unless M(edgeworks.fastpath.ios_pending_change) confirmed it.
      - The startup-config is left alone, whatever O(save) says; save with the confirmation.
      - A change that the router refuses or does not show is taken back at once.
      - The router needs an archive, no other change may be pending, and C(ansible_command_timeout) has to be shorter
        than the timer.
      - Leave two minutes or more for what has to happen until the confirmation. A minute before the end the router
        announces the rollback on its terminals.
    type: int
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details:
      - The commands of check mode are those that a run without it sends.
  diff_mode:
    support: full
    details:
      - The diff compares the managed objects of the running-config as text, and lists the commands between them.
  platform:
    support: full
    platforms: ios
notes:
  - The connection is P(ansible.netcommon.network_cli#connection) with C(ansible_network_os=cisco.ios.ios). The work
    is done in the worker on the controller; nothing is copied to the router.
  - Timers and policies wait for a reset of the session or a soft clear. What waits is returned in RV(pending); a
    hard reset is never done.
  - Where a change is pending on a router with an archive, nothing is configured on top, since the router would take
    that back as well.
  - Tested against the project's lab, which runs FRR behind an IOS command line. Unverified on a Cisco device.
seealso:
  - module: edgeworks.fastpath.ios_fast_failover_info
  - module: edgeworks.fastpath.ios_pending_change
"""

EXAMPLES = r"""
- name: Fall over within 300 ms on one link
  edgeworks.fastpath.ios_fast_failover:
    state: merged
    config:
      interfaces:
        - name: Ethernet0/0
          ipv4: 10.10.10.1/24
          redirects: false
          bfd:
            interval: 100
            min_rx: 100
            multiplier: 3
      bgp:
        asn: 64512
        neighbors:
          - address: 10.10.10.2
            remote_as: 64513
            bfd: true

- name: Make the named objects exactly what the model says, and keep the configuration as it was in a file
  edgeworks.fastpath.ios_fast_failover:
    state: replaced
    config: "{{ fast_failover_config }}"
    backup: true

- name: See what would be sent
  edgeworks.fastpath.ios_fast_failover:
    state: replaced
    config: "{{ fast_failover_config }}"
  check_mode: true
  diff: true

- name: Change the router for five minutes, unless the change is confirmed
  edgeworks.fastpath.ios_fast_failover:
    state: replaced
    config: "{{ fast_failover_config }}"
    revert_after_min: 5

- name: Leave one of two neighbors out, which needs the switch
  edgeworks.fastpath.ios_fast_failover:
    state: replaced
    config:
      bgp:
        asn: 64512
        neighbors:
          - address: 192.168.1.3
            remote_as: 64512
            bfd: true
    allow:
      - remove_neighbor

- name: Remove the BGP process
  edgeworks.fastpath.ios_fast_failover:
    state: deleted
    config:
      bgp:
        asn: 64512
    allow:
      - remove_bgp

- name: Read what the router has
  edgeworks.fastpath.ios_fast_failover:
    state: gathered
  register: router

- name: Write the commands without a router
  edgeworks.fastpath.ios_fast_failover:
    state: rendered
    config: "{{ fast_failover_config }}"
"""

RETURN = r"""
before:
  description: What the router had, in the shape of O(config).
  returned: when O(state) is V(merged), V(replaced) or V(deleted)
  type: dict
  sample:
    bgp:
      asn: 64512
      neighbors: []
after:
  description: What the router has after the change, in the shape of O(config); in check mode what it would have.
  returned: when O(state) is V(merged), V(replaced) or V(deleted)
  type: dict
  sample:
    bgp:
      asn: 64512
      neighbors:
        - address: 10.10.10.2
          afi: ipv4
          bfd: true
          remote_as: 64513
          vrf: default
commands:
  description: The lines that were sent, in their order; in check mode those that would be sent.
  returned: when O(state) is V(merged), V(replaced) or V(deleted)
  type: list
  elements: str
  sample:
    - router bgp 64512
    - neighbor 10.10.10.2 remote-as 64513
    - neighbor 10.10.10.2 fall-over bfd
unmanaged:
  description: Lines inside managed objects that the model does not know, by object; secrets are hidden.
  returned: when O(state) is V(merged), V(replaced), V(deleted), V(gathered) or V(parsed)
  type: dict
  sample:
    interface Ethernet0/0:
      - ip ospf cost 10
pending:
  description: What is configured but waits for a reset of the session or a soft clear, with the command that does it.
  returned: when O(state) is V(merged), V(replaced) or V(deleted)
  type: list
  elements: dict
  sample:
    - neighbor: 10.10.10.2
      needs: session reset
      reason: >-
        timers 5/15 s are configured, the session keeps those it was opened with (60/180 s or what was negotiated)
      command: clear ip bgp 10.10.10.2
soft_cleared:
  description: The commands that cleared neighbors softly, when O(soft_clear=changed).
  returned: when O(state) is V(merged), V(replaced) or V(deleted)
  type: list
  elements: str
  sample:
    - clear ip bgp 10.10.20.1 soft out
unconfirmed:
  description: Whether the change was made under O(revert_after_min) and waits for its confirmation.
  returned: when O(state) is V(merged), V(replaced) or V(deleted)
  type: bool
  sample: false
saved:
  description: Whether the running-config was written to the startup-config, which check mode never does.
  returned: when O(state) is V(merged), V(replaced) or V(deleted)
  type: bool
  sample: true
backup_path:
  description: The file with the running-config from before the change.
  returned: when O(backup=true) and something was changed
  type: str
  sample: /srv/network/backup/R1_config.2026-11-23@20:45:00
gathered:
  description: What the router has, in the shape of O(config).
  returned: when O(state) is V(gathered)
  type: dict
  sample:
    bgp:
      asn: 64512
rendered:
  description: The commands of O(config) for a router without configuration.
  returned: when O(state) is V(rendered)
  type: list
  elements: str
  sample:
    - interface Ethernet0/0
    - ip address 10.10.10.1 255.255.255.0
parsed:
  description: The running-config of O(running_config), in the shape of O(config).
  returned: when O(state) is V(parsed)
  type: dict
  sample:
    bgp:
      asn: 64512
"""
