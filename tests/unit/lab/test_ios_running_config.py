"""The running-config: a real router's listings as goldens, and its way back through the command line.

`ios_configs/listing_N_R.txt` are excerpts of four IOS routers, before BFD (1) and with it (2), as they
were captured but without the indentation; `R4.txt` is a whole running-config of the lab.
"""

from __future__ import annotations

import random
import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest

from lab.ios import store
from tests.unit.lab.ios_console import NOON, Console, engine_of, make_router

CONFIGS = Path(__file__).parent / "ios_configs"
LISTINGS = sorted(path.stem for path in CONFIGS.glob("listing_*.txt"))
HEADS = ("interface ", "router bgp ", "ip access-list ", "route-map ")


def blocks(listing: str) -> dict[str, list[str]]:
    """Return the blocks of a listing by their first lines, indented as IOS does."""
    found: dict[str, list[str]] = {}
    head = ""
    for line in listing.splitlines():
        if line.startswith(HEADS):
            head = line
            found[head] = [line]
        elif line == "!":
            head = ""
        elif head:
            found[head].append(f" {line}")
    return found


@pytest.mark.parametrize("name", LISTINGS)
async def test_the_running_config_shows_what_a_real_router_showed(tmp_path: Path, name: str) -> None:
    console = Console(make_router(tmp_path, name[-2:]))
    listing = (CONFIGS / f"{name}.txt").read_text()
    answers = await console.configure(listing)
    assert [answer for answer in answers if "% Warning: A hold time" not in answer] == []
    assert console.router.unknown == []
    expected = blocks(listing)
    assert expected
    for head, block in expected.items():
        assert await console.section(f"^{re.escape(head)}$") == block


async def test_a_whole_running_config(tmp_path: Path) -> None:
    router = make_router(tmp_path, "R4")
    console = Console(router)
    await console.configure((CONFIGS / "listing_2_R4.txt").read_text())
    await console.configure(
        "ip access-list standard BGP_MED\npermit 192.168.2.0 0.0.0.255\nroute-map ATTACH_MED permit 10"
    )
    await console.configure(
        "route-map ATTACH_MED permit 10\nmatch ip address BGP_MED\nset metric 10\nroute-map ATTACH_MED permit 20"
    )
    await console.configure(
        "interface Loopback0\nip address 4.4.4.4 255.255.255.255\nbfd slow-timers 2000\nbanner motd #Lab#"
    )
    assert await console.say("show running-config") == (CONFIGS / "R4.txt").read_text()


async def test_the_head_counts_the_bytes(tmp_path: Path) -> None:
    text = make_router(tmp_path).running_config()
    count = re.match(r"Building configuration\.\.\.\n\nCurrent configuration : (\d+) bytes\n", text)
    assert count is not None
    assert int(count[1]) == len(text[count.end() :])


async def test_one_interface_of_the_running_config(tmp_path: Path) -> None:
    console = Console(make_router(tmp_path))
    await console.configure("interface Ethernet0/0\nip address 10.1.1.1 255.255.255.0")
    text = await console.say("show running-config interface e0/0")
    assert text == (
        "Building configuration...\n\nCurrent configuration : 63 bytes\n!\n"
        "interface Ethernet0/0\n ip address 10.1.1.1 255.255.255.0\nend\n"
    )
    assert await console.say("show running-config interface Ethernet 0/0") == text


def random_config(seed: int) -> store.RouterConfig:
    """Return a configuration that uses every field, from a seed."""
    dice = random.Random(seed)
    config = store.RouterConfig(f"R{seed}")
    names = [
        "Ethernet0/0",
        "Ethernet0/1",
        *(f"Loopback{dice.randrange(2**31)}" for _loopback in range(dice.randrange(3))),
    ]
    for number, name in enumerate(names):
        config.interfaces[name] = _random_interface(dice, name, number)
    config.bfd_slow_timer_ms = dice.choice([1000, 2000, 30000])
    for name in dice.sample(["A", "BGP_MED", "c-d"], dice.randrange(4)):
        config.access_lists[name] = _random_list(dice, name)
    for name in dice.sample(["CUT", "d-e"], dice.randrange(3)):
        config.extended_lists[name] = _random_extended_list(dice, name)
    for name in dice.sample(["M", "ATTACH_MED"], dice.randrange(3)):
        config.route_maps[name] = _random_map(dice, name)
    config.bgp = _random_bgp(dice) if dice.random() < 0.8 else None
    config.banner_motd = dice.choice([None, "Keep out", "\n  two\nlines\n"])
    config.archive = dice.choice(
        [store.Archive(), store.Archive("flash:a"), store.Archive("flash:/$h-b", dice.randrange(1, 15), True, 1440)]
    )
    return config


