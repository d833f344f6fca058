"""Orders to go wrong: counted, used up, and done to SOAP operations."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest
from pyVmomi import vim, vmodl

from lab.esxi.faults import FaultOrder, FaultOrders
from lab.esxi.wire.call import Call
from lab.esxi.wire.inject import ConnectionDropped
from lab.esxi.wire.objects import ManagedObject


def orders(*given: FaultOrder) -> FaultOrders:
    made = FaultOrders()
    for each in given:
        made.add(each)
    return made


async def run(made: FaultOrders, operation: str = "PowerOnVM_Task") -> None:
    await made.before(Call(operation, "", datetime.now(timezone.utc)), ManagedObject("1"), {})


def test_the_nth_one_is_met_as_often_as_ordered():
    order = FaultOrder("shell", "esxcli system*", nth=2, times=2)
    made = orders(order)
    names = ["esxcli system version get", "vim-cmd x", *["esxcli system shutdown"] * 3]
    assert [made.meet("shell", name) for name in names] == [None, None, order, order, None]
    assert made.open == []


def test_another_kind_is_not_met():
    made = orders(FaultOrder("file", "/etc/*"))
    assert made.meet("shell", "/etc/passthru.map") is None
    assert made.meet("file", "/etc/vmware/passthru.map") is not None


def test_what_is_cleared_goes_well():
    made = orders(FaultOrder("file", "*"))
    made.clear()
    assert made.meet("file", "x") is None


async def test_an_operation_fails_with_the_fault_that_was_ordered_and_works_again():
    made = orders(FaultOrder("call", "PowerOnVM_Task", fault="InsufficientMemoryResourcesFault", text="no memory"))
    with pytest.raises(vim.fault.InsufficientResourcesFault, match="no memory"):
        await run(made)
    await run(made)


async def test_the_usual_fault_is_complete():
    with pytest.raises(vmodl.fault.SystemError) as caught:
        await run(orders(FaultOrder("call", "*", text="why")))
    assert caught.value.reason == "why"


async def test_a_connection_is_dropped():
    with pytest.raises(ConnectionDropped):
        await run(orders(FaultOrder("call", "*", "drop")))


async def test_an_operation_waits():
    begun = asyncio.get_running_loop().time()
    await run(orders(FaultOrder("call", "*", "delay", seconds=0.05)))
    assert asyncio.get_running_loop().time() - begun >= 0.05


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"kind": "other"}, "'other' is not known; known: call, shell, file"),
        ({"effect": "explode"}, "'explode' is not known; known: fail, drop, delay"),
        ({"nth": 0}, "nth and times begin at 1"),
        ({"seconds": -1}, "seconds are not negative"),
    ],
)
def test_an_order_is_checked_when_it_is_made(values, text):
    with pytest.raises(ValueError, match=text):
        FaultOrder(**{"kind": "call", "name": "*", **values})
