# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hide secrets in lines that are shown to people."""

from __future__ import annotations

import re

HIDDEN = "********"

# Each pattern keeps its first group and hides what follows. Key chains are names, no secrets;
# `send-community`, `set community` and `match community` are routing policy.
_SECRETS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(\b(?:password|secret|passphrase|pre-shared-key|key-string|authentication-key|psk)\b).+",
        r"(\bmessage-digest-key \d+ \S+).+",
        r"(\bauthentication(?: mode)? md5)(?! key-chain\b)(?! key-string\b).+",
        r"(\b(?:standby|vrrp|glbp|nhrp)\b.* authentication)(?! md5\b)(?! key-chain\b).+",
        r"(\b(?:nhrp|isis|ospf|eigrp) authentication)(?!-)(?! md5\b| mode\b| key-chain\b| message-digest\b).+",
        r"(\bsnmp-server (?:community|host|user)\b).+",
        r"((?<![-\w])(?<!set )(?<!match )community\b(?! \d+:\d+| additive| none| internet)).+",
        r"(\b(?:(?:tacacs|radius)(?:-server)?\b.*|server-)?key(?= [0-9] |$| \S+$)).+",
        r"(\bcrypto isakmp key).+",
        r"(\bwpa-psk\b).+",
        r"(\bipsec spi \d+).+",
        r"(\bpmk\b).+",
        r"(\brmon event\b.* trap).+",
        r"(\bevent manager environment \S+).+",
        r"(://[^:/@\s]*:).*@.*",
    )
)


def redact(line: str) -> str:
    """Return the line with what follows a secret's keyword hidden."""
    for pattern in _SECRETS:
        line = pattern.sub(rf"\1 {HIDDEN}", line, count=1)
    return line
