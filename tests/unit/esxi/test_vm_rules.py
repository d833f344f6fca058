"""Every rule about VMs: a case that it refuses, a neighbor that it permits, and that it alone makes the difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lab.esxi import rules
from lab.esxi.machine import guest_files, guest_programs, vms  # noqa: F401  they declare rules
from lab.esxi.machine.guest_process import NotSimulated, Program
from lab.esxi.machine.passthrough import PassthroughChange
from lab.esxi.machine.vm import Vm
from lab.esxi.machine.vm_config import ConfigChange, DeviceChange, DiskOrder
from lab.esxi.machine.vm_devices import AllowedDevice, BuiltIn, Cdrom, Disk, Nic, PciDynamic, StorageController
from lab.esxi.machine.vm_nodes import Node
from lab.esxi.rules import RuleBroken
from tests.unit.esxi.vm_host import (
    AUDIO,
    GPU,
    USB,
    VmHost,
    added,
    cdrom,
    make_vm_host,
    new_disk,
)

Step = Callable[[VmHost], object]
TOPICS = ("vm.", "vmx.", "guest.")


@dataclass(frozen=True)
class Case:
    """A rule's pair: `prepare` makes a VM, `refused` breaks the rule, `permitted` comes as close as it may."""

    rule: str
    text: str
    refused: Callable[[VmHost, Vm], object]
    permitted: Callable[[VmHost, Vm], object]
    prepare: Callable[[VmHost], Vm] = lambda host: host.create()
    profile: str = "seed-8.0u3"


def put(**values: object) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: vm.reconfigure(ConfigChange(values))


def on(host: VmHost, vm: Vm) -> object:
    return vm.power.on()


def off(host: VmHost, vm: Vm) -> object:
    return vm.power.off()


def then(*steps: Callable[[VmHost, Vm], object]) -> Callable[[VmHost, Vm], object]:
    def run(host: VmHost, vm: Vm) -> object:
        return [step(host, vm) for step in steps]

    return run


def ready(host: VmHost) -> Vm:
    return host.ready()


def running(host: VmHost) -> Vm:
    vm = host.create()
    vm.power.on()
    return vm


def with_windows(host: VmHost) -> Vm:
    vm = host.create()
    host.install(vm)
    vm.power.on()
    host.scheduler.advance(40)
    return vm


def edit(key: str, value: str | None) -> Callable[[VmHost, Vm], object]:
    """Edit the VMX file by hand and load it."""

    def run(host: VmHost, vm: Vm) -> object:
        vm.path.write_text(vm.vmx.changed({key: value}).render())
        return vm.reload()

    return run


def write(text: str) -> Callable[[VmHost, Vm], object]:
    def run(host: VmHost, vm: Vm) -> object:
        vm.path.write_text(vm.vmx.render() + text)
        return vm.reload()

    return run


def devices(*changes: DeviceChange) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: vm.reconfigure(ConfigChange(devices=changes))


def attach(*addresses: str) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: host.attach(vm, *addresses)


def detach(host: VmHost, vm: Vm) -> object:
    return host.detach(vm)


def dynamic(device_id: int = 0x1F82, label: str = "") -> DeviceChange:
    return added(PciDynamic(0, (AllowedDevice(0x10DE, device_id),), label))


def many(count: int) -> Callable[[VmHost, Vm], object]:
    changes = [added(PciDynamic(n, (AllowedDevice(0x10DE, 0x1F82),))) for n in range(count)]
    return devices(*changes)


def fixed_with(**fields: str) -> Callable[[VmHost, Vm], object]:
    def run(host: VmHost, vm: Vm) -> object:
        return vm.reconfigure(ConfigChange(devices=(added(replace(host.fixed(GPU), **fields)),)))

    return run


def enabled(host: VmHost) -> Vm:
    host.enable(GPU, AUDIO)
    return host.create()


def two(first: str, second: str) -> Callable[[VmHost], Vm]:
    """Make two VMs with one device each; the first one runs."""

    def run(host: VmHost) -> Vm:
        host.enable(GPU, AUDIO, USB)
        other, vm = host.create("other"), host.create()
        host.attach(other, first)
        host.attach(vm, second)
        other.power.on()
        return vm

    return run


