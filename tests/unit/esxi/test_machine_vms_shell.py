"""The shell's tools over the machine's VMs: a VM that is made, attached and started by SSH obeys the same rules."""

from __future__ import annotations

import pytest

from lab.esxi.shell.machine_vms import MachineVms
from lab.esxi.shell.result import Caller
from lab.esxi.shell.tools import Tools
from tests.unit.esxi.vm_host import AUDIO, GPU, make_vm_host


@pytest.fixture
def shell(tmp_path):
    host = make_vm_host(tmp_path)
    tools = Tools(host.host, MachineVms(host.vms))

    def run(line: str):
        name, *arguments = line.split()
        return tools.run(Caller(), name, tuple(arguments))

    return host, run


def test_a_vmx_file_that_was_edited_by_hand_counts_after_a_reload(shell):
    host, run = shell
    host.enable(GPU, AUDIO)
    vm = host.create(memory_locked=False)
    system = host.host.identity.system_uuid
    lines = {
        "pciPassthru0.present": "TRUE", "pciPassthru0.id": "00000:001:00.0", "pciPassthru0.deviceId": "0x1f82",
        "pciPassthru0.vendorId": "0x10de", "pciPassthru0.systemId": system,
    }  # fmt: skip
    vm.path.write_text(vm.vmx.changed(lines).render())
    assert run("vim-cmd vmsvc/reload 1").status == 0
    failed = run("vim-cmd vmsvc/power.on 1")
    assert failed.status == 1
    assert "should be equal to memsize(8192)" in failed.stdout + failed.stderr
    vm.path.write_text(vm.vmx.changed({"sched.mem.min": "8192", "sched.mem.pin": "TRUE"}).render())
    run("vim-cmd vmsvc/reload 1")
    assert run("vim-cmd vmsvc/power.on 1").status == 0
    assert vm.power.assigned == {0: GPU}
    assert "win10" in run("esxcli vm process list").stdout


def test_orders_and_what_is_shown(shell):
    host, run = shell
    vm = host.create()
    assert "[datastore1] win10/win10.vmx" in run("vim-cmd vmsvc/getallvms").stdout
    assert run("vim-cmd vmsvc/power.getstate 1").stdout.endswith("Powered off\n")
    assert run("vim-cmd vmsvc/snapshot.create 1 one").status == 0
    assert "one" in run("vim-cmd vmsvc/snapshot.get 1").stdout
    assert run("vim-cmd vmsvc/snapshot.removeall 1").status == 0
    for order, state in (("on", "poweredOn"), ("reset", "poweredOn"), ("suspend", "suspended"), ("on", "poweredOn"),
                         ("off", "poweredOff")):  # fmt: skip
        assert run(f"vim-cmd vmsvc/power.{order} 1").status == 0
        assert vm.power.state == state
    assert run("vim-cmd vmsvc/unregister 1").status == 0
    assert run("vim-cmd solo/registervm /vmfs/volumes/datastore1/win10/win10.vmx").stdout == "2\n"
    assert run("vim-cmd vmsvc/destroy 2").status == 0
    assert not vm.path.exists()


def test_a_question_is_shown_and_answered(shell):
    host, run = shell
    vm = host.create()
    host.vms.unregister(vm)
    vm.path.parent.rename(vm.path.parent.with_name("moved"))
    run("vim-cmd solo/registervm /vmfs/volumes/datastore1/moved/win10.vmx")
    run("vim-cmd vmsvc/power.on 2")
    shown = run("vim-cmd vmsvc/message 2").stdout
    assert "msg.uuid.altered" in shown
    assert "1. I Moved It" in shown
    assert run("vim-cmd vmsvc/message 2 1 1").status == 0
    assert host.vms.find(2).is_on


def test_a_guest_without_tools_takes_no_orders_and_one_with_them_does(shell):
    host, run = shell
    vm = host.create()
    host.install(vm)
    run("vim-cmd vmsvc/power.on 1")
    assert run("vim-cmd vmsvc/power.shutdown 1").status == 1
    host.scheduler.advance(40)
    assert "guestToolsRunning" in run("vim-cmd vmsvc/get.guest 1").stdout
    assert run("vim-cmd vmsvc/power.reboot 1").status == 0
    host.scheduler.advance(60)
    assert run("vim-cmd vmsvc/power.shutdown 1").status == 0
    host.scheduler.advance(60)
    assert vm.power.state == "poweredOff"


def test_a_process_is_killed(shell):
    host, run = shell
    vm = host.create()
    vm.power.on()
    assert run(f"esxcli vm process kill -t hard -w {vm.power.world_id}").status == 0
    assert not vm.is_on
