from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.baseline import (
    baseline_models,
    inherited_bfd,
    plan_baseline,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.configuration import end_configuration
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.cut import (
    RouterCut,
    cut_findings,
    cut_leftovers,
    plan_cut,
)
from ansible_collections.edgeworks.fastpath.plugins.module_utils.drill.sessions import find_sessions
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import InvalidInput
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.running_config import (
    parse_running_config,
    render_model,
)

from .network_case import DEATH, LINK, Configs, command, infos, models, row, running, scenario

GROUP = "ip access-group FASTPATH_DRILL in"
LIST = "ip access-list extended FASTPATH_DRILL"


def test_an_access_list_on_both_ends_cuts_with_its_last_line() -> None:
    cuts = plan_cut(scenario(), running())
    assert cuts["R1"] == RouterCut(
        "R1",
        prepare=(LIST, "deny ip any any"),
        cut=("interface Ethernet0/0", GROUP),
        restore=("interface Ethernet0/0", f"no {GROUP}", f"no {LIST}"),
    )
    assert list(cuts) == ["R1", "R3"]


def test_one_direction_and_bfd_only() -> None:
    cuts = plan_cut(scenario(cut={"kind": "acl", "direction": "R3", "only": "bfd"}), running())
    assert list(cuts) == ["R3"]
    assert cuts["R3"].prepare == (
        LIST,
        "deny udp any any eq 3784",
        "deny udp any any eq 3785",
        "permit ip any any",
    )


def test_a_shutdown_of_the_far_side_and_a_command() -> None:
    cuts = plan_cut(scenario(cut={"kind": "interface", "at": "R3"}), running())
    assert cuts["R3"] == RouterCut(
        "R3", (), ("interface Ethernet0/0", "shutdown"), ("interface Ethernet0/0", "no shutdown")
    )
    assert list(cuts) == ["R3"]
    assert plan_cut(scenario(cut=command()), running()) == {}


def test_several_ends_of_a_router_are_cut_in_one_go() -> None:
    cut = plan_cut(scenario(DEATH), running())["R1"]
    assert cut.cut == ("interface Ethernet0/0", GROUP, "interface Ethernet0/1", GROUP)
    assert cut.restore[-1] == f"no {LIST}"


@pytest.mark.parametrize(
    ("changes", "line", "text"),
    [
        (
            {},
            "ip access-group EDGE in",
            "R1 Ethernet0/0: 'ip access-group EDGE in' is not allowed; allowed: no inbound access list: a second one "
            "would take its place. Cut another way (kind command), or take the list off for the time of the drill.",
        ),
        (
            {},
            "shutdown",
            "R1 Ethernet0/0: 'shutdown' is not allowed; allowed: an interface that is up. A cut shows nothing on it: "
            "bring it up.",
        ),
        (
            {"ends": [{"router": "R1", "interface": "Ethernet0/9"}, LINK[1]]},
            "no ip proxy-arp",
            "R1 Ethernet0/9: 'missing' is not allowed; allowed: Ethernet0/0, Ethernet0/1. Name an interface that the "
            "router has.",
        ),
        (
            {},
            f"!\n{LIST}\n deny ip any any",
            "R1 access list: 'FASTPATH_DRILL' is not allowed; allowed: no access list of this name: the drill makes "
            "its own. Remove what an earlier drill left: no ip access-list extended FASTPATH_DRILL.",
        ),
    ],
)
def test_what_speaks_against_a_cut(changes: dict[str, Any], line: str, text: str) -> None:
    configs = running()
    if line.startswith("!"):
        rendered = render_model(models()["R1"]) + line
        configs["R1"] = parse_running_config(rendered)
    else:
        configs = running(R1=line)
    wanted = scenario(**changes)
    assert [str(finding) for finding in cut_findings(wanted, configs)] == [text]
    with pytest.raises(InvalidInput):
        plan_cut(wanted, configs)


def test_a_router_that_could_not_be_read_is_no_ground_for_a_cut() -> None:
    configs = running()
    del configs["R3"]
    [finding] = cut_findings(scenario(), configs)
    assert str(finding).startswith("R3 Ethernet0/0: 'no configuration' is not allowed")


def test_an_outbound_list_and_a_list_elsewhere_do_not_matter() -> None:
    assert cut_findings(scenario(), running(R1="ip access-group EDGE out", R2="ip access-group EDGE in")) == []
    assert cut_findings(scenario(cut=command()), running(R1="ip access-group EDGE in")) == []


def test_what_is_left_of_a_cut_is_named() -> None:
    cut = scenario()
    assert cut_leftovers(cut, running()) == ()
    left = running(R1=GROUP)
    left["R3"] = parse_running_config(render_model(models()["R3"]) + f"{LIST}\n deny ip any any\n")
    assert cut_leftovers(cut, left) == (
        f"R1 Ethernet0/0: still has {GROUP}",
        "R3: still has the access list FASTPATH_DRILL",
    )


def test_a_router_that_cannot_be_read_counts_as_cut() -> None:
    configs = running(R3="shutdown")
    cut = scenario(cut={"kind": "interface", "at": "R3"})
    assert cut_leftovers(cut, configs) == ("R3 Ethernet0/0: still shut down",)
    del configs["R3"]
    assert cut_leftovers(cut, configs) == ("R3: whether the cut is gone is not known, the router could not be read",)
    assert cut_leftovers(scenario(cut=command()), {}) == ()


# --- without BFD ------------------------------------------------------------------------------------------------------


def test_the_baseline_takes_bfd_from_the_ends_and_nothing_else() -> None:
    assert plan_baseline(scenario(), running()) == {
        "R1": (
            "interface Ethernet0/0",
            "no bfd interval 100 min_rx 100 multiplier 3",
            "router bgp 64512",
            "no neighbor 10.10.10.2 fall-over bfd",
        ),
        "R3": (
            "interface Ethernet0/0",
            "no bfd interval 100 min_rx 100 multiplier 3",
            "router bgp 64513",
            "no neighbor 10.10.10.1 fall-over bfd",
        ),
    }


def test_the_baselines_models_keep_bfd_elsewhere() -> None:
    found = baseline_models(models(), scenario())
    r1 = found["R1"]
    assert r1.bgp is not None
    assert [neighbor.bfd for neighbor in r1.bgp.neighbors] == [False, True]
    assert [interface.bfd is None for interface in r1.interfaces] == [True, False]
    assert found["R2"] == models()["R2"]


def test_a_router_without_bfd_has_no_baseline() -> None:
    def change(configs: Configs) -> None:
        for router in ("R1", "R3"):
            configs[router]["interfaces"][0].pop("bfd")
            configs[router]["bgp"]["neighbors"][0]["bfd"] = False

    assert plan_baseline(scenario(), running(models(change))) == {}


def test_words_that_the_plan_cannot_put_back_refuse_the_baseline() -> None:
    configs = running()
    text = render_model(models()["R1"]).replace("10.10.10.2 fall-over bfd", "10.10.10.2 fall-over bfd strict-mode")
    configs["R1"] = parse_running_config(text)
    with pytest.raises(InvalidInput) as caught:
        plan_baseline(scenario(), configs)
    assert "R1 bgp neighbor 10.10.10.2: 'fall-over bfd strict-mode' is not allowed; allowed: fall-over bfd. " in str(
        caught.value
    )


def test_bfd_from_a_peer_group_cannot_be_taken_away() -> None:
    def change(configs: Configs) -> None:
        configs["R1"]["bgp"]["neighbors"][0]["bfd"] = False

    seen = infos()
    assert row(seen, "R1", "bgp_neighbors", "10.10.10.2")["bfd"]
    [finding] = inherited_bfd(running(models(change)), seen, scenario())
    assert str(finding).startswith("R1 bgp neighbor 10.10.10.2: 'BFD from a template or a peer-group' is not allowed; ")
    assert inherited_bfd(running(), seen, scenario()) == []


# --- the configuration in the report ----------------------------------------------------------------------------------


def test_the_configuration_of_the_ends_has_no_secrets() -> None:
    text = render_model(models()["R1"]).replace(
        "neighbor 10.10.10.2 fall-over bfd", "neighbor 10.10.10.2 password hunter2\n neighbor 10.10.10.2 fall-over bfd"
    )
    cut = scenario()
    sessions = [item for item in find_sessions(models(), cut.ends) if item.router == "R1"]
    lines = end_configuration(text, cut.ends_at("R1"), sessions)
    assert lines[0] == "interface Ethernet0/0"
    assert " bfd interval 100 min_rx 100 multiplier 3" in lines
    assert " timers bgp 5 15" in lines
    assert " neighbor 10.10.10.2 fall-over bfd" in lines
    assert "hunter2" not in str(lines)
    assert not any("Ethernet0/1" in line or "192.168.1.3" in line for line in lines)
