"""What an esxcli command shows, and the formatters that print it.

Layouts of the default, json and csv formatters from public captures of hosts; keyvalue from scripts
that parse it (`VersionGet.Version.string=`), xml from the esxcli documentation. Type names of most
structures, and the order of csv's columns, are unverified on a host.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Union
from xml.sax.saxutils import escape

Value = Union[str, int, bool, tuple[str, ...]]
Fields = Mapping[str, Value]


@dataclass(frozen=True)
class Shown:
    """The outcome of a command: a value, a structure or a list of these; `layout` is what the default formatter does.

    layout: value, struct, blocks (each under its `heading` field), table. `type` names the structure.
    """

    layout: str
    type: str = ""
    rows: tuple[Fields, ...] = ()
    heading: str = ""
    text: str = ""


NOTHING = Shown("value")


def value(text: str) -> Shown:
    """Show a single value."""
    return Shown("value", text=text)


def struct(type_name: str, fields: Fields) -> Shown:
    """Show one structure."""
    return Shown("struct", type_name, (fields,))


def blocks(type_name: str, heading: str, rows: Sequence[Fields]) -> Shown:
    """Show structures one below the other, each under the value of its heading field."""
    return Shown("blocks", type_name, tuple(rows), heading)


def table(type_name: str, rows: Sequence[Fields]) -> Shown:
    """Show structures as the rows of a table."""
    return Shown("table", type_name, tuple(rows))


def _text(of: Value) -> str:
    if isinstance(of, bool):
        return "true" if of else "false"
    return ", ".join(of) if isinstance(of, tuple) else str(of)


def _print_default(shown: Shown) -> str:
    if shown.layout == "value":
        return f"{shown.text}\n" if shown.text else ""
    if shown.layout == "table":
        return _print_table(shown.rows)
    return "\n".join(_print_block(shown.heading, row) for row in shown.rows)


def _print_block(heading: str, row: Fields) -> str:
    head = f"{_text(row[heading])}\n" if heading else ""
    return head + "".join(f"   {name}: {_text(of)}\n" for name, of in row.items())


def _print_table(rows: Sequence[Fields]) -> str:
    """Print columns; as on a host numbers and truth values stand on the right, text on the left."""
    if not rows:
        return ""
    names = list(rows[0])
    widths = [max(len(name), *(len(_text(row[name])) for row in rows)) for name in names]
    rules = ["-" * width for width in widths]
    lines = [_row(names, widths), _row(rules, widths)]
    for row in rows:
        cells = [
            _text(row[name]).rjust(width) if isinstance(row[name], (bool, int)) else _text(row[name])
            for name, width in zip(names, widths)
        ]
        lines.append(_row(cells, widths))
    return "".join(f"{line}\n" for line in lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip()


def _short(name: str) -> str:
    return name.replace(" ", "")


def _kind(of: Value) -> str:
    return {bool: "boolean", int: "integer", tuple: "string[]"}.get(type(of), "string")


def _print_json(shown: Shown) -> str:
    rows = [{_short(name): list(of) if isinstance(of, tuple) else of for name, of in row.items()} for row in shown.rows]
    content = shown.text if shown.layout == "value" else rows[0] if shown.layout == "struct" else rows
    return json.dumps(content, indent=2) + "\n"


def _print_csv(shown: Shown) -> str:
    """Print a line of names and one a structure; every cell ends with a comma."""
    if shown.layout == "value":
        return _print_default(shown)
    names = sorted(shown.rows[0]) if shown.rows else []
    lines = ["".join(f"{_short(name)}," for name in names)]
    lines += ["".join(f"{_quoted(_text(row[name]))}," for name in names) for row in shown.rows]
    return "".join(f"{line}\n" for line in lines)


def _quoted(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell


def _print_keyvalue(shown: Shown) -> str:
    if shown.layout == "value":
        return _print_default(shown)
    return "".join(
        f"{shown.type}.{_short(name)}.{_kind(of)}={_text(of)}\n"
        for row in shown.rows
        for name, of in sorted(row.items())
    )


def _print_xml(shown: Shown) -> str:
    body = f"<string>{escape(shown.text)}</string>\n"
    if shown.layout != "value":
        body = "".join(_xml_row(shown.type, row) for row in shown.rows)
    if shown.layout in ("blocks", "table"):
        body = f'<list type="structure">\n{body}</list>\n'
    head = '<?xml version="1.0" encoding="utf-8"?>\n<output xmlns="http://www.vmware.com/Products/ESX/5.0/esxcli">\n'
    return f"{head}<root>\n{body}</root>\n</output>\n"


def _xml_row(type_name: str, row: Fields) -> str:
    fields = "".join(
        f'<field name="{_short(name)}"><{(kind := _kind(of).rstrip("[]"))}>{escape(_text(of))}</{kind}></field>\n'
        for name, of in row.items()
    )
    return f'<structure typeName="{type_name}">\n{fields}</structure>\n'


FORMATTERS: Mapping[str, Callable[[Shown], str]] = {
    "": _print_default,
    "csv": _print_csv,
    "json": _print_json,
    "keyvalue": _print_keyvalue,
    "xml": _print_xml,
}
