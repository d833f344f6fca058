"""Secrets are hidden, what looks like them is not."""

from __future__ import annotations

import textwrap

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError, InvalidInput, Refused
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.fast_failover import (
    plan_fast_failover,
    run_fast_failover,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.redaction import HIDDEN, redact


@pytest.mark.parametrize(
    "line",
    [
        "neighbor 10.0.0.2 password 7 SECRET",
        "neighbor 10.0.0.2 password SECRET",
        "standby 1 authentication SECRET",
        "standby authentication text SECRET",
        "standby 1 authentication md5 key-string 7 SECRET timeout 30",
        "vrrp 1 authentication text SECRET",
        "ip ospf authentication-key 7 SECRET",
        "ip ospf message-digest-key 1 md5 7 SECRET",
        "ip nhrp authentication SECRET",
        "ppp chap password 0 SECRET",
        "snmp-server community SECRET RO 10",
        "snmp-server host 10.0.0.1 version 2c SECRET",
        "tacacs-server key 7 SECRET",
        "radius-server host 10.0.0.1 key SECRET",
        "server-private 10.0.0.1 key 7 SECRET",
        "key 7 SECRET",
        "crypto isakmp key SECRET address 10.0.0.1",
        "pre-shared-key local SECRET",
        "username a privilege 15 secret 9 SECRET",
        "enable secret 9 SECRET",
        "tunnel key SECRET",
        "wpa-psk ascii 7 SECRET",
    ],
)
def test_hidden(line):
    assert "SECRET" not in redact(line)
    assert HIDDEN in redact(line)
    assert redact(line).split()[0] == line.split()[0]


@pytest.mark.parametrize(
    "line",
    [
        "neighbor 10.0.0.2 send-community both",
        "set community 65000:1 additive",
        "match community 5",
        "standby 1 authentication md5 key-chain HSRP",
        "ip ospf authentication message-digest",
        "ip authentication mode eigrp 1 md5",
        "ip access-group EDGE in",
        "service-policy output KEYS",
        "aggregate-address 10.0.0.0 255.0.0.0 summary-only",
    ],
)
def test_left_alone(line):
    assert redact(line) == line


# Every line of IOS that is known to carry a secret, by where it stands. The marker is the secret.
INTERFACE_SECRETS = """\
ip ospf authentication-key 7 Xyzzy42
ip ospf message-digest-key 1 md5 7 Xyzzy42
ipv6 ospf authentication ipsec spi 256 md5 0 Xyzzy42
ospfv3 encryption ipsec spi 1000 esp 3des 7 Xyzzy42 md5 7 Xyzzy42
isis password Xyzzy42 level-1
standby 1 authentication Xyzzy42
standby 1 authentication md5 key-string 7 Xyzzy42 timeout 30
vrrp 1 authentication text Xyzzy42
glbp 1 authentication md5 key-string Xyzzy42
ip nhrp authentication Xyzzy42
ppp chap password 7 Xyzzy42
ppp pap sent-username me password 0 Xyzzy42
tunnel key Xyzzy42
sap pmk Xyzzy42 mode-list gcm-encrypt
wpa-psk ascii 0 Xyzzy42
encryption key 1 size 40bit 7 Xyzzy42 transmit-key
bfd template T authentication-key Xyzzy42
ip ddns update http add http://me:Xyzzy42@example.com/"""
GLOBAL_SECRETS = """\
enable secret 9 Xyzzy42
enable password Xyzzy42
username admin privilege 15 secret 9 Xyzzy42
username admin common-criteria-policy P password 7 Xyzzy42
snmp-server community Xyzzy42 RO A
snmp-server host 10.0.0.9 version 2c Xyzzy42
snmp-server user u g v3 auth sha Xyzzy42 priv aes 128 Xyzzy42 access A
tacacs-server host 10.0.0.9 key 7 Xyzzy42
radius-server key Xyzzy42
aaa server radius dynamic-author
 client 10.0.0.9 server-key 7 Xyzzy42
tacacs server T
 key 7 Xyzzy42
 key 6 Xyzzy42
key chain K
 key 1
  key-string 7 Xyzzy42
crypto isakmp key Xyzzy42 address 10.0.0.9
crypto ikev2 keyring R
 peer P
  pre-shared-key local Xyzzy42
crypto pki certificate chain C
 certificate 01
  Xyzzy42 30820122
  quit
ntp authentication-key 1 md5 Xyzzy42 7
ip ftp password 7 Xyzzy42
event manager environment TOKEN Xyzzy42
archive
 path ftp://me:Xyzzy42@10.0.0.9/A
mpls ldp neighbor 10.0.0.9 password 7 Xyzzy42
line vty 0 4
 access-class A in
 password 7 Xyzzy42"""
SECRETIVE = f"""\
hostname R1
interface Ethernet0/0
 ip address 10.0.0.1 255.255.255.0
 standby 1 ip 10.0.0.254
{textwrap.indent(INTERFACE_SECRETS, " ")}
router bgp 65000
 neighbor PG peer-group
 neighbor PG password Xyzzy42
 neighbor 10.0.0.2 remote-as 65001
 neighbor 10.0.0.2 password 7 Xyzzy42
 neighbor 10.0.0.2 route-map M out
route-map M permit 10
 match ip address A
ip access-list standard A
 10 permit any
{GLOBAL_SECRETS}
end
"""
EVERYTHING = {
    "interfaces": [{"name": "Ethernet0/0"}],
    "access_lists": [{"name": "A"}],
    "route_maps": [{"name": "M"}],
    "bgp": {"asn": 65000},
}
CHANGES = {
    "interfaces": [{"name": "Ethernet0/0", "ipv4": "10.0.0.9/24", "hsrp": [{"group": 1, "virtual_ip": "10.0.0.253"}]}],
    "bgp": {"asn": 65009, "neighbors": [{"address": "10.0.0.2", "remote_as": 65001, "bfd": True}]},
}
SWITCHES = ["remove_bgp", "change_asn", "remove_neighbor", "change_management"]


@pytest.mark.parametrize("line", [line for line in SECRETIVE.splitlines() if "Xyzzy42" in line and "3082" not in line])
def test_known_secret_is_hidden(line):
    assert "Xyzzy42" not in redact(line.strip())


@pytest.mark.parametrize("config", [EVERYTHING, CHANGES])
@pytest.mark.parametrize("state", ["gathered", "merged", "replaced", "deleted", "parsed", "rendered"])
@pytest.mark.parametrize("allow", [[], SWITCHES])
def test_no_secret_leaves_by_result_or_error(state, config, allow):
    options = {"state": state, "config": config, "allow": allow, "management_interface": "Ethernet0/0"}
    try:
        found = repr(plan_fast_failover(SECRETIVE, options, session_address=None))
    except (InvalidInput, Refused) as error:
        found = str(error)
    assert "Xyzzy42" not in found


def test_a_reference_is_shown_without_its_secret():
    options = {"state": "deleted", "config": {"access_lists": [{"name": "A"}]}}
    with pytest.raises(Refused) as error:
        plan_fast_failover(SECRETIVE, options, session_address=None)
    assert "snmp-server community ********" in str(error.value)


class HalfARouter:
    """A router whose listing breaks off behind a banner that holds an `end`."""

    def run(self, command: str) -> str:
        return f"banner motd ^C\nend\n^C\n{SECRETIVE.partition('router bgp')[0]}"


def test_an_end_inside_of_a_banner_closes_nothing():
    with pytest.raises(DeviceError) as error:
        run_fast_failover(HalfARouter(), {"state": "gathered"}, check_mode=True, session_address=None, backup=str)
    assert "without its closing `end`" in str(error.value)
    assert "Xyzzy42" not in str(error.value)
