"""Access groups on the running lab: what an inbound list drops, in which direction, and what it lets through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.seed_lab import SEED_ROUTES, SeedLab, wait_until

R1, R3 = "10.10.10.1", "10.10.10.2"
SETTLED_S = 40
_SOCKET = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
HEAR = f"""{_SOCKET}s.bind(("", 9999)); s.settimeout(2); print("ready", flush=True)
try: print(s.recv(9).decode())
except TimeoutError: print("nothing")"""
SAY = _SOCKET + "s.sendto(b'hello', ('{to}', 9999))"


@pytest.fixture
def lab(configured_lab: SeedLab) -> Iterator[SeedLab]:
    """The configured lab; whatever a test filters is open again afterwards, and everything has settled."""
    yield configured_lab
    for router in ("R1", "R3"):
        lines = ["interface Ethernet0/0", "no ip access-group in", "exit", "no ip access-list extended CUT"]
        configured_lab.configure(router, *lines)
    configured_lab.settle(SETTLED_S)


def filter_input(lab: SeedLab, router: str, *entries: str) -> None:
    """Apply a list of these entries to what comes in from the link R1-R3."""
    lab.configure(router, "ip access-list extended CUT", *entries, "interface Ethernet0/0", "ip access-group CUT in")


def reaches(lab: SeedLab, sender: str, receiver: str, address: str) -> bool:
    """Tell whether a datagram gets from one router to the other."""
    with lab.start(receiver, "python3", "-c", HEAR) as hearing:
        assert hearing.stdout is not None
        assert hearing.stdout.readline() == "ready\n"
        lab.exec(sender, "python3", "-c", SAY.format(to=address))
        return hearing.stdout.readline() == "hello\n"


def answers(lab: SeedLab, router: str, address: str) -> bool:
    return "1 received" in lab.exec(router, "ping", "-c", "1", "-W", "1", address, check=False)


def test_everything_is_dropped_in_one_direction_and_comes_back(lab: SeedLab) -> None:
    assert reaches(lab, "R3", "R1", R1)
    filter_input(lab, "R1", "deny ip any any")
    shown = lab.ios("R1", "show running-config interface Ethernet0/0", "show running-config | section access-list")
    assert " ip access-group CUT in\n no ip redirects\n" in shown
    assert "ip access-list extended CUT\n deny   ip any any\n" in shown
    assert not reaches(lab, "R3", "R1", R1)
    assert reaches(lab, "R1", "R3", R3)
    assert not answers(lab, "R1", R3)
    wait_until(lambda: lab.all_routes()["R1"]["192.168.2.0/24"] == "192.168.1.3", 5, "R1 goes around by R2")
    wait_until(lambda: lab.all_routes()["R3"]["192.168.1.0/24"] == "192.168.2.3", 5, "R3 goes around by R4")
    lab.exec("R3", "ip", "neigh", "flush", "dev", "e0")
    answers(lab, "R3", R1)
    assert "lladdr" in lab.exec("R3", "ip", "neigh", "show", R1), "ARP is no IP"
    lab.configure("R1", "interface Ethernet0/0", "no ip access-group CUT in")
    assert answers(lab, "R1", R3)
    lab.settle(SETTLED_S)


def test_both_ends_notice_a_silent_cut_by_themselves(lab: SeedLab) -> None:
    filter_input(lab, "R1", "deny ip any any")
    filter_input(lab, "R3", "deny ip any any")
    wait_until(lambda: lab.all_routes()["R1"]["192.168.2.0/24"] == "192.168.1.3", 5, "R1 goes around by R2")
    wait_until(lambda: lab.all_routes()["R3"]["192.168.1.0/24"] == "192.168.2.3", 5, "R3 goes around by R4")
    assert "via 192.168.1.3" in lab.exec("R1", "ip", "route", "get", "192.168.2.10")


@pytest.mark.parametrize("port", [3784, 3785])
def test_bfd_alone_is_dropped(lab: SeedLab, port: int) -> None:
    """Port 3785 is echo, which every hook of IPv4 would let through to bfdd."""
    before = lab.ios("R1", "show logging").count("is going Down")
    filter_input(lab, "R1", f"deny udp any any eq {port}", "permit ip any any")
    wait_until(lambda: lab.ios("R1", "show logging").count("is going Down") > before, 10, "R1's session ends")
    assert answers(lab, "R1", R3)


def test_every_form_of_an_entry_is_taken_by_the_kernel(lab: SeedLab) -> None:
    filter_input(
        lab,
        "R1",
        "permit tcp host 10.10.10.2 host 10.10.10.1 eq bgp",
        "permit tcp any any",
        "permit udp 10.10.0.0 0.0.255.255 10.10.10.0 0.0.0.255 eq 3784",
        "permit udp any 10.0.0.0 0.255.255.3 eq 3785",  # the neighbor's echo is addressed to the neighbor
        "deny icmp any any",
    )
    assert not answers(lab, "R1", R3)
    assert lab.all_routes() == SEED_ROUTES
    assert lab.bfd_up() == 8
    lab.configure("R1", "ip access-list extended CUT", "5 permit icmp any any")
    assert answers(lab, "R1", R3)
    lab.configure("R1", "no ip access-list extended CUT")  # the group stays, and permits everything
    assert reaches(lab, "R3", "R1", R1)
    assert "netdev" not in lab.exec("R1", "nft", "list", "ruleset")


def test_a_reverted_change_lets_the_traffic_through_again(lab: SeedLab) -> None:
    lab.configure("R1", "archive", "path flash:fastpath")
    change = ["ip access-list extended CUT", "deny ip any any", "interface Ethernet0/0", "ip access-group CUT in"]
    lab.ios("R1", "configure terminal revert timer 60", *change, "end")
    assert not answers(lab, "R1", R3)
    assert "Rollback Done" in lab.ios("R1", "configure revert now")
    assert answers(lab, "R1", R3)
    assert "CUT" not in lab.ios("R1", "show running-config")
    lab.configure("R1", "archive", "no path")
