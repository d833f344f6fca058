"""Secrets are hidden, what looks like them is not."""

from __future__ import annotations

import pytest
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
