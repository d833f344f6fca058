"""The property collector: selection, properties, and updates, called as the service calls it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import VmomiSupport, vim, vmodl

from lab.esxi.wire.call import Call
from lab.esxi.wire.collector import PropertyCollector
from lab.esxi.wire.objects import ManagedObject, to_wire
from tests.unit.esxi.wire_host import BOUND_S, PASSWORD, USER, Folder, TinyHost, VirtualMachine

PC = vmodl.query.PropertyCollector
MACHINE = vim.VirtualMachine("1")
DOWN = PC.TraversalSpec(
    name="down", type=vim.Folder, path="childEntity", skip=False, selectSet=[PC.SelectionSpec(name="down")]
)


class Desk:
    """A logged-in caller with a collector."""

    def __init__(self, host: TinyHost) -> None:
        self.host = host
        self.call = Call("Login", host.service.versions.newest, host.clock())
        self.call.session = host.sessions.login(self.call, USER, PASSWORD)
        self.collector = self.new_collector()

    def new_collector(self) -> PropertyCollector:
        return PropertyCollector("collector", self.host.service).CreatePropertyCollector(self.call)

    def watch(self, spec: Any, partial: bool = False) -> Any:
        return self.collector.CreateFilter(self.call, spec, partial)

    async def wait(self, version: str = "", seconds: int | None = 0, most: int | None = None) -> Any:
        options = PC.WaitOptions(maxWaitSeconds=seconds, maxObjectUpdates=most)
        return await self.collector.WaitForUpdatesEx(self.call, version, options)

    def read(self, *specs: Any, most: int | None = None) -> Any:
        return self.collector.RetrievePropertiesEx(self.call, list(specs), PC.RetrieveOptions(maxObjects=most))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    host = TinyHost(tmp_path)
    yield Desk(host)
    host.thread.stop()


def spec_of(obj: Any, *paths: str, **options: Any) -> Any:
    wanted = PC.PropertySpec(type=type(obj), pathSet=list(paths), all=options.pop("all", None))
    return PC.FilterSpec(propSet=[wanted], objectSet=[PC.ObjectSpec(obj=obj)], **options)


def below_root(kind: Any, *paths: str, traversal: Any = DOWN) -> Any:
    start = PC.ObjectSpec(obj=vim.Folder("root"), skip=False, selectSet=[traversal])
    return PC.FilterSpec(propSet=[PC.PropertySpec(type=kind, pathSet=list(paths))], objectSet=[start])


def properties(content: Any) -> dict[str, Any]:
    return {each.name: each.val for each in content.propSet}


def objects_in(result: Any) -> list[str]:
    return [each.obj._moId for each in result.objects]


def told(update: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return kind, object and changes of every object update."""
    return [
        (each.kind, each.obj._moId, {change.name: change.val for change in each.changeSet})
        for of_filter in update.filterSet
        for each in of_filter.objectSet
    ]


def changes_of(update: Any) -> list[tuple[str, str, Any]]:
    [of_filter] = update.filterSet
    [of_object] = of_filter.objectSet
    return [(each.op, each.name, each.val) for each in of_object.changeSet]


# --- properties by path ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "vm1"),
        ("runtime.powerState", "poweredOff"),
        ("config.hardware.numCPU", 4),
        ("config.hardware.device[200].deviceInfo.label", "IDE 0"),
        ('config.extraConfig["hypervisor.cpuid.v0"].value', "FALSE"),
    ],
)
async def test_a_path_leads_to_its_value(desk, path, value):
    [content] = desk.read(spec_of(MACHINE, path)).objects
    assert properties(content) == {path: value}


async def test_values_have_the_declared_type(desk):
    [content] = desk.read(spec_of(MACHINE, "runtime.powerState", "config.hardware.device", "parent")).objects
    assert [type(each.val) for each in content.propSet] == [
        vim.VirtualMachine.PowerState,
        vim.vm.device.VirtualDevice.Array,
        vim.Folder,
    ]


