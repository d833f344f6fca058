"""The state machine of one HSRP group (RFC 2281, 5 and 6): pure, with the clock passed in.

Every entry point takes `now` (seconds of any steady clock) and returns what is to be done, in order.
Nothing happens between the calls: the caller asks `next_deadline()` and calls `poll()` then.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from lab.hsrp.group import Announce, Changed, GroupSettings, Install, Output, Peer, Remove, Send
from lab.hsrp.packet import Opcode, Packet, State, advertised_seconds
from lab.hsrp.table import LEARN_INSTEAD, PREEMPT_INSTEAD, TABLE, Action, Cell, Happening

_SENDING = (State.SPEAK, State.STANDBY, State.ACTIVE)
_NO_ADDRESS = IPv4Address(0)


class GroupMachine:
    """One group: its state, its timers (deadlines of the caller's clock), and what it knows of others."""

    def __init__(self, settings: GroupSettings, now: float) -> None:
        self.settings = settings
        self.state = State.INIT
        self.active: Peer | None = None
        self.standby: Peer | None = None
        self.active_deadline: float | None = None
        self.standby_deadline: float | None = None
        self.hello_deadline: float | None = None
        # IOS counts Disabled -> Init too: an active router that came up alone shows 5 changes.
        self.changes = 1
        self.changed_at = now
        self._learned_virtual_ip: IPv4Address | None = None
        self._learned_ms: tuple[int, int] | None = None
        self._could_preempt_since: float | None = None

    @property
    def virtual_ip(self) -> IPv4Address | None:
        """Return the configured, else the learned virtual address."""
        return self.settings.virtual_ip or self._learned_virtual_ip

    @property
    def preempt_deadline(self) -> float | None:
        """Return when the preempt delay ends, None where nobody is to be preempted.

        `preempt delay minimum` counts from the first hello of a lower active router: "R1 has the higher
        priority, so it starts the delay on receipt of R2's hello" (Cisco, HSRP preempt delay and STP);
        without such a hello there is nothing to delay (Cisco, NX-OS `preempt`). That a raised priority
        waits in the same way is unverified on a device.
        """
        if self._could_preempt_since is None or self.active is None or not self._outranks(self.active):
            return None
        return self._could_preempt_since + self.settings.preempt_delay_s

    @property
    def timers_ms(self) -> tuple[int, int]:
        """Return hello and hold time in use: the active router's own, else what it taught us.

        Cisco, Configuring HSRP: "Nonactive routers learn timer values from the active router, unless
        millisecond timer values are being used".
        """
        configured = self.settings.hello_ms, self.settings.hold_ms
        if self.state is State.ACTIVE or self.settings.uses_milliseconds:
            return configured
        return self._learned_ms or configured

    def next_deadline(self) -> float | None:
        """Return the earliest time at which `poll` has something to do."""
        deadlines = (self.active_deadline, self.standby_deadline, self.hello_deadline, self.preempt_deadline)
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def enable(self, now: float) -> list[Output]:
        """Start: HSRP is configured and the interface is up (event a)."""
        return self._apply(Happening.ENABLED, now)

    def disable(self, now: float) -> list[Output]:
        """Stop: the group, the address or the line is gone (event b)."""
        return self._apply(Happening.DISABLED, now)

    def poll(self, now: float) -> list[Output]:
        """Handle every timer that has expired."""
        outputs: list[Output] = []
        while (happening := self._expired(now)) is not None:
            outputs += self._apply(happening, now)
        return outputs

    def receive(self, packet: Packet, source: IPv4Address, now: float) -> list[Output]:
        """Handle a packet of this group; one that is our own or not authentic is ignored."""
        settings = self.settings
        if self.state is State.INIT or source == settings.own_address:
            return []
        if packet.group != settings.group or packet.authentication != settings.authentication:
            return []
        sender = Peer(source, packet.priority)
        happening = self._classify(packet, sender)
        self._remember(packet, sender)
        outputs = self._apply(happening, now, packet) if happening else []
        self._forget_unwatched()
        return outputs

    def reconfigure(self, settings: GroupSettings, now: float) -> list[Output]:
        """Take over a changed configuration; it is in effect at once."""
        old, outputs = self.settings, list[Output]()
        restart = self.state is not State.INIT and (
            settings.own_address != old.own_address or (settings.virtual_ip is None and old.virtual_ip is not None)
        )
        if restart:
            outputs += self.disable(now)
        self.settings = settings
        if not settings.preempt:
            self._could_preempt_since = None
        if restart:
            return outputs + self.enable(now)
        if settings.virtual_ip != old.virtual_ip:
            outputs += self._change_virtual_ip(now)
        # That a changed priority is told at once, and not with the next hello, is unverified on a device.
        if self.state in _SENDING and settings != old:
            outputs += self._hello(now)
        return outputs

    def lose_peer(self, address: IPv4Address, now: float) -> list[Output]:
        """Let the timers of a router expire at once: its BFD session went down."""
        if self.active is not None and self.active.address == address:
            self.active_deadline = now
        if self.standby is not None and self.standby.address == address:
            self.standby_deadline = now
        return self.poll(now)

    def _expired(self, now: float) -> Happening | None:
        """Clear one expired timer and return its event; what it watched over is forgotten."""
        if _due(self.active_deadline, now):
            self.active_deadline = self.active = None
            return Happening.ACTIVE_TIMER
        if _due(self.standby_deadline, now):
            self.standby_deadline = self.standby = None
            return Happening.STANDBY_TIMER
        if _due(self.preempt_deadline, now):
            return Happening.LOWER_ACTIVE
        if _due(self.hello_deadline, now):
            self.hello_deadline = None
            return Happening.HELLO_TIMER
        return None

    def _classify(self, packet: Packet, sender: Peer) -> Happening | None:
        """Return the event that a packet means to us, None for what concerns nobody."""
        higher = not self._outranks(sender)
        if packet.opcode is Opcode.COUP:
            return Happening.COUP if higher else None
        if packet.opcode is Opcode.RESIGN:
            from_active = self.active is None or self.active.address == sender.address
            return Happening.RESIGN if from_active else None
        return _HELLOS.get((packet.state, higher))

    def _outranks(self, peer: Peer) -> bool:
        return (self.settings.priority, self.settings.own_address) > peer.rank

    def _remember(self, packet: Packet, sender: Peer) -> None:
        """Note who is active and who is standby; a router is never both."""
        takes_over = packet.opcode is Opcode.COUP and self.state is State.ACTIVE
        is_active = takes_over or (packet.opcode is Opcode.HELLO and packet.state is State.ACTIVE)
        is_standby = packet.opcode is Opcode.HELLO and packet.state is State.STANDBY
        if is_active or (self.active is not None and self.active.address == sender.address):
            self.active = sender if is_active else None
        if is_standby or (self.standby is not None and self.standby.address == sender.address):
            self.standby = sender if is_standby else None

    def _forget_unwatched(self) -> None:
        """Forget routers that no timer watches over, and a delay that has nobody to wait for."""
        if self.active_deadline is None:
            self.active = None
        if self.standby_deadline is None:
            self.standby = None
        if self.active is None:
            self._could_preempt_since = None

    def _apply(self, happening: Happening, now: float, packet: Packet | None = None) -> list[Output]:
        """Do what the table says; no cell, nothing to do."""
        cell = TABLE.get((self.state, happening))
        if cell is None:
            return []
        if happening is Happening.ENABLED and self.virtual_ip is None:
            cell = LEARN_INSTEAD
        if happening is Happening.LOWER_ACTIVE and self._may_preempt(now):
            cell = PREEMPT_INSTEAD
        if happening is Happening.HIGHER_ACTIVE:
            self._could_preempt_since = None
        self._run_timers(cell, happening, packet, now)
        outputs = self._run_cell(cell, now)
        self._forget_unwatched()
        return outputs

    def _may_preempt(self, now: float) -> bool:
        """Tell whether the lower active router is to be overthrown now; the first such hello starts the delay."""
        if not self.settings.preempt or self.state in (State.LEARN, State.ACTIVE):
            return False
        if self._could_preempt_since is None:
            self._could_preempt_since = now  # the delay starts
        return _due(self.preempt_deadline, now)

    def _run_timers(self, cell: Cell, happening: Happening, packet: Packet | None, now: float) -> None:
        """Learn from the packet, then start and stop the Active and the Standby timer."""
        if Action.LEARN in cell.actions and packet is not None:
            self._learn(packet)
        own_hold_s = self.timers_ms[1] / 1000
        hold_s = packet.hold_s if packet is not None and packet.hold_s else own_hold_s
        if Action.START_ACTIVE_TIMER in cell.actions:
            from_active = happening in (Happening.HIGHER_ACTIVE, Happening.LOWER_ACTIVE)
            self.active_deadline = now + (hold_s if from_active else own_hold_s)
        if Action.START_STANDBY_TIMER in cell.actions:
            from_standby = happening in (Happening.HIGHER_STANDBY, Happening.LOWER_STANDBY)
            self.standby_deadline = now + (hold_s if from_standby else own_hold_s)
        if Action.STOP_ACTIVE_TIMER in cell.actions:
            self.active_deadline = None
        if Action.STOP_STANDBY_TIMER in cell.actions:
            self.standby_deadline = None

    def _run_cell(self, cell: Cell, now: float) -> list[Output]:
        """Send what the cell says and change the state, in the order in which switches must see it.

        A coup leaves before the state changes. A resign leaves after the virtual MAC was given up, or
        the switch would learn that address at our port again.
        """
        outputs: list[Output] = []
        if Action.SEND_COUP in cell.actions:
            outputs.append(Send(self._packet(Opcode.COUP)))
        resign = Send(self._packet(Opcode.RESIGN))
        if cell.state is not None:
            outputs += self._enter(cell.state, now)
        if Action.SEND_RESIGN in cell.actions:
            outputs.append(resign)
        # A router that starts to speak says hello at once, as IOS does (Cisco, HSRP debugging examples).
        if Action.SEND_HELLO in cell.actions or (cell.state in _SENDING):
            outputs += self._hello(now)
        if Action.GRATUITOUS_ARP in cell.actions:
            outputs += self._announce()
        return outputs

    def _enter(self, new: State, now: float) -> list[Output]:
        """Change the state with all that belongs to it."""
        old, self.state = self.state, new
        self.changes += 1
        self.changed_at = now
        if new not in _SENDING:
            self.hello_deadline = None
        if new is State.INIT:
            self._learned_virtual_ip = self._learned_ms = None
        if new is State.ACTIVE:
            self.active_deadline = None
        if new is State.STANDBY:
            # Event c has no cell in Speak: an Active timer that expired there counts as soon as we are
            # Standby ("Speak -> Standby", "c/Active timer expired (unknown)", "Standby -> Active" in one
            # instant; Cisco, HSRP debugging examples).
            self.active_deadline = now if self.active_deadline is None else self.active_deadline
        outputs: list[Output] = [Remove()] if old is State.ACTIVE else []
        if new is State.ACTIVE and self.virtual_ip is not None:
            outputs.append(Install(self.virtual_ip))
        return [*outputs, Changed(old, new)]

    def _learn(self, packet: Packet) -> None:
        """Take virtual IP and timers from the active router (action E)."""
        if self.settings.virtual_ip is None and packet.virtual_ip != _NO_ADDRESS:
            self._learned_virtual_ip = packet.virtual_ip
        if packet.hello_s and packet.hold_s:
            self._learned_ms = packet.hello_s * 1000, packet.hold_s * 1000

    def _change_virtual_ip(self, now: float) -> list[Output]:
        """Use another virtual address; unverified on a device: a router stays active meanwhile."""
        if self.state is State.LEARN:
            self._run_timers(TABLE[State.INIT, Happening.ENABLED], Happening.ENABLED, None, now)
            return self._enter(State.LISTEN, now)
        if self.state is State.ACTIVE and self.virtual_ip is not None:
            return [Remove(), Install(self.virtual_ip), *self._announce()]
        return []

    def _hello(self, now: float) -> list[Output]:
        self.hello_deadline = now + self.timers_ms[0] / 1000
        return [Send(self._packet(Opcode.HELLO), virtual_source=self.state is State.ACTIVE)]

    def _announce(self) -> list[Output]:
        return [Announce(self.virtual_ip)] if self.virtual_ip is not None else []

    def _packet(self, opcode: Opcode) -> Packet:
        settings = self.settings
        hello_s, hold_s = advertised_seconds(*self.timers_ms)
        address = self.virtual_ip or _NO_ADDRESS
        return Packet(
            opcode, self.state, hello_s, hold_s, settings.priority, settings.group, address, settings.authentication
        )


_HELLOS = {
    (State.SPEAK, True): Happening.HIGHER_SPEAK,
    (State.ACTIVE, True): Happening.HIGHER_ACTIVE,
    (State.ACTIVE, False): Happening.LOWER_ACTIVE,
    (State.STANDBY, True): Happening.HIGHER_STANDBY,
    (State.STANDBY, False): Happening.LOWER_STANDBY,
}


def _due(deadline: float | None, now: float) -> bool:
    return deadline is not None and deadline <= now
