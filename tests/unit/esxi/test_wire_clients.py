"""Unmodified pyVmomi clients against the wire, over TLS."""

from __future__ import annotations

import hashlib
import http.client
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyVim.connect import Connect, Disconnect, SmartConnect
from pyVim.task import WaitForTask, WaitForTasks
from pyVmomi import SoapAdapter, vim, vmodl

from tests.unit.esxi.wire_host import ADDRESS, BOUND_S, PASSWORD, USER, TinyHost

PC = vmodl.query.PropertyCollector


@pytest.fixture
def host(tmp_path: Path) -> Iterator[TinyHost]:
    made = TinyHost(tmp_path)
    made.start()
    yield made
    made.stop()


def connect(host: TinyHost, **changes: Any) -> Any:
    options = {"host": ADDRESS, "port": host.server.port, "user": USER, "pwd": PASSWORD}
    return SmartConnect(**{**options, "disableSslCertValidation": True, **changes})


@pytest.fixture
def client(host: TinyHost) -> Iterator[Any]:
    made = connect(host)
    yield made
    Disconnect(made)


def filter_spec(obj: Any, *paths: str, everything: bool = False) -> Any:
    wanted = PC.PropertySpec(type=type(obj), pathSet=list(paths), all=everything)
    return PC.FilterSpec(propSet=[wanted], objectSet=[PC.ObjectSpec(obj=obj)])


def wait_until(condition: Any) -> None:
    end = time.monotonic() + BOUND_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_the_best_common_version_is_chosen(client):
    assert client._stub.version == "vim.version.v8_0_3_0"


def test_an_older_host_is_spoken_to_in_its_version(tmp_path):
    host = TinyHost(tmp_path, "6.7.0.0")
    host.start()
    assert connect(host)._stub.version == "vim.version.version12"
    host.stop()


def test_the_certificate_is_trusted_as_its_own_authority(host):
    context = ssl.create_default_context(cafile=str(host.certificate.certificate))
    client = connect(host, sslContext=context, disableSslCertValidation=False)
    assert client.content.about.name == "tiny"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_the_certificate_is_known_by_its_fingerprint(host, algorithm):
    fingerprint = host.certificate.fingerprint(algorithm)
    options: dict[str, Any] = {"host": ADDRESS, "port": host.server.port, "user": USER, "pwd": PASSWORD}
    if not hasattr(SoapAdapter, "_VerifyPinnedIdentity"):
        # pyVmomi 8 looks at the fingerprint only where the context lets the certificate pass; 9 only where it does not.
        options["sslContext"] = ssl._create_unverified_context()
    assert Connect(**options, thumbprint=fingerprint).content.about.name == "tiny"
    with pytest.raises(Exception, match="thumbprint"):
        Connect(**options, thumbprint=hashlib.new(algorithm, b"other").hexdigest())


def test_a_wrong_password_is_refused(host):
    with pytest.raises(vim.fault.InvalidLogin) as caught:
        connect(host, pwd="wrong")
    assert "incorrect user name or password" in caught.value.msg


def test_properties_are_read_one_by_one(client):
    machine = client.content.rootFolder.childEntity[0].childEntity[0]
    assert (machine.name, machine.runtime.powerState) == ("vm1", "poweredOff")
    assert machine.parent.name == "vm"
    assert machine.snapshot is None
    assert machine.config.hardware.device[0].deviceInfo.label == "IDE 0"


def test_a_property_that_is_not_simulated_is_unset_if_it_may_be_and_refused_if_not(host, client):
    machine = vim.VirtualMachine("1", client._stub)
    assert machine.resourcePool is None
    assert host.registry.missing.counts == {}
    with pytest.raises(vmodl.fault.NotSupported, match=r"VirtualMachine.summary is not simulated"):
        _ = machine.summary
    assert host.registry.missing.counts == {"VirtualMachine.summary": 1}


def test_an_error_of_ours_is_a_system_error_and_kept(host, client):
    machine = vim.VirtualMachine("1", client._stub)
    for read in (lambda: machine.layout, machine.RefreshStorageInfo):
        with pytest.raises(vmodl.fault.SystemError, match="a bug of ours"):
            read()
    assert ["Traceback" in each for each in host.registry.crashes] == [True, True]


def test_a_fault_that_cannot_be_sent_is_a_system_error_too(host, client):
    def authorize(call: Any, obj: Any, privilege: str) -> None:
        raise vim.fault.InvalidPowerState() if privilege == "System.View" else LookupError("a bug of ours")

    host.service.hooks.authorize = authorize
    with pytest.raises(vmodl.fault.SystemError, match="existingState"):
        client.CurrentTime()
    with pytest.raises(vmodl.fault.SystemError, match="a bug of ours"):
        vim.VirtualMachine("1", client._stub).PowerOn()
    host.service.hooks.authorize = lambda *_: None
    assert len(host.registry.crashes) == 2


