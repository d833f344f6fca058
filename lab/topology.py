"""Typed description of a lab: routers, hosts, and the switch-like links between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, NetmaskValueError
from pathlib import Path
from typing import Any, TypeVar

import yaml

from lab.errors import Finding, InvalidTopology, LabError
from lab.network.names import linux_name, port_name

TOPOLOGIES = Path(__file__).with_name("topologies")
MAX_NODES = 200  # each has its own 127.x.y.z address
HOST_INTERFACE = "eth0"

_T = TypeVar("_T")


@dataclass(frozen=True)
class _NameRule:
    """What a name may look like, for the machine and for the user."""

    pattern: re.Pattern[str]
    says: str


LAB_NAME = _NameRule(re.compile(r"[a-z][a-z0-9-]{0,31}"), "at most 32 of a-z, 0-9 and -, a letter first")
_LINK_NAME = _NameRule(re.compile(r"[a-z][a-z0-9-]{0,13}"), "at most 14 of a-z, 0-9 and -, a letter first")
_NODE_NAME = _NameRule(re.compile(r"[A-Za-z][A-Za-z0-9-]{0,9}"), "at most 10 letters, digits and -, a letter first")
_INTERFACE = _NameRule(re.compile(r"Ethernet\d{1,2}/[0-3]"), "Ethernet<slot>/<0-3>")


@dataclass(frozen=True)
class Port:
    """One plug of a link: the node, its interface in Linux, and the switch port it is plugged in."""

    node: str
    interface: str
    switch_port: str


@dataclass(frozen=True)
class Link:
    """One switch-like link: cutting it drops traffic while both ends keep their carrier."""

    name: str
    description: str
    ports: tuple[Port, ...]


@dataclass(frozen=True)
class RouterNode:
    """One router; `interfaces` maps canonical IOS names to links, `index` counts from 1."""

    name: str
    index: int
    interfaces: Mapping[str, str]


@dataclass(frozen=True)
class HostNode:
    """One host with one interface; `index` counts the hosts from 1."""

    name: str
    index: int
    link: str
    address: IPv4Interface
    gateway: IPv4Address


@dataclass(frozen=True)
class Topology:
    """A whole lab. Nodes are numbered as they stand: routers first, then hosts."""

    name: str
    links: tuple[Link, ...]
    routers: tuple[RouterNode, ...]
    hosts: tuple[HostNode, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """Return the names of all routers and hosts, in the order of their addresses."""
        return (*(router.name for router in self.routers), *(host.name for host in self.hosts))

    def router(self, name: str) -> RouterNode:
        """Return a router by its name, whatever its case."""
        return _by_name({router.name: router for router in self.routers}, name, "router")

    def node(self, name: str) -> RouterNode | HostNode:
        """Return a router or a host by its name, whatever its case."""
        nodes: dict[str, RouterNode | HostNode] = {router.name: router for router in self.routers}
        return _by_name(nodes | {host.name: host for host in self.hosts}, name, "node")

    def plugged(self, name: str) -> tuple[str, tuple[Port, ...]]:
        """Return a link's or node's own name and its ports, whatever the case of the name given."""
        ports = {link.name: link.ports for link in self.links}
        every = [port for of_link in ports.values() for port in of_link]
        ports |= {node: tuple(port for port in every if port.node == node) for node in self.nodes}
        own = _by_name({known: known for known in ports}, name, "link or node")
        return own, ports[own]


def _by_name(things: Mapping[str, _T], name: str, what: str) -> _T:
    for known, thing in things.items():
        if known.lower() == name.lower():
            return thing
    raise LabError(f"there is no {what} {name!r}; there are: {', '.join(things)}")


def find_topology(name_or_path: str) -> Path:
    """Return the file of a topology given by name ("seed") or by path."""
    path = Path(name_or_path)
    if path.suffix not in (".yml", ".yaml"):
        path = TOPOLOGIES / f"{name_or_path}.yml"
    if path.is_file():
        return path.resolve()
    known = ", ".join(sorted(file.stem for file in TOPOLOGIES.glob("*.yml")))
    raise LabError(f"there is no topology {name_or_path!r}; allowed: {known}, or the path of a .yml file")


def load_topology(path: Path) -> Topology:
    """Read and validate a topology file, reporting everything that is wrong at once."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except yaml.YAMLError as exc:
        raise LabError(f"{path}: not readable as YAML: {' '.join(str(exc).split())}") from exc
    except OSError as exc:
        raise LabError(f"{path}: cannot be read: {exc.strerror}") from exc
    return read_topology(raw)