@pytest.mark.parametrize(
    "path",
    ["snapshot", "snapshot.currentSnapshot", "config.annotation", "config.hardware.device[7]", "config.cpuAffinity"],
)
async def test_what_is_unset_is_neither_there_nor_missing(desk, path):
    [content] = desk.read(spec_of(MACHINE, path)).objects
    assert (list(content.propSet), list(content.missingSet)) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        "colour",
        "config.colour",
        "snapshot.colour",
        "name.length",
        "config.hardware.device.key",
        "name[1]",
        "config[1]",
        "",
        ".name",
        "name.",
        "config.hardware.device[200",
    ],
)
async def test_an_unknown_path_is_an_invalid_property(desk, path):
    with pytest.raises(vmodl.query.InvalidProperty) as caught:
        desk.read(spec_of(MACHINE, path))
    assert caught.value.name == path


async def test_what_cannot_be_read_is_missing_with_its_fault(desk):
    [content] = desk.read(spec_of(MACHINE, "guest", "layout", "summary", "name")).objects
    faults = {each.path: type(each.fault)._wsdlName for each in content.missingSet}
    assert faults == {"guest": "NoPermission", "layout": "SystemError", "summary": "NotSupported"}
    assert properties(content) == {"name": "vm1"}
    assert desk.host.registry.missing.counts == {"VirtualMachine.summary": 1}


async def test_all_properties_are_those_of_the_callers_version(desk):
    def names() -> set[str]:
        [content] = desk.read(spec_of(MACHINE, all=True)).objects
        return {each.name for each in content.propSet} | {each.path for each in content.missingSet}

    assert {"name", "parent", "config", "runtime", "layout"} <= names()
    desk.call.version = "vim.version.version1"
    desk.host.machines[0].rootSnapshot = []
    assert "rootSnapshot" not in names()


async def test_a_number_that_does_not_fit_is_never_sent(desk):
    from lab.esxi.wire.soap import render_value

    device = vim.host.PciDevice(id="0", vendorId=0x8086)
    with pytest.raises(ValueError, match="32902 does not fit into xsd:short"):
        render_value("x", device, vim.host.PciDevice, desk.call.version)


# --- selection ------------------------------------------------------------------------------------------------------


async def test_a_traversal_that_names_itself_goes_all_the_way_down(desk):
    assert objects_in(desk.read(below_root(vim.ManagedEntity, "name"))) == ["root", "ha-folder-vm", "1", "2", "3"]


async def test_objects_without_a_property_set_are_not_told(desk):
    assert objects_in(desk.read(below_root(vim.VirtualMachine, "name"))) == ["1", "2", "3"]


async def test_a_traversal_goes_one_step_without_a_selection(desk):
    step = PC.TraversalSpec(type=vim.Folder, path="childEntity", skip=False)
    assert objects_in(desk.read(below_root(vim.ManagedEntity, "name", traversal=step))) == ["root", "ha-folder-vm"]


async def test_what_is_skipped_is_passed_through(desk):
    inner = PC.TraversalSpec(type=vim.Folder, path="childEntity")
    outer = PC.TraversalSpec(type=vim.Folder, path="childEntity", skip=True, selectSet=[inner])
    assert objects_in(desk.read(below_root(vim.ManagedEntity, "name", traversal=outer))) == ["root", "1", "2", "3"]


async def test_a_starting_object_can_be_skipped(desk):
    spec = below_root(vim.ManagedEntity, "name")
    spec.objectSet[0].skip = True
    assert objects_in(desk.read(spec)) == ["ha-folder-vm", "1", "2", "3"]


async def test_a_traversal_of_another_type_leads_nowhere(desk):
    other = PC.TraversalSpec(type=vim.Datacenter, path="vmFolder")
    assert objects_in(desk.read(below_root(vim.ManagedEntity, "name", traversal=other))) == ["root"]


async def test_a_loop_of_references_ends(desk):
    up = PC.TraversalSpec(type=vim.ManagedEntity, path="parent", selectSet=[PC.SelectionSpec(name="down")])
    down = PC.TraversalSpec(
        name="down", type=vim.Folder, path="childEntity", selectSet=[PC.SelectionSpec(name="down"), up]
    )
    assert objects_in(desk.read(below_root(vim.VirtualMachine, "name", traversal=down))) == ["1", "2", "3"]


