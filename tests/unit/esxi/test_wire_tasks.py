"""Tasks, with a scheduler that does nothing until it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from lab.esxi.wire import tasks as module
from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.rule_faults import fault_of
from lab.esxi.wire.tasks import Later, Order, Task, Tasks
from tests.unit.esxi.wire_host import ALREADY_ON, TinyHost


class Bench:
    """Tasks of one machine, and the functions that wait to be called."""

    def __init__(self, directory: Path) -> None:
        self.host = TinyHost(directory)
        self.host.thread.stop()
        self.later: list[tuple[float, Callable[[], object]]] = []
        self.tasks = Tasks(self.host.registry, self, self.host.clock)
        self.tasks.delay_of = {"PowerOnVM_Task": 3.0}.get

    def call_later(self, delay: float, callback: Callable[[], object]) -> None:
        self.later.append((delay, callback))

    def start(self, run: Callable[[Task], Any], operation: str = "PowerOnVM_Task", **options: Any) -> Task:
        call = Call(operation, self.host.service.versions.newest, self.host.clock())
        return self.tasks.start(call, Order(self.host.machines[0], run, **options))

    def proceed(self) -> None:
        """Call the first function that waits."""
        self.later.pop(0)[1]()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_task_is_queued_then_runs_then_succeeds(bench):
    task = bench.start(lambda task: None)
    assert [delay for delay, _ in bench.later] == [0, 3.0]
    seen = [task.info]
    for _ in range(2):
        bench.proceed()
        seen.append(task.info)
    assert [each.state for each in seen] == ["queued", "running", "success"]
    assert [each.progress for each in seen] == [None, 0, 100]
    assert [each.startTime is None for each in seen] == [True, False, False]
    assert [each.completeTime is None for each in seen] == [True, True, False]
    assert seen[2].queueTime < seen[2].startTime < seen[2].completeTime


def test_a_task_says_how_far_it_is_while_it_runs(bench):
    progress: list[int] = []

    def run(task: Task) -> None:
        task.set_progress(40)
        progress.append(task.info.progress)

    bench.start(run)
    bench.proceed()
    bench.proceed()
    assert progress == [40]


def test_a_result_is_of_the_declared_type(bench):
    machine = bench.host.machines[1]
    task = bench.start(lambda task: machine, "CreateVM_Task")
    bench.proceed()
    bench.proceed()
    assert task.info.result == machine.ref


@pytest.mark.parametrize(
    ("raised", "kind"),
    [(fault("InvalidState"), vim.fault.InvalidState), (KeyError("x"), vmodl.fault.SystemError)],
)
def test_what_is_raised_is_the_error(bench, raised, kind):
    def run(task: Task) -> None:
        raise raised

    task = bench.start(run)
    bench.proceed()
    bench.proceed()
    assert (task.info.state, type(task.info.error)) == ("error", kind)
    assert len(bench.host.registry.crashes) == (kind is vmodl.fault.SystemError)


def test_work_that_goes_on_ends_the_task_itself(bench):
    works = [Later(), Later()]
    tasks = [bench.start(lambda task, work=work: work) for work in works]
    while bench.later:
        bench.proceed()
    assert [each.info.state for each in tasks] == ["running", "running"]
    works[0].done()
    works[1].failed(fault("InvalidState"))
    works[1].done()
    assert [each.info.state for each in tasks] == ["success", "error"]


def test_a_coroutine_is_no_work(bench):
    task = bench.start(lambda task: asyncio.sleep(0))
    bench.proceed()
    bench.proceed()
    assert task.info.state == "error"
    assert "return a Later" in bench.host.registry.crashes[0]


def test_a_task_that_was_cancelled_does_no_work(bench):
    done: list[str] = []
    task = bench.start(lambda task: done.append("work"), undo=lambda: done.append("undone"))
    bench.proceed()
    task.CancelTask(Call("CancelTask", "", bench.host.clock()))
    bench.proceed()
    assert (done, task.info.state, task.info.cancelled) == (["undone"], "error", True)


def test_old_tasks_are_forgotten_but_never_one_that_runs(bench, monkeypatch):
    monkeypatch.setattr(module, "KEPT_TASKS", 2)
    running = bench.start(lambda task: Later())
    finished = [bench.start(lambda task: None) for _ in range(4)]
    while bench.later:
        bench.proceed()
    assert bench.tasks.recent == [running, *finished[2:]]
    assert [bench.host.registry.find(each.moid) is not None for each in finished] == [False, False, True, True]


def test_details_of_a_broken_rule_fill_the_fault():
    with pytest.raises(Exception, match="a is poweredOn") as caught:
        ALREADY_ON.refuse_if(True, name="a", existingState="poweredOn")
    made = fault_of(caught.value)
    assert (type(made), made.existingState, made.msg) == (
        vim.fault.InvalidPowerState,
        vim.VirtualMachine.PowerState.poweredOn,
        "a is poweredOn.",
    )


@pytest.mark.parametrize("name", ["Toaster", "VirtualMachine"])
def test_a_fault_is_one_of_the_schema(name):
    with pytest.raises(ValueError, match=f"{name} is not .*; give a fault's wsdl name, such as InvalidState"):
        fault(name)


def test_a_fault_has_what_the_schema_demands():
    with pytest.raises(ValueError, match="the fault InvalidPowerState needs existingState"):
        fault("InvalidPowerState")
