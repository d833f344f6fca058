"""The bytes of a probe, the sockets that carry them, and the responder that counts them."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import time

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import FastpathError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe import wire as wires
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.packet import (
    REPLY,
    REQUEST,
    Packet,
    checksum,
    decode_echo_reply,
    decode_packet,
    encode_echo,
    strip_ip_header,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.responder import open_responder
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.settings import ProbeSettings
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.wire import arrival_s, open_wire
from hypothesis import given
from hypothesis import strategies as st

TOKENS = st.binary(min_size=8, max_size=8)
NUMBERS = st.integers(0, 2**32 - 1)


def settings(**options):
    given = {"name": "x", "role": "probe", "target": "127.0.0.1", "method": "udp", "interval_ms": 10, "duration_s": 1}
    return ProbeSettings(**{**given, "port": 8620, "source_address": None, **options})


@given(st.sampled_from([REQUEST, REPLY]), TOKENS, NUMBERS, NUMBERS)
def test_a_packet_comes_back_as_it_was(kind, token, sequence, counter):
    packet = Packet(kind, token, sequence, counter)
    assert decode_packet(packet.encode()) == packet
    assert len(packet.encode()) == 24


@given(st.binary(max_size=64))
def test_other_bytes_are_no_packet(data):
    assert decode_packet(data) is None or data.startswith(b"FPp1")
    decode_echo_reply(data)
    strip_ip_header(data)


@given(st.integers(0, 0xFFFF), NUMBERS, st.binary(max_size=64))
def test_an_echo_request_sums_up_to_nothing(identifier, sequence, payload):
    message = encode_echo(identifier, sequence, payload)
    assert checksum(message) == 0
    assert message[0] == 8
    assert struct.unpack("!HH", message[4:8]) == (identifier, sequence & 0xFFFF)
    assert decode_echo_reply(message) is None, "a request is no reply"
    assert decode_echo_reply(b"\0" + message[1:]) == (identifier, payload)


def test_checksum_of_the_rfc():
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xDDF2 ^ 0xFFFF, "RFC 1071, section 3"


def test_the_ip_header_has_the_length_that_it_says():
    assert strip_ip_header(b"\x46" + b"i" * 23 + b"rest") == b"rest"
    assert strip_ip_header(b"") == b""


def test_arrival_is_when_the_kernel_says():
    stamp = time.time() - 0.5
    extra = [(socket.SOL_SOCKET, 35, struct.pack("@ll", int(stamp), int(stamp % 1 * 1e9)))]
    assert arrival_s(extra) == pytest.approx(time.monotonic() - 0.5, abs=0.05)
    assert arrival_s([]) == pytest.approx(time.monotonic(), abs=0.05)


@pytest.mark.parametrize("age_s", [-3.0, 3600.0])
def test_a_clock_that_was_set_meanwhile_is_not_believed(age_s):
    stamp = time.time() - age_s
    extra = [(socket.SOL_SOCKET, 35, struct.pack("@ll", int(stamp), 0))]
    assert arrival_s(extra) == pytest.approx(time.monotonic(), abs=0.05)


@pytest.fixture
def pair():
    """A wire and a responder on a free port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    responder = open_responder(settings(role="responder", port=port, target=None))
    wire = open_wire(settings(port=port))
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(responder.link) and responder, stack.enter_context(wire.link) and wire


def readable(link):
    assert select.select([link], [], [], 5)[0]


def test_udp_there_and_back(pair):
    responder, wire = pair
    before_s = time.monotonic()
    for sequence in (0, 1, 3):
        wire.send(sequence)
    readable(responder.link)
    responder.answer()
    readable(wire.link)
    replies = list(wire.receive())
    assert [(reply.sequence, reply.counter) for reply in replies] == [(0, 1), (1, 2), (3, 3)]
    assert all(before_s - 0.01 <= reply.at_s <= time.monotonic() for reply in replies)
    assert (responder.received, responder.answered) == (3, 3)


def test_replies_of_another_run_are_passed_over(pair):
    responder, wire = pair
    for packet in (Packet(REPLY, b"another!", 0), Packet(REQUEST, wire._token, 0)):
        responder.link.sendto(packet.encode(), wire.link.getsockname())
    responder.link.sendto(b"x" * 24, wire.link.getsockname())
    readable(wire.link)
    assert list(wire.receive()) == []


def test_responder_answers_probes_only(pair):
    responder, wire = pair
    for data in (b"hello", b"x" * 24, Packet(REPLY, b"12345678", 0).encode()):
        wire.link.send(data)
    readable(responder.link)
    responder.answer()
    assert (responder.received, responder.answered) == (0, 0)


def test_responder_counts_each_run_and_forgets_old_ones(pair):
    responder, _wire = pair
    counts = [responder._count(bytes([run]) * 8) for run in (1, 2, 1)]
    assert counts == [1, 1, 2]
    for run in range(3, 70):
        responder._count(bytes([run]) * 8)
    assert responder._count(b"\1" * 8) == 1
    assert len(responder._runs) == 64


def test_responder_answers_one_host_if_told_so(pair):
    responder, wire = pair
    responder._only = "192.0.2.1"
    wire.send(0)
    readable(responder.link)
    responder.answer()
    assert responder.answered == 0


def test_a_port_in_use_is_named(pair):
    responder, _wire = pair
    port = responder.link.getsockname()[1]
    with pytest.raises(FastpathError, match=rf"responder on any address, port {port}: Address already in use"):
        open_responder(settings(role="responder", port=port))


def test_a_foreign_source_address_is_named():
    with pytest.raises(FastpathError, match=r"source_address 192\.0\.2\.77: Cannot assign requested address\. State"):
        open_wire(settings(source_address="192.0.2.77"))


def refuse():
    raise PermissionError(1, "Operation not permitted")


def test_auto_takes_udp_where_icmp_is_not_allowed(monkeypatch):
    monkeypatch.setitem(wires._OPENERS, "auto", (refuse, refuse, wires._open_udp))
    wire = open_wire(settings(method="auto"))
    with wire.link:
        assert wire.method == "udp"


def test_icmp_that_is_not_allowed_names_the_ways_out(monkeypatch):
    monkeypatch.setitem(wires._OPENERS, "icmp", (refuse, refuse))
    with pytest.raises(FastpathError) as caught:
        open_wire(settings(method="icmp"))
    for word in ("ping_group_range", str(os.getegid()), "become", "method: udp"):
        assert word in str(caught.value)
