"""`show logging` from the router's log buffer.

Source of the shape: ntc-templates, tests/cisco_ios/show_logging. The zeros and the words "disabled" are
facts of the lab: it drops and limits no message, and has no console, XML, filters or log host.
"""

from __future__ import annotations

from collections.abc import Sequence

BUFFER_BYTES = 65536
HEADER = """\
Syslog logging: enabled (0 messages dropped, 0 messages rate-limited, 0 flushes, 0 overruns, xml disabled, \
filtering disabled)

No Active Message Discriminator.



No Inactive Message Discriminator.


    Console logging: disabled
    Monitor logging: level debugging, xml disabled,
                     filtering disabled
    Buffer logging:  level debugging, {logged} messages logged, xml disabled,
                    filtering disabled
    Count and timestamp logging messages: disabled
    Persistent logging: disabled

No active filter modules.

    Trap logging: disabled

Log Buffer ({size} bytes):
"""


def render_logging(lines: Sequence[str], logged: int | None = None) -> str:
    """Return `show logging`; `logged` counts all messages so far, those that left the buffer included."""
    count = len(lines) if logged is None else logged
    return "\n".join([HEADER.format(logged=count, size=BUFFER_BYTES), *newest_lines(lines)])


def newest_lines(lines: Sequence[str], limit_bytes: int = BUFFER_BYTES) -> list[str]:
    """Return the newest lines that fit into the buffer, oldest first."""
    kept: list[str] = []
    for line in reversed(lines):
        limit_bytes -= len(line.encode()) + 1
        if limit_bytes < 0:
            break
        kept.append(line)
    return kept[::-1]