def read_topology(raw: object) -> Topology:
    """Turn what a topology file says into values, or raise InvalidTopology with all findings."""
    reader = _Reader()
    topology = reader.topology(raw)
    if reader.findings:
        raise InvalidTopology(reader.findings)
    return topology


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice instead of dropping the first."""


def _mapping_without_duplicates(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _value in node.value:
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.MarkedYAMLError(problem=f"key {key!r} is given twice", problem_mark=key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_duplicates)


@dataclass
class _Reader:
    """Read the raw tree, collecting findings instead of stopping at the first."""

    findings: list[Finding] = field(default_factory=list)

    def topology(self, raw: object) -> Topology:
        top = self._mapping("topology", raw, ("name", "links", "routers", "hosts"), ("name", "links", "routers"))
        name = self._name("name", top.get("name"), LAB_NAME)
        routers = tuple(self._routers(top.get("routers")))
        hosts = tuple(self._hosts(top.get("hosts")))
        links = tuple(self._links(top.get("links"), routers, hosts))
        self._check_names(links, routers, hosts)
        self._check_attachments(links, routers, hosts)
        return Topology(name, links, routers, hosts)

    def _routers(self, raw: object) -> Iterator[RouterNode]:
        for index, (name, value) in enumerate(self._named("routers", raw, _NODE_NAME), start=1):
            where = f"routers.{name}"
            body = self._mapping(where, value, ("interfaces",), ("interfaces",))
            plugs = self._named(f"{where}.interfaces", body.get("interfaces"), _INTERFACE)
            yield RouterNode(name, index, {key: str(link) for key, link in plugs})

    def _hosts(self, raw: object) -> Iterator[HostNode]:
        keys = ("link", "address", "gateway")
        for index, (name, value) in enumerate(self._named("hosts", raw, _NODE_NAME, required=False), start=1):
            where = f"hosts.{name}"
            body = self._mapping(where, value, keys, keys)
            address = self._address(f"{where}.address", body.get("address"))
            gateway = self._gateway(f"{where}.gateway", body.get("gateway"), address)
            yield HostNode(name, index, str(body.get("link")), address, gateway)

    def _links(self, raw: object, routers: tuple[RouterNode, ...], hosts: tuple[HostNode, ...]) -> Iterator[Link]:
        ports = list(_ports(routers, hosts))
        for name, value in self._named("links", raw, _LINK_NAME):
            body = self._mapping(f"links.{name}", value or {}, ("description",), ())
            plugged = tuple(port for link, port in ports if link == name)
            if not plugged:
                self._add(f"links.{name}", name, "a link with at least one node on it", "Remove it or plug a node in.")
            yield Link(name, str(body.get("description", "")), plugged)

    def _check_names(
        self, links: tuple[Link, ...], routers: tuple[RouterNode, ...], hosts: tuple[HostNode, ...]
    ) -> None:
        seen: dict[str, str] = {}
        for name in [node.name for node in routers] + [host.name for host in hosts]:
            if name.lower() in seen:
                self._add(f"node {name}", name, "names that differ by more than case", "Rename one of them.")
            seen[name.lower()] = name
        if len(seen) > MAX_NODES:
            self._add("topology", f"{len(seen)} nodes", f"at most {MAX_NODES} nodes", "Split the lab.")
        for link in links:
            if link.name.lower() in seen:
                self._add(f"links.{link.name}", link.name, "a name that no node has", "Rename the link or the node.")
        addresses = [host.address.ip for host in hosts]
        for host in hosts:
            if addresses.count(host.address.ip) > 1:
                self._add(f"hosts.{host.name}.address", str(host.address.ip), "an address of its own", "Change it.")

    def _check_attachments(
        self, links: tuple[Link, ...], routers: tuple[RouterNode, ...], hosts: tuple[HostNode, ...]
    ) -> None:
        known = [link.name for link in links]
        used = [(f"routers.{r.name}.interfaces.{i}", link) for r in routers for i, link in r.interfaces.items()]
        used += [(f"hosts.{host.name}.link", host.link) for host in hosts]
        for where, link in used:
            if link not in known:
                self._add(where, link, f"one of the links: {', '.join(known)}", "Add the link or correct the name.")

    def _mapping(self, where: str, raw: object, allowed: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self._add(where, raw, f"a mapping with {', '.join(allowed)}", "Write it as key: value.")
            return {}
        for key in raw:
            if key not in allowed:
                self._add(f"{where}.{key}", key, f"the keys {', '.join(allowed)}", "Remove it or correct the name.")
        for key in needed:
            if raw.get(key) is None:
                self._add(f"{where}.{key}", None, "a value", "Add it.")
        return raw

    def _named(self, where: str, raw: object, rule: _NameRule, *, required: bool = True) -> Iterator[tuple[str, Any]]:
        if not isinstance(raw, dict) or (required and not raw):
            if required or raw is not None:
                self._add(where, raw, "at least one name with its value", "Write it as name: value.")
            return
        for name, value in raw.items():
            yield self._name(f"{where}.{name}", name, rule), value

    def _name(self, where: str, raw: object, rule: _NameRule) -> str:
        if not isinstance(raw, str) or not rule.pattern.fullmatch(raw):
            self._add(where, raw, rule.says, "Rename it.")
        return str(raw)

    def _address(self, where: str, raw: object) -> IPv4Interface:
        try:
            if not isinstance(raw, str) or "/" not in raw:
                raise AddressValueError(raw)
            return IPv4Interface(raw)
        except (AddressValueError, NetmaskValueError):
            self._add(where, raw, "an IPv4 address with its length, as 192.168.1.10/24", "Correct it.")
            return IPv4Interface("0.0.0.0/0")

    def _gateway(self, where: str, raw: object, address: IPv4Interface) -> IPv4Address:
        try:
            gateway = IPv4Address(str(raw))
        except AddressValueError:
            self._add(where, raw, "an IPv4 address", "Correct it.")
            return IPv4Address(0)
        if gateway not in address.network or gateway == address.ip:
            self._add(where, str(gateway), f"another address of {address.network}", "Correct it.")
        return gateway

    def _add(self, where: str, seen: object, allowed: str, remedy: str) -> None:
        self.findings.append(Finding(where, seen, allowed, remedy))


def _ports(routers: tuple[RouterNode, ...], hosts: tuple[HostNode, ...]) -> Iterator[tuple[str, Port]]:
    """Yield (link, port) of everything that is plugged in."""
    for router in routers:
        for interface, link in router.interfaces.items():
            if _INTERFACE.pattern.fullmatch(interface):
                name = linux_name(interface)
                yield link, Port(router.name, name, port_name(router.name, name))
    for host in hosts:
        yield host.link, Port(host.name, HOST_INTERFACE, port_name(host.name, HOST_INTERFACE))