async def test_a_selection_that_names_nothing_is_refused(desk):
    with pytest.raises(vmodl.fault.InvalidArgument, match="no TraversalSpec is named 'nowhere'"):
        desk.read(below_root(vim.VirtualMachine, "name", traversal=PC.SelectionSpec(name="nowhere")))


async def test_an_object_is_told_once_with_all_its_properties(desk):
    spec = spec_of(MACHINE, "name", "name")
    spec.objectSet *= 2
    spec.propSet.append(PC.PropertySpec(type=vim.ManagedEntity, pathSet=["parent", "name"]))
    [content] = desk.read(spec).objects
    assert list(properties(content)) == ["name", "parent"]


async def test_an_object_that_does_not_exist_is_not_found_unless_it_may_be_missing(desk):
    gone = vim.VirtualMachine("99")
    with pytest.raises(vmodl.fault.ManagedObjectNotFound) as caught:
        desk.read(spec_of(gone, "name"))
    assert caught.value.obj == gone
    assert desk.read(spec_of(gone, "name", reportMissingObjectsInResults=True)) is None


async def test_a_long_result_comes_in_pages(desk):
    page = desk.read(below_root(vim.ManagedEntity, "name"), most=2)
    tokens, seen = [page.token], objects_in(page)
    while page.token:
        page = desk.collector.ContinueRetrievePropertiesEx(desk.call, page.token)
        tokens.append(page.token)
        seen += objects_in(page)
    assert seen == ["root", "ha-folder-vm", "1", "2", "3"]
    assert [token is None for token in tokens] == [False, False, True]
    with pytest.raises(vmodl.query.InvalidProperty, match="is not one of a retrieval that is open"):
        desk.collector.ContinueRetrievePropertiesEx(desk.call, tokens[0])


async def test_the_rest_of_the_pages_can_be_dropped(desk):
    token = desk.read(below_root(vim.ManagedEntity, "name"), most=2).token
    desk.collector.CancelRetrievePropertiesEx(desk.call, token)
    with pytest.raises(vmodl.query.InvalidProperty):
        desk.collector.ContinueRetrievePropertiesEx(desk.call, token)


@pytest.mark.parametrize("most", [0, -1])
async def test_a_page_has_at_least_one_object(desk, most):
    with pytest.raises(vmodl.fault.InvalidArgument):
        desk.read(spec_of(MACHINE, "name"), most=most)


# --- updates --------------------------------------------------------------------------------------------------------


async def test_the_first_update_tells_everything_that_is_set(desk):
    desk.watch(spec_of(MACHINE, "name", "snapshot", "guest"))
    update = await desk.wait()
    assert told(update) == [("enter", "1", {"name": "vm1"})]
    assert [each.path for each in update.filterSet[0].objectSet[0].missingSet] == ["guest"]
    assert (update.version, update.truncated) == ("1", None)


async def test_nothing_new_is_no_update(desk):
    desk.watch(spec_of(MACHINE, "name"))
    first = await desk.wait()
    assert await desk.wait(first.version) is None
    assert await desk.collector.CheckForUpdates(desk.call, first.version) is None


async def test_a_change_is_told_as_the_whole_property(desk):
    desk.watch(spec_of(MACHINE, "name", "runtime"))
    version = (await desk.wait()).version
    desk.host.machines[0]._power = "poweredOn"
    [(op, name, value)] = changes_of(await desk.wait(version))
    assert (op, name, value.powerState, type(value)) == ("assign", "runtime", "poweredOn", vim.vm.RuntimeInfo)


