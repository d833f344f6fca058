"""Tasks: work that goes on after the operation has answered, from queued to success or error."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from lab.esxi.rules import RuleBroken
from lab.esxi.wire.call import Call
from lab.esxi.wire.faults import fault
from lab.esxi.wire.objects import ManagedObject, Registry, to_wire
from lab.esxi.wire.rule_faults import fault_of
from lab.esxi.wire.vmodl import MethodFault, find_operation, operation_reference, vim

# Finished tasks beyond these are forgotten.
KEPT_TASKS = 200


class Scheduler(Protocol):
    """What calls functions later; an asyncio loop is one."""

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Any:
        """Call `callback` after `delay` seconds."""
        ...


@dataclass(frozen=True)
class Order:
    """What a task is to do.

    `run` does the work when the task has been running for the task's delay; it gets the task, and what it
    returns is the result. It may raise a fault or RuleBroken, or return a Later for work that goes on.
    `undo` is called when the task is cancelled; without it the task cannot be.
    """

    entity: ManagedObject
    run: Callable[[Task], Any]
    undo: Callable[[], None] | None = None
    entity_name: str = ""


@dataclass
class Later:
    """Work that ends later: whoever holds it calls `done` or `failed`, once."""

    result: Callable[[Any], None] = field(init=False)
    error: Callable[[Any], None] = field(init=False)

    def done(self, result: Any = None) -> None:
        """End the task with success."""
        self.result(result)

    def failed(self, raised: Any) -> None:
        """End the task with a fault or a RuleBroken."""
        self.error(fault_of(raised) if isinstance(raised, RuleBroken) else raised)


class Task(ManagedObject):
    """One task; its `info` is all that clients see."""

    wsdl_name = "Task"

    def __init__(self, call: Call, number: int, order: Order, tasks: Tasks) -> None:
        operation = find_operation(call.operation)
        method = operation_reference(call.operation).info.name
        super().__init__(f"haTask-{order.entity.moid}-{operation.owner.__name__}.{_lower(method)}-{number}")
        self._number = number
        self._order = order
        self._tasks = tasks
        self._operation = operation
        self._method = method
        self._reason = vim.TaskReasonUser(userName=call.user)
        self._times: dict[str, datetime] = {"queueTime": tasks.now()}
        self._ending: dict[str, Any] = {}
        self.state = "queued"
        self.progress: int | None = None

    @property
    def info(self) -> Any:
        """Return the task as it stands."""
        entity = self._order.entity
        is_entity = issubclass(entity.schema(), vim.ManagedEntity)
        return vim.TaskInfo(
            key=self.moid,
            task=self.ref,
            name=operation_reference(self._operation.name),
            descriptionId=f"{self._operation.owner._wsdlName}.{_lower(self._method)}",
            entity=entity.ref if is_entity else None,
            entityName=self._order.entity_name or None,
            state=self.state,
            cancelled=self._ending.get("cancelled", False),
            cancelable=self._order.undo is not None and self.state in ("queued", "running"),
            reason=self._reason,
            progress=self.progress,
            eventChainId=self._number,
            error=self._ending.get("error"),
            result=self._ending.get("result"),
            **self._times,
        )

    def CancelTask(self, call: Call) -> None:
        """Cancel the task, if what it does can be undone."""
        if self._order.undo is None:
            raise fault("NotSupported")
        if self.state not in ("queued", "running"):
            raise fault("InvalidState")
        self._order.undo()
        self._end("error", error=fault("RequestCanceled", "The task was canceled by a user."), cancelled=True)

    def set_progress(self, percent: int) -> None:
        """Say how far the work has got."""
        self.progress = percent
        self._tasks.registry.changed()

    def _start(self) -> None:
        if self.state == "queued":
            self.state = "running"
            self._times["startTime"] = self._tasks.now()
            self.set_progress(0)

    def _work(self) -> None:
        """Do the work, unless the task has been cancelled meanwhile."""
        if self.state == "running":
            self._end_by(lambda: self._order.run(self))

    def _end_by(self, work: Callable[[], Any]) -> None:
        """End as the work does, now or later."""
        try:
            result = work()
            if isinstance(result, Later):
                result.result = lambda value: self._end_by(lambda: value)
                result.error = lambda raised: self._end("error", error=raised)
                return
            if inspect.iscoroutine(result):
                result.close()
                raise TypeError("the work of a task is no coroutine; return a Later")
            self._end("success", result=to_wire(result, self._operation.outcome))
        except MethodFault as raised:
            self._end("error", error=raised)
        except RuleBroken as broken:
            self._end("error", error=fault_of(broken))
        except Exception as exc:
            self._end("error", error=self._tasks.registry.crashed(self.moid, exc))

    def _end(self, state: str, **ending: Any) -> None:
        if self.state in ("success", "error"):
            return
        self.state = state
        self.progress = 100 if state == "success" else self.progress
        self._ending = ending
        self._times["completeTime"] = self._tasks.now()
        self._tasks.ended(self)


class Tasks:
    """Every task that a client may still ask about."""

    def __init__(self, registry: Registry, scheduler: Scheduler, now: Callable[[], datetime]) -> None:
        """Take a clock that strictly increases."""
        self.registry = registry
        self.now = now
        # Seconds that a task of an operation takes; a test or a profile may replace it.
        self.delay_of: Callable[[str], float] = lambda operation: 0.0
        self._scheduler = scheduler
        self._count = 0
        self._recent: deque[Task] = deque()

    @property
    def recent(self) -> list[Task]:
        """Return the tasks, oldest first, as TaskManager.recentTask tells them."""
        return list(self._recent)

    def start(self, call: Call, order: Order) -> Task:
        """Make the task of the operation that is being called, and let it run."""
        self._count += 1
        task = Task(call, self._count, order, self)
        self._recent.append(task)
        self.registry.add(task)
        self._scheduler.call_later(0, task._start)
        self._scheduler.call_later(self.delay_of(call.operation), partial(self._run, task))
        return task

    def ended(self, task: Task) -> None:
        """Tell who waits, and forget the oldest finished tasks."""
        finished = [each for each in self._recent if each.state in ("success", "error")]
        for each in finished[: max(0, len(finished) - KEPT_TASKS)]:
            self._recent.remove(each)
            self.registry.remove(each.moid)
        self.registry.changed()

    def _run(self, task: Task) -> None:
        task._start()
        task._work()


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
