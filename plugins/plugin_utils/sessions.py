# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions from one action to other hosts of the inventory: routers over network_cli, Linux hosts as they declare.

A task has one connection, its host's own. A cycle that cuts a link has to see several routers and both probe hosts at
once, so it opens the others itself, the way that Ansible opens them for a task: from each host's own variables.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.executor.task_executor import start_connection
from ansible.module_utils.connection import Connection
from ansible.module_utils.connection import ConnectionError as RpcError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import become_loader

from ..module_utils.errors import DeviceError, Finding, InvalidInput, TransportError
from ..module_utils.ios.client import NETWORK_CLI, NetworkCliTransport

# A module's answer that says that its host was not reached at all.
UNREACHABLE = "unreachable"
CLOSED_WITHIN_S = 5.0
POLL_S = 0.05
# struct ucred of Linux: process, user, group.
UCRED = struct.Struct("iII")

_T = TypeVar("_T")


@dataclass(frozen=True)
class Workbench:
    """What an action plugin has and a session to another host needs."""

    action: ActionBase
    hostvars: Mapping[str, Mapping[str, Any]]

    def unknown(self, hosts: Iterable[str]) -> list[Finding]:
        """Return a finding for each host that the inventory does not have."""
        known = ", ".join(sorted(self.hostvars))
        missing = [host for host in dict.fromkeys(hosts) if host not in self.hostvars]
        return [Finding("host", host, known, "Name a host of the inventory.") for host in missing]

    def variables(self, host: str) -> dict[str, Any]:
        """Return the templated connection variables of a host, and its facts."""
        if findings := self.unknown([host]):
            raise InvalidInput(findings)
        shown = self.hostvars[host]
        return {name: shown[name] for name in shown if name.startswith("ansible_") or name == "inventory_hostname"}