async def test_a_partial_change_is_told_where_it_is(desk):
    machine = desk.host.machines[0]
    desk.watch(spec_of(MACHINE, "runtime", "config"), partial=True)
    version = (await desk.wait()).version
    machine._power, machine._note = "poweredOn", "a note"
    machine._devices = {200: "IDE 7", 201: "IDE 1"}
    machine._extra = {"svga.present": "FALSE"}
    found = changes_of(await desk.wait(version))
    values = {(op, name): value for op, name, value in found}
    added = values.pop(("add", "config.hardware.device[201]"))
    setting = values.pop(("add", 'config.extraConfig["svga.present"]'))
    assert (added.deviceInfo.label, setting.value) == ("IDE 1", "FALSE")
    assert values == {
        ("assign", "runtime.powerState"): "poweredOn",
        ("assign", "config.annotation"): "a note",
        ("assign", "config.hardware.device[200].deviceInfo.label"): "IDE 7",
        ("remove", 'config.extraConfig["hypervisor.cpuid.v0"]'): None,
    }
    assert type(values[("assign", "runtime.powerState")]) is vim.VirtualMachine.PowerState


async def test_what_becomes_unset_is_assigned_nothing(desk):
    machine = desk.host.machines[0]
    machine._note = "a note"
    desk.watch(spec_of(MACHINE, "config.annotation"))
    version = (await desk.wait()).version
    machine._note = None
    assert changes_of(await desk.wait(version)) == [("assign", "config.annotation", None)]


async def test_what_goes_with_its_enclosing_value_is_removed_indirectly(desk, monkeypatch):
    desk.watch(spec_of(MACHINE, "runtime.powerState"))
    version = (await desk.wait()).version
    monkeypatch.setattr(VirtualMachine, "runtime", None)
    assert changes_of(await desk.wait(version)) == [("indirectRemove", "runtime.powerState", None)]


async def test_a_value_that_is_changed_in_place_is_noticed(desk, monkeypatch):
    held = vim.vm.GuestInfo(toolsStatus="toolsOk", guestState="running")
    monkeypatch.setattr(VirtualMachine, "guest", held)
    desk.watch(spec_of(MACHINE, "guest"))
    version = (await desk.wait()).version
    held.guestState = "notRunning"
    assert [name for _, name, _ in changes_of(await desk.wait(version))] == ["guest"]


async def test_objects_come_and_go(desk):
    host = desk.host
    desk.watch(below_root(vim.VirtualMachine, "name"))
    version = (await desk.wait()).version
    host.registry.remove(host.vms.childEntity.pop(0).moid)
    host.registry.add(VirtualMachine("4", "vm4", host.vms, host.tasks))
    update = await desk.wait(version)
    assert told(update) == [("enter", "4", {"name": "vm4"}), ("leave", "1", {})]


async def test_a_starting_object_that_is_gone_is_missing(desk):
    desk.watch(spec_of(vim.VirtualMachine("99"), "name", reportMissingObjectsInResults=True))
    update = await desk.wait()
    [missing] = update.filterSet[0].missingSet
    assert (missing.obj._moId, type(missing.fault)) == ("99", vmodl.fault.ManagedObjectNotFound)
    assert await desk.wait(update.version) is None


async def test_a_filter_is_checked_when_it_is_made(desk):
    with pytest.raises(vmodl.query.InvalidProperty):
        desk.watch(spec_of(MACHINE, "colour"))
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        desk.watch(spec_of(vim.VirtualMachine("99"), "name"))
    assert desk.collector.filter == []


async def test_a_filter_that_is_destroyed_tells_nothing(desk):
    made, kept = desk.watch(spec_of(MACHINE, "name")), desk.watch(spec_of(MACHINE, "parent"))
    made.DestroyPropertyFilter(desk.call)
    assert desk.collector.filter == [kept]
    assert made.moid not in desk.call.session.objects
    assert [list(each[2]) for each in told(await desk.wait())] == [["parent"]]


async def test_a_new_filter_is_told_with_the_next_update(desk):
    desk.watch(spec_of(MACHINE, "name"))
    version = (await desk.wait()).version
    made = desk.watch(spec_of(vim.VirtualMachine("2"), "name"))
    update = await desk.wait(version)
    assert told(update) == [("enter", "2", {"name": "vm2"})]
    assert update.filterSet[0].filter == made.ref


