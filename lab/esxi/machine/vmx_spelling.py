"""How a VMX file spells what the API spells otherwise: PCI addresses, ids, guests, UUIDs."""

from __future__ import annotations

import hashlib
import re
import uuid

# Guest id -> full name. A part of what hosts know.
GUESTS = {
    "windows7_64Guest": "Microsoft Windows 7 (64-bit)",
    "windows8_64Guest": "Microsoft Windows 8.x (64-bit)",
    "windows9_64Guest": "Microsoft Windows 10 (64-bit)",
    "windows11_64Guest": "Microsoft Windows 11 (64-bit)",
    "windows7Server64Guest": "Microsoft Windows Server 2008 R2 (64-bit)",
    "windows8Server64Guest": "Microsoft Windows Server 2012 (64-bit)",
    "windows9Server64Guest": "Microsoft Windows Server 2016 (64-bit)",
    "windows2019srv_64Guest": "Microsoft Windows Server 2019 (64-bit)",
    "windows2019srvNext_64Guest": "Microsoft Windows Server 2022 (64-bit)",
    "centos7_64Guest": "CentOS 7 (64-bit)",
    "centos8_64Guest": "CentOS 8 (64-bit)",
    "rhel7_64Guest": "Red Hat Enterprise Linux 7 (64-bit)",
    "rhel8_64Guest": "Red Hat Enterprise Linux 8 (64-bit)",
    "rhel9_64Guest": "Red Hat Enterprise Linux 9 (64-bit)",
    "debian10_64Guest": "Debian GNU/Linux 10 (64-bit)",
    "debian11_64Guest": "Debian GNU/Linux 11 (64-bit)",
    "debian12_64Guest": "Debian GNU/Linux 12 (64-bit)",
    "ubuntu64Guest": "Ubuntu Linux (64-bit)",
    "otherLinux64Guest": "Other Linux (64-bit)",
    "other3xLinux64Guest": "Other 3.x or later Linux (64-bit)",
    "other4xLinux64Guest": "Other 4.x or later Linux (64-bit)",
    "other5xLinux64Guest": "Other 5.x or later Linux (64-bit)",
    "otherGuest": "Other (32-bit)",
    "otherGuest64": "Other (64-bit)",
}
_PCI = re.compile(r"(?:(\d{1,5}):)?(\d{1,3}):(\d{1,2})\.([0-7])")
_HEX = re.compile(r"(?:0x)?([0-9a-f]{1,4})", re.IGNORECASE)


def _vmx_guest(guest_id: str) -> str:
    """Return "windows9-64" of "windows9_64Guest" and "other-64" of "otherGuest64"."""
    bits = "64" if guest_id.endswith("64") or "64Guest" in guest_id else ""
    name = guest_id.replace("_64Guest", "").replace("64Guest", "").replace("Guest64", "").replace("Guest", "")
    return name.lower().replace("server", "srv") + (f"-{bits}" if bits else "")


_BY_VMX = {_vmx_guest(guest_id): guest_id for guest_id in GUESTS}


def guest_to_vmx(guest_id: str) -> str:
    """Return the spelling of a VMX file."""
    return _vmx_guest(guest_id)


def guest_of_vmx(text: str) -> str:
    """Return the guest id of the API; one that is not known is an "otherGuest"."""
    return _BY_VMX.get(text.lower(), "otherGuest")


def pci_to_vmx(address: str) -> str:
    """Return "00000:066:00.0" of "0000:42:00.0": decimal, as ESXi's own format string has it."""
    domain, bus, rest = address.split(":")
    slot, function = rest.split(".")
    return f"{int(domain, 16):05d}:{int(bus, 16):03d}:{int(slot, 16):02d}.{int(function, 16)}"


def pci_of_vmx(text: str) -> str | None:
    """Return the address in hex of a decimal id, which needs neither leading zeros nor the domain; None if it is none.

    That a bus and slot alone are enough is from files of older hosts, and unverified on newer ones.
    """
    match = _PCI.fullmatch(text.strip())
    if match is None:
        return None
    domain, bus, slot, function = (int(part or 0) for part in match.groups())
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function}" if bus <= 0xFF and slot <= 0x1F else None


def pci_to_text(address: str) -> str:
    """Return "59:0.0" of "0000:3b:00.0", as the host's messages name a device."""
    _, bus, rest = address.split(":")
    slot, function = rest.split(".")
    return f"{int(bus, 16)}:{int(slot, 16)}.{int(function, 16)}"


def hex_id(text: str) -> int | None:
    """Return the number of "0x1f82" or "1f82", None if it is none."""
    match = _HEX.fullmatch(text.strip())
    return int(match[1], 16) if match is not None else None


def uuid_to_vmx(text: str) -> str:
    """Return "56 4d 11 22 33 44 55 66-77 88 99 aa bb cc dd ee" of a UUID."""
    digits = uuid.UUID(text).hex
    pairs = [digits[place : place + 2] for place in range(0, 32, 2)]
    return f"{' '.join(pairs[:8])}-{' '.join(pairs[8:])}"


def uuid_of_vmx(text: str) -> str:
    """Return the UUID with its usual dashes, as it stands where it is none."""
    digits = re.sub(r"[\s-]", "", text)
    return str(uuid.UUID(digits)) if re.fullmatch(r"[0-9a-fA-F]{32}", digits) else text


def location_uuid(place: str) -> str:
    """Return what `uuid.location` says of a file: it differs for every path, so that a copy is noticed."""
    return f"564d{hashlib.sha256(place.encode('utf-8', 'surrogateescape')).hexdigest()[:28]}"
