"""Every configuration command with its `no` and `default` form, seen in the running-config."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from tests.unit.lab.ios_console import Console, engine_of, make_router

INTERFACE = "interface Ethernet0/0"
BGP = "router bgp 64512\n neighbor 10.1.1.2 remote-as 64513"
NAT = "router bgp 64512"
LIST = "ip access-list standard A"
MAP = "route-map M permit 10"
VIRTUAL = "interface Ethernet0/0\nip address 10.1.1.2 255.255.255.0"
LOOPBACK = "interface Loopback0"

# parent, command, the line that it leaves, the lines that take it back
TOGGLES = [
    (
        INTERFACE,
        "description to R3",
        " description to R3",
        ["no description", "no description x", "default description"],
    ),
    (
        INTERFACE,
        "ip address 10.10.10.1 255.255.255.0",
        " ip address 10.10.10.1 255.255.255.0",
        ["no ip address", "no ip address 10.10.10.1 255.255.255.0", "default ip address"],
    ),
    (INTERFACE, "shutdown", " shutdown", ["no shutdown", "default shutdown"]),
    (INTERFACE, "no ip redirects", " no ip redirects", ["ip redirects", "default ip redirects"]),
    (
        INTERFACE,
        "bfd interval 100 min_rx 200 multiplier 3",
        " bfd interval 100 min_rx 200 multiplier 3",
        ["no bfd interval", "no bfd interval 100 min_rx 200 multiplier 3", "default bfd interval"],
    ),
    (INTERFACE, "no bfd echo", " no bfd echo", ["bfd echo", "default bfd echo"]),
    (
        INTERFACE + "\n ip address 10.1.1.2 255.255.255.0",
        "standby 1 ip 10.1.1.1",
        " standby 1 ip 10.1.1.1",
        ["no standby 1 ip", "no standby 1 ip 10.1.1.1", "no standby 1", "default standby 1 ip"],
    ),
    (INTERFACE, "standby 0 priority 110", " standby 0 priority 110", ["no standby priority", "standby priority 100"]),
    (INTERFACE, "standby 3 ip", " standby 3 ip", ["no standby 3 ip", "no standby 3", "default standby 3 ip"]),
    (INTERFACE, "standby 2 preempt", " standby 2 preempt", ["no standby 2 preempt", "default standby 2 preempt"]),
    (
        INTERFACE,
        "standby 1 preempt delay minimum 5",
        " standby 1 preempt delay minimum 5",
        ["no standby 1 preempt", "no standby 1"],
    ),
    (INTERFACE, "standby 1 timers 5 15", " standby 1 timers 5 15", ["no standby 1 timers", "standby 1 timers 3 10"]),
    (
        INTERFACE,
        "standby 1 timers msec 200 msec 700",
        " standby 1 timers msec 200 msec 700",
        ["no standby 1 timers msec 200 msec 700", "default standby 1 timers"],
    ),
    ("", "bfd slow-timers 2000", "bfd slow-timers 2000", ["no bfd slow-timers", "bfd slow-timers 1000"]),
    ("", "banner motd #Keep out#", "banner motd ^CKeep out^C", ["no banner motd", "default banner motd"]),
    ("", "ip access-list standard B", "ip access-list standard B", ["no ip access-list standard B"]),
    ("", "route-map N deny 20", "route-map N deny 20", ["no route-map N", "no route-map N deny 20"]),
    ("", "router bgp 65000", "router bgp 65000", ["no router bgp 65000", "default router bgp 65000"]),
    ("", "interface Loopback0", "interface Loopback0", ["no interface Loopback0", "no interface lo 0"]),
    (
        LIST,
        "permit 192.168.1.7 0.0.0.255",
        " permit 192.168.1.0 0.0.0.255",
        ["no 10", "no permit 192.168.1.0 0.0.0.255"],
    ),
    (LIST, "deny any", " deny   any", ["no deny any", "no 10 deny any", "no 10"]),
    (LIST, "30 permit host 10.1.1.1", " permit 10.1.1.1", ["no 30", "no permit 10.1.1.1"]),
    (
        MAP,
        "match ip address A B",
        " match ip address A B",
        ["no match ip address", "no match ip address A B", "default match ip address"],
    ),
    (MAP, "set metric 10", " set metric 10", ["no set metric", "no set metric 10", "default set metric"]),
    (NAT, "bgp router-id 1.1.1.1", " bgp router-id 1.1.1.1", ["no bgp router-id", "default bgp router-id 1.1.1.1"]),
    (
        NAT,
        "no bgp log-neighbor-changes",
        " no bgp log-neighbor-changes",
        ["bgp log-neighbor-changes", "default bgp log-neighbor-changes"],
    ),
    (NAT, "timers bgp 20 60", " timers bgp 20 60", ["no timers bgp", "no timers bgp 20 60", "timers bgp 60 180"]),
    (
        NAT,
        "network 10.10.10.0 mask 255.255.255.0",
        " network 10.10.10.0 mask 255.255.255.0",
        ["no network 10.10.10.0 mask 255.255.255.0", "default network 10.10.10.0 mask 255.255.255.0"],
    ),
    (
        NAT,
        "network 192.168.1.0 mask 255.255.255.0 route-map M",
        " network 192.168.1.0 route-map M",
        ["no network 192.168.1.0", "no network 192.168.1.0 route-map M"],
    ),
    (NAT, "network 10.0.0.0", " network 10.0.0.0", ["no network 10.0.0.0 mask 255.0.0.0"]),
    (NAT, "network 172.16.0.0", " network 172.16.0.0", ["no network 172.16.0.0"]),
    (NAT, "network 0.0.0.0", " network 0.0.0.0", ["no network 0.0.0.0 mask 0.0.0.0"]),
    (NAT, "network 0.0.0.0 mask 0.0.0.0", " network 0.0.0.0", ["no network 0.0.0.0"]),
    (NAT, "network 0.0.0.0 mask 255.0.0.0", " network 0.0.0.0 mask 255.0.0.0", ["no network 0.0.0.0 mask 255.0.0.0"]),
    (
        NAT,
        "neighbor 10.1.1.9 remote-as 65001",
        " neighbor 10.1.1.9 remote-as 65001",
        ["no neighbor 10.1.1.9", "no neighbor 10.1.1.9 remote-as 65001"],
    ),
    (
        BGP,
        "neighbor 10.1.1.2 description to R3",
        " neighbor 10.1.1.2 description to R3",
        ["no neighbor 10.1.1.2 description", "default neighbor 10.1.1.2 description"],
    ),
    (
        BGP,
        "neighbor 10.1.1.2 fall-over bfd",
        " neighbor 10.1.1.2 fall-over bfd",
        ["no neighbor 10.1.1.2 fall-over bfd", "no neighbor 10.1.1.2 fall-over"],
    ),
    (
        BGP,
        "neighbor 10.1.1.2 next-hop-self",
        " neighbor 10.1.1.2 next-hop-self",
        ["no neighbor 10.1.1.2 next-hop-self"],
    ),
    (
        BGP,
        "neighbor 10.1.1.2 route-map M out",
        " neighbor 10.1.1.2 route-map M out",
        ["no neighbor 10.1.1.2 route-map M out"],
    ),
    (
        BGP,
        "neighbor 10.1.1.2 route-map M in",
        " neighbor 10.1.1.2 route-map M in",
        ["no neighbor 10.1.1.2 route-map M in"],
    ),
    (
        BGP,
        "neighbor 10.1.1.2 timers 20 60",
        " neighbor 10.1.1.2 timers 20 60",
        ["no neighbor 10.1.1.2 timers", "no neighbor 10.1.1.2 timers 20 60"],
    ),
    (BGP, "neighbor 10.1.1.2 shutdown", " neighbor 10.1.1.2 shutdown", ["no neighbor 10.1.1.2 shutdown"]),
]


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(make_router(tmp_path))


def body(console: Console) -> list[str]:
    """Return the running-config below the lines that count bytes and changes."""
    text = console.router.running_config()
    return text[text.index("version ") :].splitlines()


@pytest.mark.parametrize(
    ("parent", "line", "shown", "back"),
    [(p, c, s, b) for p, c, s, bs in TOGGLES for b in bs],
    ids=lambda value: value[:40],
)
async def test_a_command_and_what_takes_it_back(
    console: Console, parent: str, line: str, shown: str, back: str
) -> None:
    assert await console.configure(parent) == []
    before = body(console)
    assert await console.configure(f"{parent}\n{line}") == []
    assert shown in body(console)
    assert before != body(console)
    assert await console.configure(f"{parent}\n{back}") == []
    assert body(console) == before
    assert console.router.unknown == []


async def test_each_change_is_applied_before_the_prompt_returns(console: Console) -> None:
    engine = engine_of(console.router)
    await console.say("configure terminal", "interface Ethernet0/0")
    assert engine.applied == 0
    await console.say("shutdown")
    assert (engine.applied, engine.config.interfaces["Ethernet0/0"].shutdown) == (1, True)
    await console.say("shutdown")
    assert engine.applied == 1


async def test_what_the_engine_refuses_is_undone(console: Console, caplog: pytest.LogCaptureFixture) -> None:
    await console.say("configure terminal", "interface Ethernet0/0")
    before = body(console)
    engine_of(console.router).fails_with = "bgpd is gone"
    text = await console.say("description x")
    assert text == "% The change could not be put into effect and is undone; the lab's log says why\n"
    assert body(console) == before
    assert engine_of(console.router).config == console.router.config
    assert "bgpd is gone" in caplog.text
    assert await console.say("description x") == ""


REFUSALS = [
    (INTERFACE, "ip address 10.10.10.0 255.255.255.0", "Bad mask /24 for address 10.10.10.0"),
    (INTERFACE, "ip address 10.10.10.255 255.255.255.0", "Bad mask /24 for address 10.10.10.255"),
    (INTERFACE, "ip address 10.0.0.1 255.0.255.0", "Bad mask 0xFF00FF00 for address 10.0.0.1"),
    (INTERFACE, "ip address 224.0.0.1 255.255.255.0", "Not a valid host address - 224.0.0.1"),
    (INTERFACE, "no ip address 10.1.1.1 255.255.255.0", "Invalid address"),
    (
        "interface Ethernet0/0\nip address 10.10.10.1 255.255.255.0\ninterface Ethernet0/1",
        "ip address 10.10.10.7 255.255.255.128",
        "% 10.10.10.0 overlaps with Ethernet0/0",
    ),
    ("", "no interface Ethernet0/0", "% Removal of physical interfaces is not permitted."),
    (NAT, "router bgp 64513", "BGP is already running; AS is 64512"),
    (NAT, "no router bgp 64513", "BGP is already running; AS is 64512"),
    (NAT, "neighbor 10.1.1.1 fall-over bfd", "% Specify remote-as or peer-group commands first"),
    (NAT, "neighbor 10.1.1.1 timers 5 15", "% Specify remote-as or peer-group commands first"),
    (NAT, "no neighbor 10.1.1.1 description", "% Specify remote-as or peer-group commands first"),
    (NAT, "network 10.10.10.1 mask 255.255.255.0", "% BGP: Incorrect network or mask/prefix-length configured"),
    (NAT, "network 10.10.10.0", "% BGP: Incorrect network or mask/prefix-length configured"),
    (NAT, "network 10.0.0.0 mask 255.0.255.0", "% BGP: Incorrect network or mask/prefix-length configured"),
    (NAT, "timers bgp 1 2", "% Hold time must be 0 or at least 3 seconds"),
    (BGP, "neighbor 10.1.1.2 timers 1 1", "% Hold time must be 0 or at least 3 seconds"),
    (
        "interface Ethernet0/0\nip address 10.1.1.2 255.255.255.0\nrouter bgp 1",
        "neighbor 10.1.1.2 remote-as 1",
        "% Cannot configure the local system as neighbor",
    ),
    (f"{LIST}\n10 permit any", "10 deny 10.0.0.0", "% Duplicate sequence number"),
    (f"{LIST}\n10 permit any", "permit any", "% Duplicate permit statement ignored."),
    (f"{LIST}\n10 permit any", "20 deny any", "% Duplicate deny statement ignored."),
    (LIST, "no 10", "% Specified sequence number not found"),
    (f"{LIST}\n10 permit any", "no deny any", "% Specified access list entry not found"),
    (
        "interface Ethernet0/0\nip address 10.1.1.2 255.255.255.0",
        "standby 1 ip 10.1.1.2",
        "% Address cannot equal interface IP address",
    ),
    (f"{VIRTUAL}\nstandby 1 ip 10.1.1.1", "standby 2 ip 10.1.1.1", "% Address 10.1.1.1 in group 1"),
    (
        f"{VIRTUAL}\nstandby 1 ip 10.1.1.1",
        "ip address 10.1.1.1 255.255.255.0",
        "% 10.1.1.1 is the virtual IP address of standby group 1",
    ),
    (LOOPBACK, "bfd interval 100 min_rx 100 multiplier 3", "% Command not supported on Loopback0"),
    (LOOPBACK, "no bfd echo", "% Command not supported on Loopback0"),
    (LOOPBACK, "standby 1 ip 10.1.1.1", "% Command not supported on Loopback0"),
    (LOOPBACK, "standby 1 priority 90", "% Command not supported on Loopback0"),
]


@pytest.mark.parametrize(("parent", "line", "text"), REFUSALS, ids=lambda value: value[:40])
async def test_refusals_change_nothing(console: Console, parent: str, line: str, text: str) -> None:
    assert await console.configure(parent) == []
    before = body(console)
    assert await console.configure(f"{parent}\n{line}") == [f"{line}: {text}"]
    assert body(console) == before
    assert console.router.unknown == []


WARNINGS = [
    (NAT, "timers bgp 5 15", "% Warning: A hold time of less than 20 seconds increases the chances of peer flapping"),
    (
        BGP,
        "neighbor 10.1.1.2 timers 5 19",
        "% Warning: A hold time of less than 20 seconds increases the chances of peer flapping",
    ),
    (INTERFACE, "standby 1 ip 10.1.1.1", "% Warning: address is not within a subnet on this interface"),
]


@pytest.mark.parametrize(("parent", "line", "text"), WARNINGS, ids=lambda value: value[:40])
async def test_warnings_go_with_the_change(console: Console, parent: str, line: str, text: str) -> None:
    await console.configure(parent)
    assert await console.configure(f"{parent}\n{line}") == [f"{line}: {text}"]
    assert f" {line}" in body(console)


@pytest.mark.parametrize("hold", ["0 0", "60 180", "7 20"])
async def test_no_warning_for_a_hold_time_of_zero_or_of_20_s(console: Console, hold: str) -> None:
    assert await console.configure(f"{NAT}\ntimers bgp {hold}") == []


@pytest.mark.parametrize(
    "timers", ["timers 3 3", "timers 255 255", "timers msec 10 msec 700", "timers 1 256", "timers msec 700 msec 600"]
)
async def test_standby_timers_out_of_bounds(console: Console, timers: str) -> None:
    (answer,) = await console.configure(f"{INTERFACE}\nstandby 1 {timers}")
    assert answer.endswith("% Invalid input detected at '^' marker.")
    assert console.router.config.interfaces["Ethernet0/0"].hsrp == {}


async def test_preempt_keeps_its_delay_until_it_is_taken_back(console: Console) -> None:
    await console.configure(f"{INTERFACE}\nstandby 1 preempt delay minimum 5\nstandby 1 preempt")
    assert " standby 1 preempt delay minimum 5" in body(console)
    await console.configure(f"{INTERFACE}\nno standby 1 preempt delay")
    assert " standby 1 preempt" in body(console)


async def test_the_address_may_go_while_bfd_and_standby_stay(console: Console) -> None:
    await console.configure(
        f"{INTERFACE}\nip address 10.1.1.2 255.255.255.0\nstandby 1 ip 10.1.1.1\nbfd interval 50 min_rx 50 multiplier 3"
    )
    await console.configure(f"{INTERFACE}\nno ip address")
    assert await console.section("^interface Ethernet0/0") == [
        "interface Ethernet0/0",
        " no ip address",
        " standby 1 ip 10.1.1.1",
        " bfd interval 50 min_rx 50 multiplier 3",
    ]


async def test_a_new_address_replaces_the_old_one(console: Console) -> None:
    await console.configure(f"{INTERFACE}\nip address 10.1.1.2 255.255.255.0\nip address 10.1.1.3 255.255.255.128")
    assert " ip address 10.1.1.3 255.255.255.128" in body(console)
    assert " ip address 10.1.1.2 255.255.255.0" not in body(console)


async def test_default_interface(console: Console) -> None:
    await console.configure(f"{INTERFACE}\nip address 10.1.1.2 255.255.255.0\nshutdown\nno bfd echo")
    assert await console.configure("default interface e0/0") == [
        "default interface e0/0: Interface Ethernet0/0 set to default configuration"
    ]
    assert await console.section("^interface Ethernet0/0") == ["interface Ethernet0/0", " no ip address"]


async def test_access_list_entries_number_themselves(console: Console) -> None:
    await console.configure(f"{LIST}\npermit 10.0.0.0 0.255.255.255\n15 deny 10.1.0.0 0.0.255.255\ndeny any")
    entries = console.router.config.access_lists["A"].entries
    assert sorted(entries) == [10, 15, 25]
    await console.configure("ip access-list resequence A 10 10")
    assert [(e.sequence, e.action) for e in console.router.config.access_lists["A"].entries.values()] == [
        (10, "permit"),
        (20, "deny"),
        (30, "deny"),
    ]


async def test_an_entry_entered_again_with_its_number_is_the_same(console: Console) -> None:
    assert await console.configure(f"{LIST}\n10 permit any\n10 permit any") == []


async def test_ios_xe_shows_the_sequences(tmp_path: Path) -> None:
    console = Console(make_router(tmp_path, version="17.9"))
    await console.configure(f"{LIST}\npermit 10.1.1.1\n25 deny any")
    assert await console.section("^ip access-list") == [
        "ip access-list standard A",
        " 10 permit 10.1.1.1",
        " 25 deny   any",
    ]


async def test_a_neighbor_moves_to_another_as_with_its_lines(console: Console) -> None:
    await console.configure(f"{BGP}\nneighbor 10.1.1.2 fall-over bfd\nneighbor 10.1.1.2 remote-as 65001")
    assert await console.section("neighbor 10.1.1.2") == [
        " neighbor 10.1.1.2 remote-as 65001",
        " neighbor 10.1.1.2 fall-over bfd",
    ]


async def test_another_route_map_is_not_taken_back(console: Console) -> None:
    await console.configure(f"{BGP}\nneighbor 10.1.1.2 route-map M out\nno neighbor 10.1.1.2 route-map N out")
    assert " neighbor 10.1.1.2 route-map M out" in body(console)


async def test_a_network_of_zeros_is_the_default_route(console: Console) -> None:
    await console.configure(f"{NAT}\nnetwork 0.0.0.0")
    bgp = console.router.config.bgp
    assert bgp is not None
    assert list(bgp.networks) == [IPv4Network("0.0.0.0/0")]


async def test_a_network_line_replaces_its_route_map(console: Console) -> None:
    await console.configure(f"{NAT}\nnetwork 192.168.1.0 route-map M\nnetwork 192.168.1.0 route-map N")
    assert await console.section("network") == [" network 192.168.1.0 route-map N"]
    await console.configure(f"{NAT}\nnetwork 192.168.1.0")
    assert await console.section("network") == [" network 192.168.1.0"]


async def test_route_map_entries(console: Console) -> None:
    await console.configure(
        "route-map M\nmatch ip address A\nmatch ip address B A C\nno match ip address B\nroute-map M permit 20"
    )
    await console.configure("route-map M deny 20")
    assert await console.section("route-map") == [
        "route-map M permit 10",
        " match ip address A C",
        "route-map M deny 20",
    ]
    await console.configure("no route-map M permit 10")
    assert await console.section("route-map") == ["route-map M deny 20"]


async def test_objects_removed_while_their_mode_is_open(console: Console) -> None:
    """The mode of a removed object is left when the same session removes it; another one meets a refusal."""
    other = Console(console.router)
    await console.say("configure terminal", "router bgp 64512")
    await other.say("configure terminal", "no router bgp 64512")
    assert await console.say("timers bgp 20 60") == "% BGP not active\n"
    await console.say("interface Loopback0")
    await other.say("no interface Loopback0")
    assert (await console.say("shutdown")).startswith("%")
    await console.say("ip access-list standard A", "no ip access-list standard A")
    assert console.prompt == "R1(config)#"


async def test_a_banner_of_several_lines(console: Console) -> None:
    assert await console.screen("configure terminal", "banner motd @", "first", "second@") == (
        "R1#configure terminal\nEnter configuration commands, one per line.  End with CNTL/Z.\n"
        "R1(config)#banner motd @\nEnter TEXT message.  End with the character '@'.\nfirst\nsecond@\nR1(config)#"
    )
    await console.say("end")
    assert await console.section("^banner|^first|^second") == ["banner motd ^C", "first", "second^C"]


async def test_secrets_are_kept_as_hashes(tmp_path: Path) -> None:
    router = make_router(tmp_path)
    console = Console(router)
    await console.configure("enable secret sesame\nusername alice secret 0 wonderland")
    text = router.running_config()
    assert "sesame" not in text
    assert "wonderland" not in text
    assert "enable secret 8 $8$" in text
    user = Console(router, privileged=False)
    await user.say("enable", "sesame")
    assert user.prompt == "R1#"


async def test_a_user_goes_again(console: Console) -> None:
    await console.configure("username alice secret wonderland\nusername bob secret 0 builder\nno username alice")
    assert await console.configure("no username carol") == []
    assert [line.split()[1] for line in await console.section("^username")] == ["bob"]


async def test_lines_of_a_plain_configuration_are_taken_as_they_stand(console: Console) -> None:
    lines = ["service timestamps log datetime msec", "ip cef", "no ip http server", "no aaa new-model", "version 15.7"]
    assert await console.configure("\n".join(lines)) == []
    assert await console.configure("line vty 0 4\ntransport input ssh") == []
    assert len(await console.configure("ip http server\nno ip cef\nservice password-encryption\nline vty 0 15")) == 4
    assert len(console.router.unknown) == 4


async def test_a_group_without_standby_ip_is_disabled(console: Console) -> None:
    await console.configure(f"{INTERFACE}\nstandby 1 priority 90\nstandby 2 ip")
    rows = (await console.say("show standby brief")).splitlines()[-2:]
    assert [row.split()[1:4] for row in rows] == [["1", "90", "Disabled"], ["2", "100", "Init"]]


@pytest.mark.parametrize("line", ["line con 0", "line aux 0"])
async def test_a_terminal_line_takes_its_own_settings_only(console: Console, line: str) -> None:
    assert len(await console.configure(f"{line}\nlogin local\ntransport input ssh")) == 2
    assert console.router.unknown == ["login local", "transport input ssh"]


async def test_the_older_spelling_of_domain_lookup(console: Console) -> None:
    assert await console.configure("no ip domain-lookup") == []
    assert await console.section("domain") == ["no ip domain lookup"]


async def test_as_numbers_in_dotted_form_are_shown_plain(console: Console) -> None:
    await console.configure("router bgp 1.10\nneighbor 10.1.1.2 remote-as 65535.65535")
    assert await console.section("^router bgp") == [
        "router bgp 65546",
        " bgp log-neighbor-changes",
        " neighbor 10.1.1.2 remote-as 4294967295",
    ]
    for asn in ("0.0", "1.65536", "65536.1", "1.2.3", "1.", ".1"):
        assert "Invalid input" in (await console.configure(f"no router bgp {asn}"))[0]
