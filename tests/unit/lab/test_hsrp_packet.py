from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from lab.hsrp.packet import Opcode, Packet, PacketError, State, advertised_seconds, build, parse

# An active router's hello with all defaults, byte for byte (RFC 2281, 5.1).
HELLO = bytes.fromhex("00 00 10 03 0a 64 01 00 63 69 73 63 6f 00 00 00 c0 a8 01 01")
PACKET = Packet(Opcode.HELLO, State.ACTIVE, 3, 10, 100, 1, IPv4Address("192.168.1.1"))


@pytest.mark.parametrize(
    ("packet", "octets"),
    [
        (PACKET, HELLO.hex()),
        (replace(PACKET, opcode=Opcode.COUP, state=State.STANDBY), "000108030a64010063697363" + "6f000000c0a80101"),
        (replace(PACKET, opcode=Opcode.RESIGN), "000210030a64010063697363" + "6f000000c0a80101"),
        (replace(PACKET, state=State.SPEAK, hello_s=0, hold_s=0), "000004000064010063697363" + "6f000000c0a80101"),
        (replace(PACKET, priority=255, group=255), "000010030affff0063697363" + "6f000000c0a80101"),
        (replace(PACKET, authentication=b"12345678"), "000010030a64010031323334" + "35363738c0a80101"),
        (replace(PACKET, virtual_ip=IPv4Address(0)), "000010030a64010063697363" + "6f00000000000000"),
    ],
)
def test_build_and_parse_agree_with_the_bytes(packet: Packet, octets: str) -> None:
    assert build(packet).hex() == octets
    assert parse(bytes.fromhex(octets)) == packet


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_number(state: State) -> None:
    assert (
        build(replace(PACKET, state=state))[2]
        == {
            "INIT": 0,
            "LEARN": 1,
            "LISTEN": 2,
            "SPEAK": 4,
            "STANDBY": 8,
            "ACTIVE": 16,
        }[state.name]
    )


def _with(index: int, value: int) -> bytes:
    return HELLO[:index] + bytes([value]) + HELLO[index + 1 :]


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (HELLO[:-1], "length: 19 octets; an HSRP version 1 packet has 20"),
        (HELLO + b"\0", "length: 21 octets; an HSRP version 1 packet has 20"),
        (b"", "length: 0 octets"),
        (_with(0, 2), "version: 2; HSRP version 1 has 0 on the wire"),
        (_with(1, 3), "opcode 3, state 16: 3 is not a valid Opcode"),
        (_with(2, 3), "opcode 0, state 3: 3 is not a valid State"),
        (_with(7, 1), "reserved: 1; allowed: 0"),
    ],
)
def test_parse_refuses(octets: bytes, message: str) -> None:
    with pytest.raises(PacketError, match=message):
        parse(octets)


@pytest.mark.parametrize("field", ["hello_s", "hold_s", "priority", "group"])
def test_values_must_fit_into_an_octet(field: str) -> None:
    with pytest.raises(PacketError, match=f"{field}: 256 does not fit into one octet; allowed: 0-255"):
        replace(PACKET, **{field: 256})


def test_a_long_password_is_refused() -> None:
    with pytest.raises(PacketError, match="longer than 8 octets"):
        replace(PACKET, authentication=b"123456789")


@pytest.mark.parametrize(
    ("hello_ms", "hold_ms", "seconds"),
    [
        (3000, 10000, (3, 10)),
        (200, 700, (0, 0)),
        (500, 2000, (0, 0)),
        (1000, 1500, (0, 0)),
        (254000, 255000, (254, 255)),
    ],
)
def test_millisecond_timers_are_not_advertised(hello_ms: int, hold_ms: int, seconds: tuple[int, int]) -> None:
    assert advertised_seconds(hello_ms, hold_ms) == seconds
