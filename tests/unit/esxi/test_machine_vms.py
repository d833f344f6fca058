"""VMs of a host: created, changed, registered, destroyed, and what stays over boots."""

from __future__ import annotations

import pytest

from lab.esxi.machine.vm_config import ConfigChange, DeviceChange, DiskOrder
from lab.esxi.machine.vm_devices import Cdrom, Disk, Nic, PciFixed, StorageController
from lab.esxi.machine.vm_nodes import Node
from lab.esxi.rules import RuleBroken
from tests.unit.esxi.vm_host import (
    AUDIO,
    GPU,
    added,
    cdrom,
    make_vm_host,
    new_disk,
)


@pytest.fixture
def host(tmp_path):
    return make_vm_host(tmp_path)


def test_a_new_vm_has_its_files_and_devices_with_the_keys_of_a_host(host):
    vm = host.create()
    assert vm.file == "[datastore1] win10/win10.vmx"
    assert sorted(path.name for path in vm.path.parent.iterdir()) == [
        "win10-flat.vmdk", "win10.nvram", "win10.vmdk", "win10.vmsd", "win10.vmx",
    ]  # fmt: skip
    found = {device.key: type(device) for device in vm.devices}
    assert {key: found[key] for key in (200, 201, 1000, 2000, 4000)} == {
        200: StorageController, 201: StorageController, 1000: StorageController, 2000: Disk, 4000: Nic,
    }  # fmt: skip
    assert vm.vmx.get("guestOS") == "windows9-64"
    assert (vm.vmx.get("sched.mem.min"), vm.vmx.get("sched.mem.pin")) == ("8192", "TRUE")
    assert vm.vmx.get("pciBridge4.virtualDev") == "pcieRootPort"
    assert next(device for device in vm.devices if isinstance(device, Nic)).mac.startswith("00:0c:29:")


def test_a_document_is_the_vm(host):
    vm = host.create()
    text = vm.path.read_text().replace('memSize = "8192"', 'memSize = "4096"')
    vm.path.write_text(text)
    assert vm.config.number("memory_mib") == 8192
    vm.reload()
    assert vm.config.number("memory_mib") == 4096
    vm.reconfigure(ConfigChange({"annotation": "kept"}))
    assert vm.path.read_text() == f'{text}annotation = "kept"\n'


def test_locked_memory_follows_the_size(host):
    vm = host.create()
    vm.reconfigure(ConfigChange({"memory_mib": 4096}))
    assert vm.config.number("memory_reservation") == 4096
    vm.reconfigure(ConfigChange({"memory_locked": False}))
    vm.reconfigure(ConfigChange({"memory_mib": 8192}))
    assert (vm.config.number("memory_reservation"), vm.vmx.has("sched.mem.pin")) == (4096, False)


def test_extra_settings_are_set_and_taken_out_and_those_with_a_field_of_their_own_passed_over(host):
    vm = host.create()
    vm.reconfigure(ConfigChange(extra={"svga.present": "FALSE", "displayName": "x", "ethernet0.virtualDev": "e1000"}))
    assert dict(vm.config.extra)["svga.present"] == "FALSE"
    assert (vm.name, vm.vmx.get("ethernet0.virtualDev")) == ("win10", "vmxnet3")
    vm.reconfigure(ConfigChange(extra={"svga.present": ""}))
    assert not vm.vmx.has("svga.present")


def test_a_disk_grows_and_a_removed_one_keeps_its_file_unless_that_goes_too(host):
    vm = host.create("win10", new_disk(1), new_disk(2))
    disk = Disk(Node("scsi", 0, 1), "")
    vm.reconfigure(ConfigChange(devices=(DeviceChange("edit", disk, disk=DiskOrder("keep", 1 << 21)),)))
    flat = vm.path.parent / "win10_1-flat.vmdk"
    assert flat.stat().st_size == 1 << 31
    vm.reconfigure(ConfigChange(devices=(DeviceChange("remove", disk),)))
    gone = DeviceChange("remove", Disk(Node("scsi", 0, 2), ""), disk=DiskOrder("destroy"))
    vm.reconfigure(ConfigChange(devices=(gone,)))
    assert (flat.exists(), (vm.path.parent / "win10_2.vmdk").exists()) == (True, False)
    assert [device.key for device in vm.disks] == [2000]