async def test_a_version_counts_up_and_an_unknown_one_is_refused(desk):
    desk.watch(spec_of(MACHINE, "name"))
    for version in ("7", "x"):
        with pytest.raises(vmodl.query.InvalidCollectorVersion):
            await desk.wait(version)
    assert (await desk.wait()).version == "1"
    desk.host.machines[0].name = "other"
    assert (await desk.wait("1")).version == "2"
    with pytest.raises(vmodl.query.InvalidCollectorVersion):
        await desk.wait("7")


async def test_an_answer_that_was_lost_is_given_again(desk):
    desk.watch(spec_of(MACHINE, "name"))
    await desk.wait()
    desk.host.machines[0].name = "other"
    update = await desk.wait("1")
    assert await desk.wait("1") is update


async def test_no_version_begins_anew(desk):
    desk.watch(spec_of(MACHINE, "name"))
    first = await desk.wait()
    again = await desk.wait()
    assert told(first) == told(again)
    assert again.version == "1"


async def test_many_updates_come_truncated(desk):
    desk.watch(below_root(vim.ManagedEntity, "name"))
    desk.watch(spec_of(MACHINE, "parent"))
    seen, version, flags = [], "", []
    while not flags or flags[-1]:
        update = await desk.wait(version, most=2)
        version = update.version
        flags.append(update.truncated)
        seen.append([each[1] for each in told(update)])
    assert seen == [["root", "ha-folder-vm"], ["1", "2"], ["3", "1"]]
    assert flags == [True, True, None]


async def test_what_is_missing_is_told_once_in_truncated_updates(desk):
    spec = spec_of(MACHINE, "name", reportMissingObjectsInResults=True)
    spec.objectSet += [PC.ObjectSpec(obj=vim.VirtualMachine(moid)) for moid in ("99", "2")]
    desk.watch(spec_of(MACHINE, "parent"))
    desk.watch(spec)
    updates = [await desk.wait("", most=1)]
    while updates[-1].truncated:
        updates.append(await desk.wait(updates[-1].version, most=1))
    missing = [[each.obj._moId for of in update.filterSet for each in of.missingSet] for update in updates]
    assert missing == [[], [], ["99"]]


async def test_the_old_wait_is_never_truncated(desk):
    desk.host.vms.childEntity += [Folder(f"f{number}", "f", desk.host.root) for number in range(150)]
    desk.host.registry.add(*desk.host.vms.childEntity[-150:])
    desk.watch(below_root(vim.ManagedEntity, "name"))
    assert len(told(await desk.wait())) == 100
    assert len(told(await desk.collector.WaitForUpdates(desk.call, ""))) == 155


@pytest.mark.parametrize(("seconds", "most"), [(-1, None), (0, 0), (0, -5)])
async def test_options_that_make_no_sense_are_refused(desk, seconds, most):
    with pytest.raises(vmodl.fault.InvalidArgument):
        await desk.wait("", seconds, most)


# --- waiting --------------------------------------------------------------------------------------------------------


async def begin(desk: Desk, work: Awaitable[Any]) -> asyncio.Future[Any]:
    waiting = asyncio.ensure_future(work)
    while desk.collector._waiting is None:
        await asyncio.sleep(0)
    return waiting


async def test_who_waits_is_woken_by_a_change(desk):
    desk.watch(spec_of(MACHINE, "name"))
    await desk.wait()
    waiting = await begin(desk, desk.wait("1", None))
    desk.host.registry.changed()
    await asyncio.sleep(0.01)
    assert not waiting.done()
    desk.host.machines[0].name = "other"
    desk.host.registry.changed()
    assert told(await asyncio.wait_for(waiting, BOUND_S)) == [("modify", "1", {"name": "other"})]


async def test_a_journal_entry_wakes_who_waits(desk):
    desk.watch(spec_of(MACHINE, "name"))
    await desk.wait()
    waiting = await begin(desk, desk.wait("1", None))
    desk.host.machines[0].name = "other"
    desk.host.journal.record("shell", "root", "vim-cmd vmsvc/reload 1")
    assert told(await asyncio.wait_for(waiting, 0.5)) == [("modify", "1", {"name": "other"})]


