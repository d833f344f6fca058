"""VMs as a pyVmomi client sees them and changes them."""

from __future__ import annotations

import pytest
from pyVmomi import vim, vmodl

from lab.esxi.wire.faults import fault
from tests.unit.esxi.vm_host import AUDIO, GPU
from tests.unit.esxi.vm_stack import VmStack, add, dev, ended, iso_drive, until, win10


@pytest.fixture
def stack(tmp_path):
    made = VmStack(tmp_path)
    made.start()
    yield made
    missing, crashes = dict(made.stack.registry.missing.counts), list(made.stack.registry.crashes)
    made.stop()
    assert (missing, crashes) == (getattr(made, "expected_missing", {}), [])


def by_key(vm) -> dict:
    return {device.key: device for device in vm.config.hardware.device}


def passthrough(stack: VmStack, place: int = 0, **changed):
    """Return the addition of a device as a careful client fills it: from the list of what can be attached."""
    vm = stack.folder.childEntity[0]
    target = vm.environmentBrowser.QueryConfigTarget(None).pciPassthrough[place]
    ids = {"id": target.pciDevice.id, "deviceId": f"{target.pciDevice.deviceId & 0xFFFF:04x}",
           "systemId": target.systemId, "vendorId": target.pciDevice.vendorId, "deviceName": target.name}  # fmt: skip
    backing = dev.VirtualPCIPassthrough.DeviceBackingInfo(**{**ids, **changed})
    return add(dev.VirtualPCIPassthrough(key=-1, backing=backing))


def reconfigure(vm, *changes, **values):
    return ended(vm.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=list(changes), **values)))


def test_a_vm_is_what_its_spec_said(stack):
    vm = stack.create(win10())
    config = vm.config
    assert (config.name, config.guestId, config.version, config.firmware) == (
        "win10", "windows9_64Guest", "vmx-19", "efi",
    )  # fmt: skip
    assert (config.hardware.numCPU, config.hardware.numCoresPerSocket, config.hardware.memoryMB) == (4, 4, 8192)
    assert (config.memoryReservationLockedToMax, config.memoryAllocation.reservation) == (True, 8192)
    assert {option.key: option.value for option in config.extraConfig}["hypervisor.cpuid.v0"] == "FALSE"
    assert config.files.vmPathName == "[datastore1] win10/win10.vmx"
    assert config.bootOptions.efiSecureBootEnabled is False
    assert [vm.name for vm in stack.folder.childEntity] == ["win10"]


def test_devices_have_the_keys_and_labels_of_a_host(stack):
    devices = by_key(stack.create(win10(iso_drive("[datastore1] iso/win10.iso"))))
    labels = {key: device.deviceInfo.label for key, device in devices.items()}
    assert labels == {
        100: "PCI controller 0", 200: "IDE 0", 201: "IDE 1", 300: "PS2 controller 0", 400: "SIO controller 0",
        500: "Video card", 600: "Keyboard", 700: "Pointing device", 1000: "SCSI controller 0", 2000: "Hard disk 1",
        3000: "CD/DVD drive 1", 4000: "Network adapter 1", 12000: "VMCI device",
    }  # fmt: skip
    disk, drive, nic = devices[2000], devices[3000], devices[4000]
    assert (disk.capacityInKB, disk.backing.fileName) == (1 << 20, "[datastore1] win10/win10.vmdk")
    assert (disk.backing.thinProvisioned, disk.backing.diskMode) == (True, "persistent")
    assert (drive.backing.fileName, drive.connectable.startConnected) == ("[datastore1] iso/win10.iso", True)
    assert (nic.deviceInfo.summary, nic.backing.deviceName, nic.addressType) == (
        "VM Network", "VM Network", "generated",
    )  # fmt: skip
    assert list(devices[1000].device) == [2000]