class Sessions:
    """Sessions to hosts of the inventory: each is opened when first used, all are closed together."""

    def __init__(self, workbench: Workbench) -> None:
        """Keep the workbench; nothing is opened yet."""
        self._workbench = workbench
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.RLock()

    def transport(self, router: str) -> NamedTransport:
        """Return a router's session; one that has ended in the meantime is opened again."""
        return NamedTransport(router, self._host(router).transport)

    def run_module(self, host: str, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Run an ordinary module on a host; TransportError where it is not reached, DeviceError where it fails."""
        return self._host(host).run_module(name, arguments)

    def run_shell(self, host: str, command: str) -> str:
        """Return what a shell command prints on a host, without the cost of a module; DeviceError where it fails."""
        return self._host(host).run_shell(command)

    def command_timeout_s(self, router: str) -> int:
        """Return how many seconds a router is given for an answer."""
        return self._host(router).command_timeout_s()

    def unknown(self, hosts: Iterable[str]) -> list[Finding]:
        """Return a finding for each host that the inventory does not have."""
        return self._workbench.unknown(hosts)

    def address(self, host: str) -> str | None:
        """Return the IPv4 address that sessions to a host go to, None where its name does not resolve here."""
        name = str(self._workbench.variables(host).get("ansible_host", host))
        try:
            return socket.gethostbyname(name)
        except OSError:
            return None

    def variable(self, host: str, name: str) -> Any:
        """Return a variable of a host, None where it has none of that name."""
        return self._workbench.hostvars[host].get(name)

    def close(self) -> None:
        """End every session, and wait until the processes that hold them have gone."""
        with self._lock:
            hosts, self._hosts = list(self._hosts.values()), {}
        for host in hosts:
            host.close()

    def _host(self, name: str) -> _Host:
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = _Host(name, self._workbench, self._lock)
            return self._hosts[name]


class NamedTransport:
    """A router's session whose errors say which router it is: an action that has several needs to know."""

    def __init__(self, router: str, transport: Callable[[], NetworkCliTransport]) -> None:
        """Keep the name, and what returns the session."""
        self._router = router
        self._transport = transport

    def run(self, command: str) -> str:
        """Return the answer of one privileged EXEC command."""
        return self._named(lambda transport: transport.run(command))

    def push(self, lines: Iterable[str], revert_after_min: int | None = None) -> list[str]:
        """Send configuration lines, drawn one by one, and return the answers."""
        return self._named(lambda transport: transport.push(lines, revert_after_min))

    def confirm(self) -> None:
        """Keep the change that is pending."""
        self._named(lambda transport: transport.confirm())

    def revert(self) -> None:
        """Take the change that is pending back."""
        self._named(lambda transport: transport.revert())

    def save(self) -> None:
        """Copy the running-config to the startup-config."""
        self._named(lambda transport: transport.save())

    def _named(self, call: Callable[[NetworkCliTransport], _T]) -> _T:
        try:
            return call(self._transport())
        except (DeviceError, TransportError) as exc:
            raise type(exc)(f"{self._router}: {exc}") from exc


class _Host:
    """One host: its connection plugin, and for a router the process that holds its session."""

    def __init__(self, name: str, workbench: Workbench, loading: threading.RLock) -> None:
        self._name = name
        self._workbench = workbench
        self._loading = loading  # plugins are loaded by one thread at a time
        self._opening = threading.Lock()
        self._socket: str | None = None
        self._transport: NetworkCliTransport | None = None
        self._action: ActionBase | None = None
        self._timeout_s = 0

    def command_timeout_s(self) -> int:
        self.transport()
        return self._timeout_s

    def transport(self) -> NetworkCliTransport:
        with self._opening:
            if self._transport is None or self._socket is None or not _is_served(self._socket):
                self._socket = self._start()
                self._transport = NetworkCliTransport(Connection(self._socket))
            return self._transport

    def _start(self) -> str:
        """Start the process that holds the session, or join the one that another task started; return its socket."""
        with self._loading:
            action = self._build()
        connection = action._connection
        if connection.transport not in NETWORK_CLI:
            raise TransportError(
                f"the connection is {connection.transport!r}; allowed for a router: "
                "'ansible.netcommon.network_cli'. Set ansible_connection and ansible_network_os for it."
            )
        context = action._play_context
        context.timeout = self._timeout_s = int(connection.get_option("persistent_command_timeout"))
        try:
            return str(start_connection(context, connection.get_options(), action._task._uuid))
        except AnsibleError as exc:
            raise TransportError(f"the session could not be opened: {exc}") from exc

    def run_module(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        variables = self._workbench.variables(self._name)
        answer = self._on_host(lambda action: action._execute_module(name, dict(arguments), task_vars=variables))
        return _checked(answer, f"{name.rpartition('.')[2]} on {self._name}")

    def run_shell(self, command: str) -> str:
        answer = self._on_host(lambda action: action._low_level_execute_command(command, sudoable=False))
        failed = bool(answer.get("rc"))
        _checked(
            {**answer, "failed": failed or answer.get("failed"), "msg": answer.get("msg") or answer.get("stderr")},
            f"`{command}` on {self._name}",
        )
        return str(answer["stdout"])

    def _on_host(self, call: Callable[[ActionBase], Mapping[str, Any]]) -> dict[str, Any]:
        """Make a call with the action on this host, one at a time; a host that is not reached answers so."""
        with self._opening:
            if self._action is None:
                with self._loading:
                    self._action = self._build()
            try:
                return dict(call(self._action))
            except AnsibleError as exc:
                return {UNREACHABLE: isinstance(exc, AnsibleConnectionFailure), "failed": True, "msg": str(exc)}

    def close(self) -> None:
        """End the session and wait until its process has gone; one that has ended already is fine."""
        if self._socket is not None:
            _close_socket(self._socket)
        if self._action is not None:
            with contextlib.suppress(AnsibleError):
                self._action._remove_tmp_path(self._action._connection._shell.tmpdir)
                self._action._connection.close()

    def _build(self) -> ActionBase:
        """Return an action on this host, its connection set up as a task's would be."""
        own = self._workbench.action
        variables = self._workbench.variables(self._name)
        task = own._task.copy()
        task.delegate_to, task.async_val, task.check_mode = None, 0, False
        loader = own._shared_loader_obj
        context = own._play_context.set_task_and_variable_override(task, variables, own._templar)
        context.remote_addr = str(variables.get("ansible_host", self._name))
        context.connection = str(variables.get("ansible_connection", C.DEFAULT_TRANSPORT))
        connection = loader.connection_loader.get(
            context.connection, context, None, task_uuid=task._uuid, ansible_playbook_pid=str(os.getppid())
        )
        if connection is None:
            raise TransportError(f"{self._name}: there is no connection plugin {context.connection!r}.")
        _set_options(connection, context, task, variables)
        return loader.action_loader.get(
            "ansible.legacy.normal",
            task=task,
            connection=connection,
            play_context=context,
            loader=own._loader,
            templar=own._templar.copy_with_new_env(available_variables=variables),
            shared_loader_obj=loader,
        )


def _set_options(connection: Any, context: Any, task: Any, variables: Mapping[str, Any]) -> None:
    """Give a connection plugin, its shell, its become plugin and its sub-plugins their options, as a task does."""
    keys = {**task.dump_attrs(), "timeout": context.timeout}
    keys.pop("retries", None)
    if context.password:
        keys["password"] = context.password
    connection.set_become_plugin(_become_plugin(task, variables))
    options = {name: variables[name] for name in _variable_names("connection", connection) if name in variables}
    connection.set_options(task_keys=keys, var_options={**options, "_extras": {}})
    for kind, plugin in _parts(connection):
        names = _variable_names(kind, plugin)
        plugin.set_options(task_keys=keys, var_options={name: variables[name] for name in names if name in variables})
    if connection.become is not None:
        context.set_become_plugin(connection.become.name)
        for option in ("become_user", "become_flags", "become_exe", "become_pass"):
            with contextlib.suppress(KeyError):
                setattr(context, option, connection.become.get_option(option))
        context.prompt = connection.become.prompt


def _become_plugin(task: Any, variables: Mapping[str, Any]) -> Any:
    """Return the plugin that raises privileges on this host, None where it shall not."""
    wanted = variables.get("ansible_become", task.become)
    if not wanted or not boolean(wanted):
        return None
    method = variables.get("ansible_become_method", task.become_method)
    plugin = become_loader.get(method)
    if plugin is None:
        raise TransportError(f"There is no become plugin {method!r}. See `ansible-doc -t become -l`.")
    return plugin


def _variable_names(kind: str, plugin: Any) -> Iterable[str]:
    names: Iterable[str] = C.config.get_plugin_vars(kind, plugin._load_name)
    return names


def _parts(connection: Any) -> Iterable[tuple[str, Any]]:
    """Return the plugins that a connection is made of, each with the kind that names its options."""
    yield "shell", connection._shell
    if connection.become is not None:
        yield "become", connection.become
    sub = getattr(connection, "_sub_plugin", None) or {}
    if sub and sub.get("type") != "external":
        yield sub["type"], sub["obj"]
    inner = getattr(connection, "ssh_type_conn", None)
    if inner is not None:
        yield "connection", inner


def _checked(answer: dict[str, Any], what: str) -> dict[str, Any]:
    """Return a module's answer, or raise what it says."""
    message = str(answer.get("msg") or answer.get("module_stderr") or "no message").strip()
    if answer.get(UNREACHABLE):
        raise TransportError(f"{what}: the host is not reached: {message}")
    if answer.get("failed"):
        raise DeviceError(f"{what}: {message}")
    return answer


def _is_served(path: str) -> bool:
    """Return whether a process answers behind a socket; the file that a dead one left is removed."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(path)
    except ConnectionRefusedError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return False
    except OSError:
        return False
    return True


def _holder(path: str) -> int | None:
    """Return the process that listens behind a socket, None where none does or the kernel does not tell."""
    with contextlib.suppress(OSError, AttributeError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(path)
        credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size)
        return int(UCRED.unpack(credentials)[0])
    return None


def _is_alive(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _close_socket(path: str) -> None:
    """Ask the process behind a socket to end, and wait until it has."""
    holder = _holder(path)
    with contextlib.suppress(RpcError):
        Connection(path).close()
    deadline = time.monotonic() + CLOSED_WITHIN_S
    while (os.path.exists(path) or _is_alive(holder)) and time.monotonic() < deadline:
        time.sleep(POLL_S)


def side_by_side(calls: Mapping[str, Callable[[], _T]]) -> dict[str, _T]:
    """Make calls at the same time, one thread each; return the answers by name, or raise the first error in order."""
    if not calls:
        return {}
    with ThreadPoolExecutor(len(calls)) as pool:
        # Ansible keeps the task at hand in a context variable, and a new thread starts without any.
        started = {name: pool.submit(contextvars.copy_context().run, call) for name, call in calls.items()}
    return {name: future.result() for name, future in started.items()}