def large(**values: object) -> Callable[[VmHost], Vm]:
    def run(host: VmHost) -> Vm:
        host.enable(GPU)
        vm = host.create(**values)
        host.attach(vm, GPU)
        return vm

    return run


def extra(**pairs: str) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: vm.reconfigure(ConfigChange(extra={k.replace("__", "."): v for k, v in pairs.items()}))


WINDOW = {"pciPassthru__use64bitMMIO": "TRUE", "pciPassthru__64bitMMIOSizeGB": "64"}


def answer(question: str, choice: str) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: vm.questions.answer(question, choice)


def moved(host: VmHost) -> Vm:
    """Make a VM that lies elsewhere than before."""
    vm = host.create()
    host.vms.unregister(vm)
    return host.vms.register(vm.path.parent.rename(vm.path.parent.with_name("moved")) / "win10.vmx")


def installing(host: VmHost) -> Vm:
    host.iso()
    vm = host.create("win10", cdrom("/vmfs/volumes/datastore1/iso/win10.iso"))
    vm.power.on()
    return vm


EJECT = devices(DeviceChange("edit", Cdrom(Node("ide", 0, 0), "client_atapi")))


def eject_and(choice: str) -> Callable[[VmHost, Vm], object]:
    def run(host: VmHost, vm: Vm) -> object:
        return _raising(vm, vm.reconfigure(ConfigChange(devices=(
            DeviceChange("edit", Cdrom(Node("ide", 0, 0), "client_atapi")),))), choice)  # fmt: skip

    return run


def on_and(choice: str) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: _raising(vm, vm.power.on(), choice)


def _raising(vm: Vm, question: object, choice: str) -> None:
    """Answer, and raise what whoever waits for it is told."""
    broken: list[RuleBroken] = []
    question.then(lambda: None, broken.append)
    vm.questions.answer(question.id, choice)
    if broken:
        raise broken[0]


def snapshot(host: VmHost, vm: Vm) -> object:
    return vm.power.take_snapshot("one")


def grow(host: VmHost, vm: Vm) -> object:
    return devices(DeviceChange("edit", Disk(Node("scsi", 0, 0), ""), disk=DiskOrder("keep", 1 << 22)))(host, vm)


def register(path: str) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: host.vms.register(host.host.datastores.resolve(path))


def create_at(file: str) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: host.vms.create(f"[datastore1] win10/{file}", ConfigChange({"name": "other"}))


def register_again(host: VmHost, vm: Vm) -> object:
    return host.vms.register(vm.path, "other")


def register_copy(host: VmHost, vm: Vm) -> object:
    copy = vm.path.with_name("copy.vmx")
    copy.write_text(vm.vmx.changed({"displayName": "copy"}).render())
    return host.vms.register(copy)


def disk(unit: int, file: str, action: str = "create") -> DeviceChange:
    return added(Disk(Node("scsi", 0, unit), file), DiskOrder(action, 1024, thin=True))


def lose_disk(host: VmHost, vm: Vm) -> object:
    return (vm.path.parent / "win10-flat.vmdk").unlink()


def guest(step: Callable[[object], object]) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: step(vm.power.guest)


def programs(step: Callable[[object], object]) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: step(vm.power.programs)


def files(step: Callable[[object], object]) -> Callable[[VmHost, Vm], object]:
    return lambda host, vm: step(vm.power.files)


