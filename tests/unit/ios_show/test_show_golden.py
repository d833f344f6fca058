"""Every parser against its golden captures: NAME.txt is what a device shows, NAME.yml what it means.

Sources of the formats: the seed's captures; the layouts of the public samples of ntc-templates
(tests/cisco_ios) and genieparser (iosxe); values are our own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios import (
    show_bfd,
    show_bgp,
    show_clock,
    show_logging,
    show_route,
    show_standby,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "show"


def as_values(found: object) -> tuple[Any, ...]:
    """Return what a parser of one value found in the form of the others."""
    return () if found is None else (found,)


PARSERS = {
    "parse_bfd_neighbors": show_bfd.parse_bfd_neighbors,
    "parse_bgp_summary": show_bgp.parse_bgp_summary,
    "parse_bgp_neighbors": show_bgp.parse_bgp_neighbors,
    "parse_bgp_routes": show_route.parse_bgp_routes,
    "parse_standby_brief": show_standby.parse_standby_brief,
    "parse_logging": show_logging.parse_logging,
    "parse_log_settings": lambda text: as_values(show_logging.parse_log_settings(text)),
    "parse_clock": lambda text: as_values(show_clock.parse_clock(text)),
}
CASES = sorted(GOLDEN.glob("*/*.txt"))


def without_defaults(value: Any) -> dict[str, Any]:
    """Return the fields that the parser had to find."""
    found = {}
    for field in fields(value):
        item = getattr(value, field.name)
        if field.default is MISSING or item != field.default:
            found[field.name] = list(item) if isinstance(item, tuple) else item
    return found


def read_case(case: Path) -> str:
    """Return the capture."""
    return case.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_golden(case: Path) -> None:
    parse = PARSERS[case.parent.name]
    expected = yaml.safe_load(case.with_suffix(".yml").read_text())
    assert [without_defaults(item) for item in parse(read_case(case))] == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_capture_with_carriage_returns_reads_the_same(case: Path) -> None:
    parse = PARSERS[case.parent.name]
    text = read_case(case)
    assert parse(text.replace("\n", "\r\n")) == parse(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_indented_capture_reads_the_same(case: Path) -> None:
    parse = PARSERS[case.parent.name]
    text = read_case(case)
    assert parse("\n".join("\t  " + line for line in text.splitlines())) == parse(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_collapsed_capture_reads_the_same(case: Path) -> None:
    parse = PARSERS[case.parent.name]
    text = read_case(case)
    assert parse("\n".join(" ".join(line.split()) for line in text.splitlines())) == parse(text)


def test_a_capture_with_the_same_sessions_twice_repeats_none() -> None:
    text = read_case(GOLDEN / "parse_bfd_neighbors" / "iosxe_mixed.txt")
    assert show_bfd.parse_bfd_neighbors(text + "\n" + text) == show_bfd.parse_bfd_neighbors(text)


def test_every_parser_has_golden_cases() -> None:
    assert {case.parent.name for case in CASES} == set(PARSERS)
    assert all(case.with_suffix(".yml").exists() for case in CASES)


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_nothing_in_nothing_out(name: str) -> None:
    assert PARSERS[name]("") == ()
    assert PARSERS[name]("R1#\nsome banner\n% BGP not active\n1.2.3.4 is an address\n") == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_a_capture_that_ends_anywhere_is_read_as_far_as_it_goes_or_refused(case: Path) -> None:
    parse = PARSERS[case.parent.name]
    text = read_case(case)
    whole = len(parse(text))
    for end in range(0, len(text), 7):
        assert len(read_or_refused(parse, text[:end])) <= whole


def read_or_refused(parse: Callable[[str], tuple[Any, ...]], text: str) -> tuple[Any, ...]:
    """Return what is read, nothing where the parser says that it cannot."""
    try:
        return parse(text)
    except DeviceError:
        return ()


@pytest.mark.parametrize("name", sorted(PARSERS))
@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/99 is subnetted, 1 subnets\nB 10.0.0.0 [20/0] via 10.0.0.1\n",
        "999.0.0.1 1/1 Up Up Et0/0\n",
        "BGP neighbor is 10.0.0.1.9,  remote AS 1.2.3, external link\n",
        "BGP router identifier 10.0.0.1, local AS number 65000.\n",
        "-" * 20000,
    ],
)
def test_garbled_lines_stop_no_parser(name: str, text: str) -> None:
    assert len(read_or_refused(PARSERS[name], text)) <= 1


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("parse_bfd_neighbors", "10.1.1.3                    1/1     Up    Hochgefahren        Et0/0"),
        ("parse_bfd_neighbors", "10.1.1.1  10.1.1.3  1/1"),
        ("parse_bgp_summary", "10.0.0.1        4        65001   12345   12346        1"),
        ("parse_bgp_neighbors", "BGP neighbor is 10.0.0.1,  entferntes AS 65001, external link"),
        ("parse_bgp_routes", "B        192.168.2.0/24 [20/0, mystery]"),
        ("parse_bgp_routes", "B        192.168.2.0/24"),
        ("parse_standby_brief", "Po1.100     1    100 P Aktiv   lokal           10.0.0.2        10.0.0.3"),
    ],
)
def test_a_row_that_is_not_understood_does_not_pass_for_none(name: str, row: str) -> None:
    with pytest.raises(DeviceError) as error:
        PARSERS[name](f"\n{row}\n")
    assert " ".join(row.split()) in str(error.value)


@pytest.mark.parametrize("flags", ["B    ", "B*   ", "B   %", "B   >* ", "B   + ", "B   S  "])
def test_flags_of_a_route_do_not_hide_it(flags: str) -> None:
    found = PARSERS["parse_bgp_routes"](f"{flags}  10.9.1.0/24 [20/0] via 10.0.0.2, 00:00:01\n")
    assert [route.prefix for route in found] == ["10.9.1.0/24"]