def _random_interface(dice: random.Random, name: str, number: int) -> store.Interface:
    interface = store.Interface(name)
    interface.description = dice.choice([None, "to R3", "a | b ! c"])
    interface.shutdown, interface.redirects = dice.random() < 0.3, dice.random() < 0.5
    if dice.random() < 0.7:
        interface.address = IPv4Interface((f"10.{number}.{dice.randrange(256)}.{dice.randrange(1, 127)}", 25))
    if name.startswith("Loopback"):
        return interface
    interface.bfd_echo = dice.random() < 0.5
    interface.access_group_in = dice.choice([None, "A", "CUT", "NOWHERE"])
    if dice.random() < 0.7:
        interface.bfd = store.BfdInterval(dice.randrange(50, 10000), dice.randrange(50, 10000), dice.randrange(3, 51))
    for place, group in enumerate(dice.sample(range(256), dice.randrange(3))):
        interface.hsrp[group] = _random_group(dice, group, IPv4Address(f"10.{number}.0.{200 + place}"))
    return interface


def _random_group(dice: random.Random, number: int, virtual_ip: IPv4Address) -> store.HsrpGroup:
    preempt = dice.random() < 0.5
    hello_ms, hold_ms = dice.choice([(3000, 10000), (1000, 4000), (200, 700), (500, 3000)])
    learns = dice.random() < 0.2
    return store.HsrpGroup(
        number,
        None if learns else virtual_ip,
        learns_ip=learns,
        priority=dice.randrange(256),
        preempt=preempt,
        preempt_delay_min_s=dice.choice([0, 5]) if preempt else 0,
        hello_ms=hello_ms,
        hold_ms=hold_ms,
    )


def _random_list(dice: random.Random, name: str) -> store.AccessList:
    access_list = store.AccessList(name)
    for sequence in dice.sample(range(1, 100), dice.randrange(5)):
        length = dice.choice([0, 8, 24, 32])
        network = IPv4Network((f"10.{sequence}.1.1", length), strict=False)
        if all((e.source, e.wildcard) != (network[0], network.hostmask) for e in access_list.entries.values()):
            action = dice.choice(["permit", "deny"])
            access_list.entries[sequence] = store.AccessListEntry(sequence, action, network[0], network.hostmask)
    return access_list


def _random_extended_list(dice: random.Random, name: str) -> store.ExtendedAccessList:
    access_list = store.ExtendedAccessList(name)
    for sequence in dice.sample(range(1, 100), dice.randrange(5)):
        source = IPv4Network((f"10.{sequence}.1.1", dice.choice([8, 24, 32])), strict=False)
        destination = IPv4Network(("10.1.1.1", dice.choice([0, 24, 32])), strict=False)
        protocol = dice.choice(["ip", "icmp", "tcp", "udp"])
        port = dice.choice([None, 0, 179, 514, 3784, 65535]) if protocol in ("tcp", "udp") else None
        ends = source[0], source.hostmask, destination[0], destination.hostmask
        action = dice.choice(["permit", "deny"])
        access_list.entries[sequence] = store.ExtendedEntry(sequence, action, protocol, *ends, port)
    return access_list


def _random_map(dice: random.Random, name: str) -> store.RouteMap:
    route_map = store.RouteMap(name)
    for sequence in dice.sample(range(65536), dice.randrange(1, 4)):
        names = dice.sample(["A", "B", "C"], dice.randrange(4))
        metric = dice.choice([None, 0, 10, 4294967295])
        route_map.entries[sequence] = store.RouteMapEntry(sequence, dice.choice(["permit", "deny"]), names, metric)
    return route_map