WRITE = files(lambda it: it.write(r"C:\one", b"", False))
CMD = r"C:\Windows\System32\cmd.exe"
PCI_OFF = "Powered on): pciPassthru0"
CASES = [
    # --- the VMX file
    Case("vmx.syntax", "Dictionary problem in line", write("no sense\n"), write("# no sense\n")),
    Case("vmx.defined_twice", 'Variable "memsize" is already defined', write('memsize = "1"\n'), write('x = "1"\n')),
    Case("vm.file_missing", r"File \[datastore1\] no/no.vmx was not found", register("[datastore1] no/no.vmx"),
         register_copy),
    Case("vm.register_twice", r"'\[datastore1\] win10/win10.vmx' already exists", register_again, register_copy),
    Case("vm.file_taken", "win10/win10.vmx already exists", create_at("win10.vmx"), create_at("other.vmx")),
    Case("vm.name_taken", "The name 'win10' already exists", lambda host, vm: host.create("win10"),
         lambda host, vm: host.create("win11")),
    Case("vm.unknown", "There is no virtual machine 9", lambda host, vm: host.vms.find(9),
         lambda host, vm: host.vms.find(1)),
    Case("vm.unreadable", "The virtual machine is invalid: Dictionary problem",
         lambda host, vm: (vm.path.write_text("?\n"), vm.load(), vm.power.on()), on),
    Case("vm.reload_while_on", "current state", lambda host, vm: vm.reload(), then(off, lambda host, vm: vm.reload()),
         running),
    # --- settings
    Case("vm.concurrent_access", "changeVersion 1, the VM has", lambda host, vm: vm.reconfigure(
         ConfigChange(change_version="1")), lambda host, vm: vm.reconfigure(
         ConfigChange(change_version=vm.change_version))),
    Case("vm.hardware_while_on", r"Powered on\): memory_mib", put(memory_mib=16384), then(off, put(memory_mib=16384)),
         running),
    Case("vm.bad_setting", r"cores_per_socket \(3; allowed: a divisor of 4\)", put(cores_per_socket=3),
         put(cores_per_socket=2)),
    Case("vm.hardware_version", "vmx-21 is not supported by ESXi 7.0U3; the newest is vmx-19", put(version="vmx-21"),
         put(version="vmx-19"), profile="seed-7.0u3"),
    Case("vm.upgrade_version", "has virtual hardware vmx-19 already", lambda host, vm: vm.upgrade("vmx-19"),
         lambda host, vm: vm.upgrade("vmx-20")),
    # --- devices
    Case("vm.device_while_on", PCI_OFF.replace(")", r"\)"), attach(GPU), then(off, attach(GPU)),
         lambda host: (host.enable(GPU), running(host))[1]),
    Case("vm.no_such_device", "the VM has no device with this key",
         devices(DeviceChange("remove", Nic(3, "vmxnet3", ""))),
         devices(DeviceChange("remove", Nic(0, "vmxnet3", "")))),
    Case("vm.built_in_device", "Video card cannot be removed",
         devices(DeviceChange("remove", BuiltIn(500, "video", "Video card"))),
         devices(DeviceChange("remove", Nic(0, "vmxnet3", "")))),
    Case("vm.place_taken", "scsi0:7 is taken or does not exist", devices(new_disk(7)), devices(new_disk(8))),
    Case("vm.no_controller", "there is no controller for sata0:0", devices(new_disk(0, kind="sata")),
         devices(added(StorageController("sata", 0, "sata")), new_disk(0, kind="sata"))),
    Case("vm.controller_in_use", "scsi0 is still in use",
         devices(DeviceChange("remove", StorageController("scsi", 0, "pvscsi"))),
         devices(DeviceChange("remove", StorageController("scsi", 0, "pvscsi")),
                 DeviceChange("remove", Disk(Node("scsi", 0, 0), "")))),
    Case("vm.disk_shrinks", "a disk cannot be made smaller",
         devices(DeviceChange("edit", Disk(Node("scsi", 0, 0), ""), disk=DiskOrder("keep", 1024))), grow),
    Case("vm.disk_grows_with_snapshot", "a disk with snapshots cannot be made larger", then(snapshot, grow), grow),
    Case("vm.disk_file_exists", "win10/win10.vmdk already exists", devices(disk(1, "win10.vmdk")),
         devices(disk(1, "more.vmdk"))),
    Case("vm.disk_file_missing", "win10/win10.vmdk was not found", then(lose_disk, on), on),
    Case("vm.no_network", "there is no network Lab", devices(added(Nic(1, "vmxnet3", "Lab"))),
         devices(added(Nic(1, "vmxnet3", "VM Network")))),
    # --- passthrough: attaching
    Case("vm.attach_not_active", "00000:001:00.0 is not available for passthrough", attach(GPU),
         then(lambda host, vm: host.enable(GPU), attach(GPU))),
    Case("vm.attach_twice", "00000:001:00.0 is attached already", attach(GPU, GPU), attach(GPU, AUDIO), enabled),
    Case("vm.attach_too_many", "exceeds the maximum of 16 passthrough devices", many(17), many(16),
         profile="seed-7.0u3"),
    Case("vm.dynamic_release", "release 6.7 has no dynamic DirectPath I/O", devices(dynamic()), attach(GPU),
         lambda host: _active_on_67(host), profile="seed-6.7"),
    Case("vm.dynamic_hardware", "not supported by virtual hardware vmx-14", devices(dynamic()),
         then(put(version="vmx-17"), devices(dynamic())), lambda host: host.create(version="vmx-14")),
    # --- passthrough: powering on
    Case("vm.pci_id_spelling", "Failed to find a suitable device for pciPassthru0",
         then(edit("pciPassthru0.id", "0000:0a:00.0"), on), then(edit("pciPassthru0.id", "0:1:0.0"), on), ready),
    Case("vm.pci_not_passthrough", "Device 1:0.0 is not a passthrough device",
         then(lambda host, vm: host.disable(GPU), on), on, ready),
    Case("vm.pci_ids_differ", "The systemId does not match the current system or the deviceId, and the vendorId does "
         "not match the device currently at 1:0.0", then(fixed_with(device_id="0x8066"), on), then(fixed_with(), on),
         enabled),
    Case("vm.dynamic_no_match", "no host device matches", then(devices(dynamic(label="train")), on),
         then(devices(dynamic()), on), enabled),
    Case("vm.pci_in_use", "Failed to register the device pciPassthru0 for 1:0.0 due to unavailable hardware", on,
         then(lambda host, vm: host.vms.by_name("other").power.off(), on), lambda host: two(GPU, GPU)(host)),
    Case("vm.pci_reset_group", "1:0.0 is reset with it and belongs to other", on,
         then(lambda host, vm: host.vms.by_name("other").power.off(), on), two(GPU, AUDIO)),
    Case("vm.memory_not_reserved", r"memory reservation \(sched.mem.min\) should be equal to memsize\(8192\)",
         then(put(memory_locked=False, memory_reservation=8188), on),
         then(put(memory_locked=False, memory_reservation=8192), on), ready),
    Case("vm.memory_hot_add", "Memory hot-add is not supported", then(put(memory_hot_add=True), on),
         then(put(cpu_hot_add=True), on), ready),
    Case("vm.nested_hv", "Nested virtualization", then(put(nested_hv=True), on), then(put(iommu=True), on), ready),
    Case("vm.large_bar_firmware", "Module 'DevicePowerOn' power on failed", then(extra(**WINDOW), on),
         then(put(firmware="efi"), extra(**WINDOW), on), large(firmware="bios"), "large-bar"),
    Case("vm.large_bar_switch", "Module 'DevicePowerOn' power on failed",
         then(extra(pciPassthru__64bitMMIOSizeGB="64"), on), then(extra(**WINDOW), on), large(), "large-bar"),
    Case("vm.large_bar_window", "Module 'DevicePowerOn' power on failed",
         then(extra(**{**WINDOW, "pciPassthru__64bitMMIOSizeGB": "32"}), on), then(extra(**WINDOW), on), large(),
         "large-bar"),
    Case("vm.no_pcie_slot", "No PCIe slot available for pciPassthru0", then(edit("pciBridge0.present", None), on), on,
         ready),
    Case("vm.snapshot_with_pci", "pciPassthru0 does not support it", then(on, snapshot), snapshot, ready),
    Case("vm.suspend_with_pci", "pciPassthru0 cannot be suspended", then(on, lambda host, vm: vm.power.suspend()),
         then(detach, on, lambda host, vm: vm.power.suspend()), ready),
    # --- power
    Case("vm.power_state", "current state", on, then(off, on), running),
    Case("vm.memory_over_host", "does not have sufficient memory resources", then(put(memory_mib=65536), on),
         then(put(memory_mib=32768), on)),
    Case("vm.cpus_over_host", r"The total number of virtual CPUs \(16\) is more than the host has \(12\)",
         then(put(cpus=16), on), then(put(cpus=12), on)),
    Case("vm.power_on_cancelled", "The power-on was cancelled", on_and("0"), on_and("1"), moved),
    Case("vm.question_pending", "unanswered question", then(on, put(annotation="x")),
         then(on, answer("1", "1"), put(annotation="x")), moved),
    Case("vm.answer_unknown", r"questionId \(7; asked: 1\)", then(on, answer("7", "1")), then(on, answer("1", "1")),
         moved),
    Case("vm.cdrom_locked", "Connection control operation failed", eject_and("1"), eject_and("0"), installing),
    Case("vm.no_such_snapshot", "There is no snapshot 7", then(snapshot, lambda host, vm: vm.snapshots.go_to(7)),
         then(snapshot, lambda host, vm: vm.snapshots.go_to(1))),
    # --- the guest
    Case("guest.no_tools", "VMware Tools is not running", guest(lambda it: it.shut_down()),
         then(lambda host, vm: host.scheduler.advance(40), guest(lambda it: it.shut_down())),
         lambda host: _booting(host)),
    Case("guest.login", "Failed to authenticate", programs(lambda it: it.check_login("Administrator", "wrong")),
         programs(lambda it: it.check_login("administrator", "guest's secret")), with_windows),
    Case("guest.not_ready", "guest operations agent could not be contacted",
         programs(lambda it: it.check_login("Administrator", "guest's secret")),
         then(lambda host, vm: host.scheduler.advance(40),
              programs(lambda it: it.check_login("Administrator", "guest's secret"))), lambda host: _booting(host)),
    Case("guest.no_program", r"File cmd.exe was not found", programs(lambda it: it.start(Program("cmd.exe"))),
         programs(lambda it: it.start(Program(CMD, "/c exit"))), with_windows),
    Case("guest.no_process", "There is no process 7 in the guest", programs(lambda it: it.end(7)),
         programs(lambda it: it.end(it.start(Program(CMD, "/c exit")))), with_windows),
    Case("guest.file_missing", r"File C:\\none was not found", files(lambda it: it.read(r"C:\none")),
         then(files(lambda it: it.write(r"C:\none", b"", True)), files(lambda it: it.read(r"C:\none"))), with_windows),
    Case("guest.file_exists", r"C:\\one already exists", then(WRITE, WRITE),
         then(WRITE, files(lambda it: it.write(r"C:\one", b"", True))), with_windows),
    Case("guest.folder_not_empty", r"C:\\Windows is not empty",
         files(lambda it: it.remove_folder(r"C:\Windows", False)),
         files(lambda it: it.remove_folder(r"C:\Windows", True)), with_windows),
]  # fmt: skip


