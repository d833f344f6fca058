"""Versions of the API: which ones a host serves, and which one a request is made in."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from lab.esxi.wire.faults import fault
from lab.esxi.wire.vmodl import NAMESPACE, support

_SERVICE = NAMESPACE.removeprefix("urn:")
_ACTION = re.compile(r'"?urn:(?P<name>[\w.]+)(?:/(?P<id>[\w.]+))?"?')
_DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n'
    '<namespaces version="1.0">\n <namespace>\n  <name>{name}</name>\n  <version>{newest}</version>\n'
    "  <priorVersions>\n{prior}  </priorVersions>\n </namespace>\n</namespaces>\n"
)


class ApiVersions:
    """The versions that a host of one API version serves: its own, or the nearest older known one, and all before."""

    def __init__(self, api_version: str) -> None:
        """Take the host's own version, such as 8.0.3.0."""
        known = [name for name in support.GetServiceVersions(_SERVICE) if _is_numbered(name)]
        served = [name for name in known if _numbers(support.versionIdMap[name]) <= _numbers(api_version)]
        if not served:
            raise ValueError(f"API version {api_version!r} is older than every version that pyVmomi knows")
        self.newest: str = max(served, key=lambda name: _numbers(support.versionIdMap[name]))
        self._by_id: dict[str, str] = {support.versionIdMap[name]: name for name in served}

    def of_action(self, action: str) -> str:
        """Return the version that a SOAPAction header names; without one it is the newest (unverified on a host)."""
        found = _ACTION.fullmatch(action.strip())
        if found is None or found["id"] is None:
            return self.newest
        if found["name"] != _SERVICE or found["id"] not in self._by_id:
            raise fault("RuntimeFault", f"Unsupported version URI {action.strip().strip(chr(34))}")
        return self._by_id[found["id"]]

    def document(self) -> str:
        """Return vimServiceVersions.xml, by which clients choose their version."""
        ids = sorted(self._by_id, key=_numbers, reverse=True)
        newest = support.versionIdMap[self.newest]
        prior = "".join(f"   <version>{escape(each)}</version>\n" for each in ids if each != newest)
        return _DOCUMENT.format(name=NAMESPACE, newest=escape(newest), prior=prior)


def _is_numbered(name: str) -> bool:
    return bool(re.fullmatch(r"[\d.]+", support.versionIdMap[name]))


def _numbers(version_id: str) -> tuple[int, ...]:
    numbers = [int(each) for each in version_id.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))