def test_a_refused_creation_leaves_nothing(host):
    with pytest.raises(RuleBroken, match=r"there is no controller for sata0:0"):
        host.create("win10", added(Cdrom(Node("sata", 0, 0), "client_atapi")))
    assert host.vms.all == ()
    assert not host.host.datastores.resolve("[datastore1] win10").exists()


def test_an_unregistered_vm_is_registered_again_under_a_new_number(host):
    vm = host.create()
    came, went = [], []
    host.vms.subscribe(came.append, went.append)
    host.vms.unregister(vm)
    again = host.vms.register(vm.path, "other")
    assert (again.vmid, again.name) == (2, "other")
    assert (came, went) == ([vm, again], [vm])


def test_a_destroyed_vm_leaves_nothing(host):
    vm = host.create()
    vm.power.on()
    vm.power.off()
    vm.power.take_snapshot("before")
    host.vms.destroy(vm)
    assert not vm.path.parent.exists()


def test_vms_and_suspended_ones_are_there_after_a_boot_and_in_a_later_run(host, tmp_path):
    first, second = host.create("one"), host.create("two")
    second.power.on()
    second.power.suspend()
    first.power.on()
    host.reboot()
    assert [(vm.name, vm.power.state) for vm in host.vms.all] == [("one", "poweredOff"), ("two", "suspended")]
    host.host.stop()
    later = make_vm_host(tmp_path)
    assert [(vm.vmid, vm.name, vm.power.state) for vm in later.vms.all] == [
        (1, "one", "poweredOff"), (2, "two", "suspended"),
    ]  # fmt: skip
    later.vms.find(2).power.on()
    assert later.vms.find(2).power.guest.state == "empty"


def test_a_file_edited_before_a_boot_counts_after_it(host):
    vm = host.create()
    vm.path.write_text(vm.path.read_text().replace('memSize = "8192"', 'memSize = "4096"'))
    host.reboot()
    assert host.vms.find(1).config.number("memory_mib") == 4096


def test_a_vm_on_a_datastore_that_is_gone_cannot_be_used(host):
    from lab.esxi.machine.mishaps import Mishap

    vm = host.create()
    host.host.mishaps.order(Mishap("without_datastore", name="datastore1", times=1))
    host.reboot()
    assert vm.problem is not None
    with pytest.raises(RuleBroken, match=r"The virtual machine is invalid: Datastore datastore1 is not accessible"):
        vm.power.on()
    host.host.rescan_storage()
    vm.reload()
    vm.power.on()


def test_a_profile_brings_its_vms_once(tmp_path):
    host = make_vm_host(tmp_path, "loaded")
    assert host.vms.running == ("dns", "files", "build")
    host.scheduler.advance(60)
    assert host.vms.by_name("dns").power.guest.tools_running
    assert not host.vms.by_name("old").is_on
    host.vms.destroy(host.vms.by_name("old"))
    host.reboot()
    assert host.vms.running == ("dns",)
    assert host.vms.by_name("old") is None


def test_the_log_tells_what_a_vm_was_and_why_it_failed(host):
    vm = host.ready()
    vm.power.on()
    log = vm.path.parent / "vmware.log"
    assert 'DICT                   memSize = "8192"' in log.read_text()
    vm.power.off()
    vm.reconfigure(ConfigChange({"memory_locked": False, "memory_reservation": 0}))
    with pytest.raises(RuleBroken):
        vm.power.on()
    assert "should be equal to memsize(8192)" in log.read_text()
    assert log.with_name("vmware-1.log").exists()


def test_devices_get_their_slots_at_the_first_power_on_and_keep_them(host):
    vm = host.ready()
    vm.power.on()
    slots = [vm.vmx.get(f"pciPassthru{number}.pciSlotNumber") for number in (0, 1)]
    assert slots == ["160", "192"]
    assert vm.power.assigned == {0: GPU, 1: AUDIO}
    vm.power.off()
    vm.power.on()
    assert [vm.vmx.get(f"pciPassthru{number}.pciSlotNumber") for number in (0, 1)] == slots