def _booting(host: VmHost) -> Vm:
    vm = host.create()
    host.install(vm)
    vm.power.on()
    return vm


def _active_on_67(host: VmHost) -> Vm:
    """Make a VM on a host that is too old, whose file claims hardware that is new enough."""
    host.host.passthrough.update([PassthroughChange(GPU, True)])
    host.reboot()
    vm = host.create(version="vmx-15")
    edit("virtualHW.version", "17")(host, vm)
    return vm


@pytest.fixture(autouse=True)
def every_rule_counts():
    yield
    rules.disabled.clear()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_refuses(case: Case, tmp_path: Path):
    host = make_vm_host(tmp_path, case.profile)
    vm = case.prepare(host)
    with pytest.raises(RuleBroken, match=case.text) as refused:
        case.refused(host, vm)
    assert refused.value.rule.id == case.rule


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_its_neighbor_is_permitted(case: Case, tmp_path: Path):
    host = make_vm_host(tmp_path, case.profile)
    case.permitted(host, case.prepare(host))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_without_the_rule_nothing_refuses(case: Case, tmp_path: Path):
    host = make_vm_host(tmp_path, case.profile)
    vm = case.prepare(host)
    rules.disabled.add(case.rule)
    try:
        case.refused(host, vm)
    except RuleBroken as broken:
        pytest.fail(f"{broken.rule.id} refuses instead: {broken}")
    except (OSError, KeyError, IndexError, ValueError, AttributeError, NotSimulated):
        pass  # what the rule keeps away cannot be done either; but it was not refused


def test_every_rule_has_its_pair():
    declared = {each.id for each in rules.all_rules() if each.id.startswith(TOPICS)}
    assert declared == {case.rule for case in CASES}