async def test_a_change_that_nobody_announced_is_found_all_the_same(desk):
    desk.watch(spec_of(MACHINE, "name"))
    await desk.wait()
    waiting = await begin(desk, desk.wait("1", None))
    desk.host.machines[0].name = "other"
    assert told(await asyncio.wait_for(waiting, BOUND_S)) == [("modify", "1", {"name": "other"})]


async def test_a_wait_ends_with_its_time(desk):
    desk.watch(spec_of(MACHINE, "name"))
    await desk.wait()
    begun = asyncio.get_running_loop().time()
    assert await desk.wait("1", 1) is None
    assert asyncio.get_running_loop().time() - begun >= 1


def end_by_cancel(desk: Desk) -> None:
    desk.collector.CancelWaitForUpdates(desk.call)


def end_by_destroying(desk: Desk) -> None:
    desk.collector.DestroyPropertyCollector(desk.call)


def end_by_logout(desk: Desk) -> None:
    desk.host.sessions.logout(desk.call)


@pytest.mark.parametrize("end", [end_by_cancel, end_by_destroying, end_by_logout])
async def test_a_wait_is_cancelled(desk, end: Callable[[Desk], None]):
    desk.watch(spec_of(MACHINE, "name"))
    await desk.wait()
    waiting = await begin(desk, desk.wait("1", None))
    end(desk)
    with pytest.raises(vmodl.fault.RequestCanceled):
        await asyncio.wait_for(waiting, BOUND_S)
    assert desk.host.registry._listeners == []


async def test_a_second_wait_cancels_the_first(desk):
    desk.watch(spec_of(MACHINE, "name"))
    await desk.wait()
    first = await begin(desk, desk.wait("1", None))
    second = asyncio.ensure_future(desk.wait("1", None))
    with pytest.raises(vmodl.fault.RequestCanceled):
        await asyncio.wait_for(first, BOUND_S)
    desk.host.machines[0].name = "other"
    desk.host.registry.changed()
    assert told(await asyncio.wait_for(second, BOUND_S)) == [("modify", "1", {"name": "other"})]


async def test_destroying_a_collector_leaves_nothing_in_the_session(desk):
    desk.watch(spec_of(MACHINE, "name"))
    before = len(desk.call.session.objects)
    desk.collector.DestroyPropertyCollector(desk.call)
    assert (before, desk.call.session.objects) == (2, {})


@pytest.mark.parametrize(
    ("value", "declared", "text"),
    [
        (
            vim.Description(label="", summary=""),
            vim.vm.RuntimeInfo,
            "vim.Description where the schema says vim.vm.RuntimeInfo",
        ),
        (vim.Folder("1"), vim.VirtualMachine, "vim.Folder where the schema says vim.VirtualMachine"),
        (
            "asleep",
            vim.VirtualMachine.PowerState,
            "'asleep' is not a .*PowerState; allowed: poweredOff, poweredOn, suspended",
        ),
        (70_000, VmomiSupport.short, "70000 does not fit into xsd:short"),
        ("text", vim.Description, "str where the schema says vim.Description"),
    ],
)
def test_a_value_is_of_the_declared_type_or_an_error(value, declared, text):
    with pytest.raises((TypeError, ValueError), match=text):
        to_wire(value, declared)


@pytest.mark.parametrize(
    ("value", "declared"),
    [
        (5, VmomiSupport.long),
        (VmomiSupport.long(5), int),
        (-32634, VmomiSupport.short),
        (1, float),
        ("poweredOn", vim.VirtualMachine.PowerState),
        (["a"], VmomiSupport.GetVmodlType("string[]")),
        ([], vim.VirtualMachine.Array),
    ],
)
def test_a_value_becomes_the_declared_type(value, declared):
    made = to_wire(value, declared)
    assert (type(made), made) == (declared, value)


def test_every_object_has_a_type_of_the_schema():
    with pytest.raises(KeyError):
        type("Toaster", (ManagedObject,), {"wsdl_name": "Toaster"}).schema()