def test_a_removed_device_leaves_no_line(host):
    vm = host.ready()
    vm.power.on()
    vm.power.off()
    host.detach(vm)
    assert not [key for key, _ in vm.vmx.items() if key.lower().startswith("pcipassthru")]
    assert not [device for device in vm.devices if isinstance(device, PciFixed)]


def test_a_moved_vm_asks_and_a_copied_one_gets_another_uuid(host):
    vm = host.create()
    old = vm.config.text("uuid")
    host.vms.unregister(vm)
    moved = vm.path.parent.rename(vm.path.parent.with_name("moved"))
    again = host.vms.register(moved / "win10.vmx")
    question = again.power.on()
    assert question is not None
    assert again.questions.pending.message.id == "msg.uuid.altered"
    ended: list[str] = []
    question.then(lambda: ended.append("done"), lambda broken: ended.append(str(broken)))
    again.questions.answer(question.id, "2")
    assert ended == ["done"]
    assert again.is_on
    assert again.config.text("uuid") != old
    again.power.off()
    assert again.power.on() is None


def test_a_cancelled_answer_ends_the_power_on(host):
    vm = host.create()
    host.vms.unregister(vm)
    again = host.vms.register(vm.path.parent.rename(vm.path.parent.with_name("moved")) / "win10.vmx")
    ended: list[str] = []
    question = again.power.on()
    question.then(lambda: ended.append("done"), lambda broken: ended.append(str(broken)))
    again.questions.answer(question.id, "0")
    assert ended == ["The power-on was cancelled: the VM may be a copy"]
    assert not again.is_on


def test_an_answer_in_the_file_is_enough(host):
    vm = host.create()
    vm.reconfigure(ConfigChange(extra={"answer.msg.uuid.altered": "I moved it"}))
    old = vm.config.text("uuid")
    host.vms.unregister(vm)
    again = host.vms.register(vm.path.parent.rename(vm.path.parent.with_name("moved")) / "win10.vmx")
    assert again.power.on() is None
    assert (again.is_on, again.config.text("uuid")) == (True, old)


def test_a_cd_that_the_guest_reads_is_changed_after_a_question(host):
    host.iso()
    vm = host.create("win10", cdrom("/vmfs/volumes/datastore1/iso/win10.iso"))
    vm.power.on()
    assert vm.power.guest.state == "installing"
    ejected = ConfigChange(devices=(DeviceChange("edit", Cdrom(Node("ide", 0, 0), "client_atapi")),))
    for answer, backing in (("1", "iso"), ("0", "client_atapi")):
        question = vm.reconfigure(ejected)
        vm.questions.answer(question.id, answer)
        assert next(device for device in vm.devices if isinstance(device, Cdrom)).backing == backing


def test_snapshots_make_a_tree_and_a_vm_goes_back_to_them(host):
    vm = host.create()
    first = vm.power.take_snapshot("first", "clean")
    vm.reconfigure(ConfigChange({"memory_mib": 4096}))
    second = vm.power.take_snapshot("second")
    assert [each.name for each in vm.snapshots.children(first.id)] == ["second"]
    vm.power.go_back(first.id)
    assert (vm.config.number("memory_mib"), vm.snapshots.current) == (8192, first.id)
    vm.snapshots.remove(first.id)
    assert [(each.name, each.parent) for each in vm.snapshots.all] == [("second", 0)]
    vm.power.go_back(second.id)
    assert vm.config.number("memory_mib") == 4096
    vm.snapshots.remove_all()
    assert (vm.snapshots.all, vm.snapshots.current) == ((), 0)
    assert not list(vm.path.parent.glob("*.vmsn"))


def test_a_snapshot_with_memory_runs_again(host):
    vm = host.create()
    vm.power.on()
    snapshot = vm.power.take_snapshot("running", memory=True)
    vm.power.off()
    vm.power.go_back(snapshot.id)
    assert vm.is_on
    vm.power.go_back(snapshot.id, power_on=False)
    assert not vm.is_on