def test_a_container_view_finds_what_is_below(host, client):
    views = client.content.viewManager
    view = views.CreateContainerView(client.content.rootFolder, [vim.VirtualMachine], True)
    assert [each.name for each in view.view] == ["vm1", "vm2", "vm3"]
    assert views.CreateContainerView(client.content.rootFolder, [vim.VirtualMachine], False).view == []
    host.do(lambda: host.vms.childEntity.pop())
    assert [each.name for each in view.view] == ["vm1", "vm2"]
    view.Destroy()
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        _ = view.view


def test_a_container_view_ends_where_containers_hold_each_other(host, client):
    host.vms.childEntity += [host.root, host.machines[0]]
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [], True)
    assert [each._moId for each in view.view] == ["ha-folder-vm", "1", "2", "3", "root"]


def test_a_list_view_keeps_what_exists(client):
    machines = client.content.rootFolder.childEntity[0].childEntity
    gone = vim.VirtualMachine("99", client._stub)
    view = client.content.viewManager.CreateListView(machines[:1])
    assert view.Modify(add=[machines[1], gone], remove=[machines[0]]) == [gone]
    assert view.view == [machines[1]]


def test_a_view_is_traversed(client):
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.VirtualMachine], True)
    traversal = PC.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    spec = PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
        propSet=[PC.PropertySpec(type=vim.ManagedEntity, pathSet=["name"])],
    )
    found = client.content.propertyCollector.RetrieveContents([spec])
    assert [each.propSet[0].val for each in found] == ["vm1", "vm2", "vm3"]


def test_a_task_is_waited_for(host, client):
    host.tasks.delay_of = lambda operation: 0.1
    machine = vim.VirtualMachine("1", client._stub)
    task = machine.PowerOn()
    assert task.info.state in ("queued", "running")
    assert WaitForTask(task) == "success"
    assert machine.runtime.powerState == "poweredOn"
    info = task.info
    assert (info.entityName, info.reason.userName, info.progress, info.name.info.name) == ("vm1", USER, 100, "PowerOn")
    assert info.queueTime < info.startTime < info.completeTime
    assert info.descriptionId == "VirtualMachine.powerOn"
    assert task._moId == "haTask-1-vim.VirtualMachine.powerOn-1"
    assert (host.registry.missing.counts, host.registry.crashes) == ({}, [])


def test_several_tasks_are_waited_for(host, client):
    host.tasks.delay_of = lambda operation: 0.05
    machines = [vim.VirtualMachine(str(number), client._stub) for number in (1, 2, 3)]
    WaitForTasks([each.PowerOn() for each in machines])
    assert {each.runtime.powerState for each in machines} == {"poweredOn"}


def test_a_broken_rule_is_the_error_of_its_task(client):
    machine = vim.VirtualMachine("1", client._stub)
    WaitForTask(machine.PowerOn())
    with pytest.raises(vim.fault.InvalidPowerState, match="vm1 is poweredOn") as caught:
        WaitForTask(machine.PowerOn())
    assert caught.value.existingState == "poweredOn"


def test_an_error_of_ours_ends_a_task(host, client):
    with pytest.raises(vmodl.fault.SystemError, match="division by zero"):
        WaitForTask(vim.VirtualMachine("1", client._stub).PowerOff())
    assert len(host.registry.crashes) == 1


def test_a_task_that_can_be_undone_is_cancelled(host, client):
    host.tasks.delay_of = lambda operation: 60.0
    task = vim.VirtualMachine("1", client._stub).Reset()
    assert task.info.cancelable
    task.Cancel()
    assert (task.info.state, task.info.cancelled, type(task.info.error)) == (
        "error",
        True,
        vmodl.fault.RequestCanceled,
    )
    with pytest.raises(vim.fault.InvalidState):
        task.Cancel()
    with pytest.raises(vmodl.fault.NotSupported):
        vim.VirtualMachine("1", client._stub).PowerOn().Cancel()


def test_the_server_answers_others_while_one_waits(host, client):
    other = connect(host)
    collector = client.content.propertyCollector
    machine = vim.VirtualMachine("2", client._stub)
    collector.CreateFilter(filter_spec(machine, "runtime.powerState"), False)
    first = collector.WaitForUpdatesEx(None, None)
    results: list[Any] = []
    waiter = threading.Thread(target=lambda: results.append(collector.WaitForUpdatesEx(first.version, None)))
    waiter.start()
    for _ in range(20):
        other.CurrentTime()
    assert waiter.is_alive()
    WaitForTask(vim.VirtualMachine("2", other._stub).PowerOn())
    waiter.join(BOUND_S)
    change = results[0].filterSet[0].objectSet[0].changeSet[0]
    assert (change.name, change.val) == ("runtime.powerState", "poweredOn")


def test_many_clients_at_a_time(host):
    names: list[str] = []

    def work() -> None:
        client = connect(host)
        view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.VirtualMachine], True)
        names.extend(each.name for each in view.view)
        Disconnect(client)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(BOUND_S)
    assert sorted(names) == ["vm1"] * 8 + ["vm2"] * 8 + ["vm3"] * 8
    assert host.sessions.active() == []