def test_every_property_of_a_vm_can_be_read(stack):
    vm = stack.create(win10())
    ended(vm.CreateSnapshot_Task("one", "first", False, False))
    ended(vm.PowerOnVM_Task())
    for name in [each.name for each in vim.VirtualMachine._GetPropertyList()]:
        if name not in ("alarmActionsEnabled", "permission"):
            getattr(vm, name)
    summary = vm.summary
    assert (summary.runtime.powerState, summary.config.numCpu, summary.guest.guestId) == (
        "poweredOn", 4, "windows9_64Guest",
    )  # fmt: skip
    assert (vm.layout.configFile, vm.layout.logFile) == (["win10.nvram", "win10.vmsd", "win10.vmx"], ["vmware.log"])
    assert {file.type for file in vm.layoutEx.file} >= {"config", "diskDescriptor", "diskExtent", "log"}
    assert vm.snapshot.rootSnapshotList[0].name == "one"
    assert vm.capability.nestedHVSupported


def test_a_disk_that_is_edited_as_it_was_read_stays_and_a_larger_one_grows(stack):
    vm = stack.create(win10())
    disk = by_key(vm)[2000]
    disk.capacityInKB *= 2
    reconfigure(vm, dev.VirtualDeviceSpec(operation="edit", device=disk))
    assert by_key(vm)[2000].capacityInKB == 1 << 21
    before = vm.config.changeVersion
    reconfigure(vm, dev.VirtualDeviceSpec(operation="edit", device=by_key(vm)[4000]))
    assert vm.config.changeVersion == before


def test_a_change_of_an_older_version_is_refused(stack):
    vm = stack.create(win10())
    old = vm.config.changeVersion
    reconfigure(vm, annotation="first", changeVersion=old)
    with pytest.raises(vim.fault.ConcurrentAccess):
        reconfigure(vm, annotation="second", changeVersion=old)
    assert vm.config.annotation == "first"


def test_settings_come_and_go_as_extra_config(stack):
    vm = stack.create(win10())
    option = vim.option.OptionValue
    reconfigure(vm, extraConfig=[option(key="svga.present", value="FALSE"), option(key="my.bool", value=True)])
    found = {each.key: each.value for each in vm.config.extraConfig}
    assert (found["svga.present"], found["my.bool"]) == ("FALSE", "TRUE")
    reconfigure(vm, extraConfig=[option(key="svga.present", value="")])
    assert "svga.present" not in {each.key for each in vm.config.extraConfig}


def test_shares_and_reservations(stack):
    vm = stack.create(win10())
    info = vim.ResourceAllocationInfo(reservation=100, limit=2000, shares=vim.SharesInfo(level="custom", shares=77))
    reconfigure(vm, cpuAllocation=info)
    found = vm.config.cpuAllocation
    assert (found.reservation, found.limit, found.shares.level, found.shares.shares) == (100, 2000, "custom", 77)
    assert vm.config.memoryAllocation.shares.shares == 81920


def test_only_active_devices_can_be_attached_and_a_right_backing_powers_on(stack):
    vm = stack.create(win10())
    assert vm.environmentBrowser.QueryConfigTarget(None).pciPassthrough == []
    stack.on_host(lambda: stack.bench.enable(GPU, AUDIO))
    reconfigure(vm, passthrough(stack, 0), passthrough(stack, 1))
    card = by_key(vm)[13000]
    assert (card.deviceInfo.label, card.backing.id, card.backing.deviceId, card.backing.vendorId) == (
        "PCI device 0", GPU, "1f82", 0x10DE,
    )  # fmt: skip
    ended(vm.PowerOnVM_Task())
    assert by_key(vm)[13000].slotInfo.pciSlotNumber == 160
    with pytest.raises(vim.fault.InvalidPowerState):
        reconfigure(vm, dev.VirtualDeviceSpec(operation="remove", device=card))
    with pytest.raises(vim.fault.SnapshotFault):
        ended(vm.CreateSnapshot_Task("x", None, True, False))
    with pytest.raises(vmodl.fault.NotSupported, match="cannot be suspended"):
        ended(vm.SuspendVM_Task())


@pytest.mark.parametrize("wrong", [{"deviceId": "8066"}, {"deviceId": ""}, {"systemId": ""}, {"vendorId": -1}])
def test_wrong_ids_are_taken_and_fail_at_the_power_on(stack, wrong):
    vm = stack.create(win10())
    stack.on_host(lambda: stack.bench.enable(GPU, AUDIO))
    reconfigure(vm, passthrough(stack, **wrong))
    with pytest.raises(vim.fault.GenericVmConfigFault) as refused:
        ended(vm.PowerOnVM_Task())
    assert refused.value.reason == (
        "The systemId does not match the current system or the deviceId, and the vendorId does not match the device "
        "currently at 1:0.0."
    )
    assert vm.runtime.powerState == "poweredOff"