def _random_bgp(dice: random.Random) -> store.Bgp:
    bgp = store.Bgp(dice.choice([64512, 4200000000]), log_neighbor_changes=dice.random() < 0.7)
    bgp.router_id = dice.choice([None, IPv4Address("1.1.1.1")])
    bgp.keepalive_s, bgp.hold_s = dice.choice([(60, 180), (5, 15), (0, 0), (20, 60)])
    for prefix in dice.sample(["10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/16", "192.168.1.0/24", "0.0.0.0/0"], 3):
        network = IPv4Network(prefix)
        bgp.networks[network] = store.BgpNetwork(network, dice.choice([None, "M"]))
    for last in dice.sample(range(1, 255), dice.randrange(4)):
        neighbor = _random_neighbor(dice, IPv4Address(f"192.0.2.{last}"))
        bgp.neighbors[neighbor.address] = neighbor
    return bgp


def _random_neighbor(dice: random.Random, address: IPv4Address) -> store.BgpNeighbor:
    keepalive_s, hold_s = dice.choice([(None, None), (5, 15), (60, 180)])
    return store.BgpNeighbor(
        address,
        dice.choice([64512, 64513]),
        description=dice.choice([None, "to R3", "x y"]),
        fall_over_bfd=dice.random() < 0.5,
        next_hop_self=dice.random() < 0.5,
        route_map_in=dice.choice([None, "IN"]),
        route_map_out=dice.choice([None, "OUT"]),
        keepalive_s=keepalive_s,
        hold_s=hold_s,
        shutdown=dice.random() < 0.3,
    )


@pytest.mark.parametrize("seed", range(60))
async def test_a_saved_configuration_comes_back_whole(tmp_path: Path, seed: int) -> None:
    """Save, start anew: every value is there again, and only warnings were printed on the way."""
    first = make_router(tmp_path, version="17.9")
    first.config = random_config(seed)
    first.set_credentials("fastpath", "p", "e")
    first.save()
    second = make_router(tmp_path, version="17.9")
    answers = await second.start()
    assert [answer for answer in answers if "% Warning: " not in answer] == []
    assert second.config == first.config
    assert second.running_config() == first.running_config()
    assert second.unknown == []
    assert engine_of(second).applied == 1


@pytest.mark.parametrize("seed", range(10))
async def test_ios_15_comes_back_with_the_same_text(tmp_path: Path, seed: int) -> None:
    first = make_router(tmp_path)
    first.config = random_config(seed)
    first.save()
    second = make_router(tmp_path)
    await second.start()
    assert second.running_config() == first.running_config()


async def test_a_boot_without_startup_config_applies_what_the_topology_says(tmp_path: Path) -> None:
    router = make_router(tmp_path)
    assert await router.start() == []
    assert engine_of(router).applied == 1
    console = Console(router)
    assert await console.say("show startup-config") == "startup-config is not present\n"
    assert await console.say("write memory") == "Building configuration...\n[OK]\n"
    saved = (tmp_path / "startup" / "R1.cfg").read_text()
    assert await console.say("show startup-config") == f"Using {len(saved)} out of 524288 bytes\n{saved}"
    assert (tmp_path / "startup" / "R1.cfg").stat().st_mode & 0o777 == 0o600
    assert list(router.log) == []


async def test_what_a_startup_config_cannot_have_is_told(tmp_path: Path) -> None:
    router = make_router(tmp_path)
    path = tmp_path / "startup" / "R1.cfg"
    path.parent.mkdir()
    path.write_text("hostname R9\nip route 0.0.0.0 0.0.0.0 10.0.0.1\nend\n")
    (answer,) = await router.start()
    assert answer.startswith("ip route 0.0.0.0 0.0.0.0 10.0.0.1: ^\n% Invalid input")
    assert router.unknown == ["ip route 0.0.0.0 0.0.0.0 10.0.0.1"]
    assert router.config.hostname == "R9"


async def test_the_comment_of_the_last_change(tmp_path: Path) -> None:
    console = Console(make_router(tmp_path))
    assert "Last configuration change" not in console.router.running_config()
    await console.configure("hostname R9")
    line = "! Last configuration change at 12:00:00 UTC Mon Nov 23 2026 by fastpath"
    assert console.router.running_config().splitlines()[4] == line
    assert console.router.clock() == NOON