def test_without_a_session_only_the_anonymous_is_answered(host, client):
    client.content.sessionManager.Logout()
    assert client.RetrieveContent().about.name == "tiny"
    assert client.content.sessionManager.currentSession is None
    with pytest.raises(vim.fault.NotAuthenticated) as caught:
        client.CurrentTime()
    assert (caught.value.privilegeId, caught.value.object._moId) == ("System.View", "ServiceInstance")
    with pytest.raises(vim.fault.NotAuthenticated):
        _ = vim.VirtualMachine("1", client._stub).name
    host.sessions.clear()


def test_an_idle_session_expires_with_what_it_held(host, client):
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [], True)
    [session] = host.sessions.active()
    assert view._moId in session.objects
    host.clock.offset += timedelta(seconds=host.sessions.idle_s + 1)
    with pytest.raises(vim.fault.NotAuthenticated):
        client.CurrentTime()
    assert session.objects == {}
    client.content.sessionManager.Login(USER, PASSWORD)


def test_a_session_does_not_expire_while_a_call_in_it_is_open(host, client):
    [session] = host.sessions.active()
    host.clock.offset += timedelta(seconds=host.sessions.idle_s + 1)
    with host.sessions.use(session):
        assert host.sessions.active() == [session]
    assert host.sessions.active() == [session]
    host.clock.offset += timedelta(seconds=host.sessions.idle_s + 1)
    assert host.sessions.active() == []
    client.content.sessionManager.Login(USER, PASSWORD)


def test_a_session_is_terminated_by_another(host, client):
    other = connect(host)
    key = other.content.sessionManager.currentSession.key
    with pytest.raises(vim.fault.NotFound):
        client.content.sessionManager.Terminate(["nobody"])
    client.content.sessionManager.Terminate([key])
    with pytest.raises(vim.fault.NotAuthenticated):
        other.CurrentTime()
    assert [each.userName for each in client.content.sessionManager.sessionList] == [USER]


def test_who_is_logged_in_does_not_log_in_again(client):
    with pytest.raises(vim.fault.InvalidLogin):
        client.content.sessionManager.Login(USER, PASSWORD)


def test_a_view_of_another_session_is_not_found(host, client):
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [], True)
    other = connect(host)
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        _ = vim.view.ContainerView(view._moId, other._stub).view


def test_cut_connections_are_seen_at_once_and_the_server_goes_on(host, client):
    collector = client.content.propertyCollector
    collector.CreateFilter(filter_spec(vim.VirtualMachine("1"), "name"), False)
    first = collector.WaitForUpdatesEx(None, None)
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            collector.WaitForUpdatesEx(first.version, None)
        except (OSError, http.client.HTTPException) as exc:
            errors.append(exc)

    waiter = threading.Thread(target=wait)
    waiter.start()
    wait_until(lambda: any(each.calls_open for each in host.sessions.active()))

    async def cut_off() -> None:
        host.server.abort()
        host.sessions.clear()

    port = host.server.port
    host.run(cut_off())
    waiter.join(BOUND_S)
    assert len(errors) == 1
    with pytest.raises(ConnectionRefusedError):
        SmartConnect(host=ADDRESS, port=port, disableSslCertValidation=True)
    host.run(host.server.start(ADDRESS, port))
    with pytest.raises(vim.fault.NotAuthenticated):
        client.CurrentTime()
    client.content.sessionManager.Login(USER, PASSWORD)
    assert vim.VirtualMachine("1", client._stub).name == "vm1"


def test_who_stops_waiting_is_forgotten(host, client):
    collector = client.content.propertyCollector
    collector.CreateFilter(filter_spec(vim.VirtualMachine("1"), "name"), False)
    collector.WaitForUpdatesEx(None, None)
    impatient = connect(host, httpConnectionTimeout=0.3, sessionId=None)
    impatient._stub.cookie = client._stub.cookie
    [session] = [each for each in host.sessions.active() if each.objects]
    with pytest.raises(TimeoutError):
        impatient.content.propertyCollector.WaitForUpdatesEx("1", None)
    wait_until(lambda: session.calls_open == 0)


def test_the_journal_tells_what_changes_something(host, client):
    WaitForTask(vim.VirtualMachine("1", client._stub).PowerOn())
    _ = vim.VirtualMachine("1", client._stub).name
    assert [(e.kind, e.actor, e.action, e.target, e.outcome) for e in host.journal.entries] == [
        ("call", USER, "VirtualMachine.PowerOnVM_Task", "1", "")
    ]


def test_the_hosts_own_privileges_are_asked(host, client):
    asked: list[tuple[str, str, str]] = []

    def authorize(call: Any, obj: Any, privilege: str) -> None:
        asked.append((call.user, obj.moid, privilege))
        if privilege == "VirtualMachine.Interact.PowerOn":
            raise vim.fault.NoPermission(object=obj.ref, privilegeId=privilege)

    host.service.hooks.authorize = authorize
    with pytest.raises(vim.fault.NoPermission) as caught:
        vim.VirtualMachine("1", client._stub).PowerOn()
    assert caught.value.privilegeId == "VirtualMachine.Interact.PowerOn"
    _ = vim.VirtualMachine("1", client._stub).name
    assert asked == [(USER, "1", "VirtualMachine.Interact.PowerOn"), (USER, "1", "System.View")]
    assert [each.outcome for each in host.journal.entries] == ["NoPermission"]