def test_a_device_that_is_not_active_is_no_backing(stack):
    vm = stack.create(win10())
    stack.on_host(lambda: stack.bench.enable(GPU))
    with pytest.raises(vim.fault.InvalidDeviceBacking) as refused:
        reconfigure(vm, passthrough(stack, id=AUDIO))
    assert refused.value.deviceIndex == 0
    with pytest.raises(vim.fault.InvalidDeviceSpec):
        reconfigure(vm, passthrough(stack), passthrough(stack))


def test_a_dynamic_device_says_which_one_it_got(stack):
    vm = stack.create(win10())
    stack.on_host(lambda: stack.bench.enable(GPU, AUDIO))
    kind = vm.environmentBrowser.QueryConfigTarget(None).dynamicPassthrough[0]
    allowed = dev.VirtualPCIPassthrough.AllowedDevice(vendorId=kind.vendorId, deviceId=kind.deviceId)
    backing = dev.VirtualPCIPassthrough.DynamicBackingInfo(deviceName="", allowedDevice=[allowed])
    reconfigure(vm, add(dev.VirtualPCIPassthrough(key=-1, backing=backing)))
    assert by_key(vm)[13000].backing.assignedId == ""
    ended(vm.PowerOnVM_Task())
    found = by_key(vm)[13000].backing
    assert (found.assignedId, found.allowedDevice[0].deviceId) == (GPU, 0x1F82)


def test_powers_and_their_faults(stack):
    vm = stack.create(win10())
    with pytest.raises(vim.fault.InvalidPowerState) as refused:
        ended(vm.PowerOffVM_Task())
    assert refused.value.existingState == "poweredOff"
    with pytest.raises(vim.fault.InvalidPowerState):
        vm.ShutdownGuest()
    ended(vm.PowerOnVM_Task())
    with pytest.raises(vim.fault.ToolsUnavailable):
        vm.ShutdownGuest()
    with pytest.raises(vim.fault.InvalidPowerState):
        ended(vm.Destroy_Task())
    ended(vm.ResetVM_Task())
    ended(vm.SuspendVM_Task())
    assert vm.runtime.powerState == "suspended"
    ended(vm.PowerOnVM_Task())
    ended(vm.PowerOffVM_Task())
    ended(vm.Destroy_Task())
    assert stack.folder.childEntity == []
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        _ = vm.name


def test_windows_installs_itself_and_tools_tell_of_it(stack):
    stack.on_host(stack.bench.iso)
    vm = stack.create(win10(iso_drive("[datastore1] iso/win10.iso")))
    assert vm.guest.toolsVersionStatus2 == "guestToolsNotInstalled"
    ended(vm.PowerOnVM_Task())
    until(lambda: vm.guest.toolsRunningStatus == "guestToolsRunning")
    assert (vm.guest.guestFamily, vm.guest.ipAddress, vm.guest.guestState) == ("windowsGuest", "192.0.2.2", "running")
    assert vm.guest.net[0].macAddress == by_key(vm)[4000].macAddress
    vm.RebootGuest()
    until(lambda: vm.guest.toolsRunningStatus == "guestToolsRunning")
    vm.StandbyGuest()
    assert (vm.guest.guestState, vm.runtime.powerState) == ("standby", "poweredOn")
    ended(vm.PowerOnVM_Task())
    vm.ShutdownGuest()
    until(lambda: vm.runtime.powerState == "poweredOff")


def test_a_moved_vm_waits_for_an_answer(stack):
    vm = stack.create(win10())
    moved = stack.on_host(lambda: stack.vms.all[0].path.parent)
    vm.UnregisterVM()
    moved.rename(moved.with_name("moved"))
    again = ended(stack.folder.RegisterVM_Task("[datastore1] moved/win10.vmx", None, False, stack.site.pool_ref))
    task = again.PowerOnVM_Task()
    until(lambda: again.runtime.question is not None)
    question = again.runtime.question
    assert (task.info.state, question.message[0].id) == ("running", "msg.uuid.altered")
    keys = {choice.label: choice.key for choice in question.choice.choiceInfo}
    with pytest.raises(vmodl.fault.InvalidArgument):
        again.AnswerVM("77", "1")
    again.AnswerVM(question.id, keys["button.uuid.movedTheVM"])
    ended(task)
    assert (again.runtime.question, again.runtime.powerState) == (None, "poweredOn")


