"""The host's services: which run, and which of them a boot starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lab.esxi.machine.config_store import Section
from lab.esxi.machine.timing import Scheduler
from lab.esxi.rules import rule

POLICIES = ("on", "off", "automatic")
# Both close by themselves when the shell's time-out has passed.
TIMED = ("TSM", "TSM-SSH")

UNKNOWN_SERVICE = rule(
    "services.unknown",
    "A service that the host does not have cannot be started, stopped or given a policy.",
    source="A",
    fault="NotFound",
    message="There is no service {service}.",
    unverified="the text",
)
UNKNOWN_POLICY = rule(
    "services.unknown_policy",
    "A policy is on, off or automatic.",
    source="A",
    fault="InvalidArgument",
    message="Policy {policy} of service {service} is not one of on, off, automatic.",
    unverified="the text",
)


@dataclass(frozen=True)
class Service:
    """One service; policy "on" starts it at boot, "automatic" with its firewall ports, which are open here."""

    key: str
    label: str
    policy: str = "off"
    running: bool = False
    required: bool = False
    package: str = "esx-base"

    @property
    def starts_at_boot(self) -> bool:
        """Tell whether a boot starts it; that "automatic" counts its ports as open is a simplification."""
        return self.policy != "off"


# Keys and labels as esxcli and the host client show them; which start by default is unverified for each release.
SERVICES = (
    Service("DCUI", "Direct Console UI", "on"),
    Service("TSM", "ESXi Shell"),
    Service("TSM-SSH", "SSH"),
    Service("attestd", "attestd"),
    Service("lbtd", "Load-Based Teaming Daemon", "on"),
    Service("lwsmd", "Active Directory Service"),
    Service("ntpd", "NTP Daemon"),
    Service("pcscd", "PC/SC Smart Card Daemon"),
    Service("sfcbd-watchdog", "CIM Server", "on"),
    Service("slpd", "slpd"),
    Service("snmpd", "SNMP Server", "on"),
    Service("vmsyslogd", "Syslog Server", "on", required=True),
    Service("vpxa", "VMware vCenter Agent", "on"),
    Service("xorg", "X.Org Server", "on", package="esx-xserver"),
)


class Services:
    """The services of one host; policies are kept over boots, running is not."""

    def __init__(
        self, saved: Section, scheduler: Scheduler, timeout_s: Callable[[], float], policies: Mapping[str, str]
    ) -> None:
        """Take where policies are kept, the shell's time-out, 0 for none, and policies that differ from the start."""
        self._saved = saved
        self._scheduler = scheduler
        self._timeout_s = timeout_s
        self._shipped = tuple(replace(each, policy=policies.get(each.key, each.policy)) for each in SERVICES)
        self._services = {service.key: service for service in self._shipped}
        self._timers: dict[str, object] = {}
        self._listeners: list[Callable[[str, bool], None]] = []

    @property
    def all(self) -> tuple[Service, ...]:
        """Return the services, ordered by key."""
        return tuple(self._services.values())

    def find(self, key: str) -> Service:
        """Return one service."""
        UNKNOWN_SERVICE.refuse_if(key not in self._services, service=key)
        return self._services.get(key, Service(key, key))

    def is_running(self, key: str) -> bool:
        """Tell whether a service runs."""
        return self.find(key).running

    def subscribe(self, listener: Callable[[str, bool], None]) -> None:
        """Call `listener` with key and running whenever a service starts or stops."""
        self._listeners.append(listener)

    def start(self, key: str) -> None:
        """Let a service run; one that runs goes on, which only hosts before 5.0 refused (API reference)."""
        self._run(key, True)

    def stop(self, key: str) -> None:
        """Stop a service; one that is stopped stays so (API reference)."""
        self._run(key, False)

    def restart(self, key: str) -> None:
        """Stop a service if it runs, and start it."""
        self._run(key, False)
        self._run(key, True)

    def set_policy(self, key: str, policy: str) -> None:
        """Say whether a boot starts the service."""
        service = self.find(key)
        UNKNOWN_POLICY.refuse_if(policy not in POLICIES, policy=policy, service=key)
        self._services[key] = replace(service, policy=policy)
        self._saved.write({each.key: each.policy for each in self.all})

    def boot(self) -> None:
        """Start what starts at boot, and nothing else."""
        policies = self._saved.read()
        for service in self._shipped:
            policy = policies.get(service.key, service.policy)
            self._services[service.key] = replace(service, policy=policy, running=False)
        for service in self.all:
            if service.starts_at_boot:
                self._run(service.key, True)

    def halt(self) -> None:
        """Stop everything, as a host that goes down does."""
        for service in self.all:
            self._run(service.key, False)

    def _run(self, key: str, running: bool) -> None:
        service = self.find(key)
        self._timers.pop(key, None)
        if running and key in TIMED and self._timeout_s() > 0:
            self._time(key)
        if service.running == running:
            return
        self._services[key] = replace(service, running=running)
        for listener in self._listeners:
            listener(key, running)

    def _time(self, key: str) -> None:
        """Stop the service when the time-out has passed, unless it was stopped or started meanwhile."""
        mark = self._timers[key] = object()

        def close() -> None:
            if self._timers.get(key) is mark:
                self.stop(key)

        self._scheduler.call_later(self._timeout_s(), close)
