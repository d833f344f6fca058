from __future__ import annotations

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.info import run_info
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.table import render_duration, render_table

from .test_info import FakeRouter, answers, capture

EXPECTED = """\
BFD sessions
router  neighbor    interface    state  mode  interval    detection time  protocols  up for
------  ----------  -----------  -----  ----  ----------  --------------  ---------  --------
R1      10.10.10.2  Ethernet0/0  Up     echo  100 ms x 3  300 ms          BGP        00:09:02
R2      not supported

BGP neighbors
router  neighbor     AS     state         hold/keepalive  prefixes  BFD  up for
------  -----------  -----  ------------  --------------  --------  ---  --------
R1      10.10.10.2   64513  Established   15/5 s          2         Up   22:04:03
R1      192.168.1.3  64512  Idle (Admin)  -               0         -    -
R2      not gathered

BGP routes
router  prefix          via          distance/metric  age
------  --------------  -----------  ---------------  --------
R1      10.10.20.0/24   192.168.1.3  200/0            22:04:03
R1      192.168.2.0/24  10.10.10.2   20/0             22:04:03
R2      not gathered

HSRP groups
router  interface    group  virtual IP   priority     state    active    standby
------  -----------  -----  -----------  -----------  -------  --------  -----------
R1      Ethernet0/1  1      192.168.1.1  100 preempt  Active   this one  192.168.1.3
R2      Ethernet0/1  1      192.168.1.1  10           Standby  unknown   this one
"""

HEAD = "Interface   Grp  Pri P State   Active          Standby         Virtual IP\n"


def test_the_table_of_two_routers() -> None:
    active = HEAD + "Et0/1       1    100 P Active  local           192.168.1.3     192.168.1.1\n"
    standby = HEAD + "Et0/1       1    10    Standby unknown         local           192.168.1.1\n"
    short = "% BGP not active\n"
    infos = {
        "R1": run_info(FakeRouter(answers(show_standby_brief=active, show_ip_bgp_summary=short))),
        "R2": run_info(
            FakeRouter(answers(show_standby_brief=standby, show_bfd_neighbors_details="% Invalid input detected")),
            ["bfd", "hsrp"],
        ),
    }
    assert render_table(infos) == EXPECTED


def test_nothing_is_said_where_there_is_nothing() -> None:
    info = {"bfd_sessions": [], "bgp_neighbors": [], "bgp_routes": [], "hsrp_groups": []}
    assert render_table({"R1": info}).count("\nnone\n") == 4


def test_unusual_values() -> None:
    info = run_info(
        FakeRouter(
            answers(
                show_bfd_neighbors_details=capture("parse_bfd_neighbors/iosxe_mixed"),
                show_ip_route_bgp=capture("parse_bgp_routes/lengths_paths_flags"),
                show_ip_bgp_neighbors=capture("parse_bgp_neighbors/old_ios"),
            )
        )
    )
    text = render_table({"R1": info})
    assert "asynchronous" in text
    assert "3.3 ms x 3" in text
    assert "Vlan20" in text
    assert "configured" in text
    assert "5w1d" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (0, "00:00:00"), (79443, "22:04:03"), (93600, "1d02h"), (3110400, "5w1d")],
)
def test_durations(seconds: int | None, text: str) -> None:
    assert render_duration(seconds) == text