def test_a_cancelled_answer_fails_the_task_that_waited(stack):
    vm = stack.create(win10())
    folder = stack.on_host(lambda: stack.vms.all[0].path.parent)
    vm.UnregisterVM()
    folder.rename(folder.with_name("moved"))
    again = ended(stack.folder.RegisterVM_Task("[datastore1] moved/win10.vmx", None, False, stack.site.pool_ref))
    task = again.PowerOnVM_Task()
    until(lambda: again.runtime.question is not None)
    again.AnswerVM(again.runtime.question.id, "0")
    with pytest.raises(vim.fault.GenericVmConfigFault, match="cancelled"):
        ended(task)


def test_snapshots_are_objects_that_come_and_go(stack):
    vm = stack.create(win10())
    first = ended(vm.CreateSnapshot_Task("first", "d", False, False))
    second = ended(vm.CreateSnapshot_Task("second", None, False, False))
    assert (first.vm, list(first.childSnapshot)) == (vm, [second])
    assert vm.snapshot.currentSnapshot == second
    first.RenameSnapshot("renamed", None)
    tree = vm.snapshot.rootSnapshotList[0]
    assert (tree.name, tree.description, [each.name for each in tree.childSnapshotList]) == (
        "renamed", "d", ["second"],
    )  # fmt: skip
    reconfigure(vm, memoryMB=4096)
    ended(first.RevertToSnapshot_Task())
    assert (vm.config.hardware.memoryMB, vm.snapshot.currentSnapshot) == (8192, first)
    ended(first.RemoveSnapshot_Task(removeChildren=False))
    assert [each.name for each in vm.snapshot.rootSnapshotList] == ["second"]
    ended(vm.RemoveAllSnapshots_Task())
    assert vm.snapshot is None
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        _ = second.vm


def test_names_and_files_that_are_taken(stack):
    vm = stack.create(win10())
    with pytest.raises(vim.fault.DuplicateName) as refused:
        stack.create(win10())
    assert refused.value.name == "win10"
    with pytest.raises(vim.fault.AlreadyExists):
        ended(stack.folder.RegisterVM_Task("[datastore1] win10/win10.vmx", "x", False, stack.site.pool_ref))
    with pytest.raises(vim.fault.FileNotFound):
        ended(stack.folder.RegisterVM_Task("[datastore1] no/no.vmx", None, False, stack.site.pool_ref))
    ended(vm.Rename_Task("other"))
    assert vm.name == "other"


def test_what_a_spec_gets_wrong_comes_back_as_its_fault(stack):
    vm = stack.create(win10())
    for values, kind in (
        ({"guestId": "made_up"}, vmodl.fault.InvalidArgument),
        ({"version": "vmx-99"}, vmodl.fault.InvalidArgument),
        ({"memoryMB": 1023}, vmodl.fault.InvalidArgument),
    ):
        with pytest.raises(kind) as refused:
            reconfigure(vm, **values)
        assert refused.value.invalidProperty == f"configSpec.{next(iter(values))}"
    gone = dev.VirtualDeviceSpec(operation="remove", device=dev.VirtualE1000(key=4007))
    with pytest.raises(vim.fault.InvalidDeviceSpec):
        reconfigure(vm, gone)
    ended(vm.UpgradeVM_Task("vmx-20"))
    with pytest.raises(vim.fault.AlreadyUpgraded):
        ended(vm.UpgradeVM_Task("vmx-20"))


def test_what_is_not_simulated_is_refused_and_recorded(stack):
    vm = stack.create(win10())
    with pytest.raises(vmodl.fault.NotSupported, match="CloneVM_Task is not simulated"):
        vm.CloneVM_Task(
            stack.folder, "x", vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False)
        )
    with pytest.raises(vmodl.fault.NotSupported, match=r"ConfigSpec\.vAppConfig is not simulated"):
        reconfigure(vm, vAppConfig=vim.vApp.VmConfigSpec())
    with pytest.raises(vmodl.fault.NotSupported, match="the device VirtualTPM is not simulated"):
        reconfigure(vm, add(dev.VirtualTPM(key=-1)))
    stack.expected_missing = {"CloneVM_Task": 1, "ConfigSpec.vAppConfig": 1, "the device VirtualTPM": 1}


def test_the_browser_knows_versions_and_guests(stack):
    vm = stack.create(win10())
    browser = vm.environmentBrowser
    keys = [each.key for each in browser.QueryConfigOptionDescriptor()]
    assert (keys[0], keys[-1], "vmx-12" in keys) == ("vmx-04", "vmx-21", False)
    option = browser.QueryConfigOption("vmx-19", None)
    assert option.hardwareOptions.hwVersion == 19
    assert "windows9_64Guest" in {each.id for each in option.guestOSDescriptor}
    assert browser.QueryConfigOption(None, None).version == "vmx-19"
    with pytest.raises(vmodl.fault.InvalidArgument):
        browser.QueryConfigOption("vmx-99", None)
    spec = vim.EnvironmentBrowser.ConfigOptionQuerySpec(key="vmx-17", guestId=["ubuntu64Guest"])
    assert [each.id for each in browser.QueryConfigOptionEx(spec).guestOSDescriptor] == ["ubuntu64Guest"]
    assert browser.QueryConfigTarget(None).network[0].name == "VM Network"


def test_a_vm_that_was_registered_by_another_way_is_there_too(stack):
    vm = stack.create(win10())
    stack.on_host(lambda: stack.vms.create("", _change("shell")))
    names = {each.name for each in stack.folder.childEntity}
    stack.on_host(lambda: stack.vms.unregister(stack.vms.by_name("shell")))
    assert (names, [each.name for each in stack.folder.childEntity]) == ({"win10", "shell"}, [vm.name])


def _change(name):
    from lab.esxi.machine.vm_config import ConfigChange

    return ConfigChange({"name": name})


def test_a_changed_state_reaches_who_waits_for_it(stack):
    vm = stack.create(win10())
    collector = stack.content.propertyCollector.CreatePropertyCollector()
    paths = vim.PropertyCollector.PropertySpec(
        type=vim.VirtualMachine, pathSet=["guest.guestState", "runtime.powerState"]
    )
    chosen = vim.PropertyCollector.FilterSpec(propSet=[paths], objectSet=[vim.PropertyCollector.ObjectSpec(obj=vm)])
    collector.CreateFilter(chosen, True)
    first = collector.WaitForUpdatesEx("", None)
    stack.on_host(lambda: stack.vms.all[0].power.on())
    options = vim.PropertyCollector.WaitOptions(maxWaitSeconds=10)
    second = collector.WaitForUpdatesEx(first.version, options)
    changes = {each.name: each.val for each in second.filterSet[0].objectSet[0].changeSet}
    assert changes["runtime.powerState"] == "poweredOn"


def test_a_reconfiguration_needs_the_privilege_of_what_it_changes(stack):
    vm = stack.create(win10())
    asked: list[str] = []

    def authorize(call, obj, privilege):
        asked.append(privilege)
        if privilege == "VirtualMachine.Config.Memory":
            raise fault("NoPermission", object=obj.ref, privilegeId=privilege)

    stack.stack.service.hooks.authorize = authorize
    with pytest.raises(vim.fault.NoPermission) as refused:
        vm.ReconfigVM_Task(vim.vm.ConfigSpec(memoryMB=4096))
    assert refused.value.privilegeId == "VirtualMachine.Config.Memory"
    drive = iso_drive("[datastore1] iso/win10.iso")
    reconfigure(vm, drive, annotation="x", numCPUs=8, extraConfig=[vim.option.OptionValue(key="a", value="b")])
    wanted = {"Annotation", "CPUCount", "AdvancedConfig", "AddRemoveDevice"}
    assert {f"VirtualMachine.Config.{name}" for name in wanted} <= set(asked)
    disk = by_key(vm)[2000]
    reconfigure(vm, dev.VirtualDeviceSpec(operation="remove", device=disk))
    assert "VirtualMachine.Config.RemoveDisk" in asked
