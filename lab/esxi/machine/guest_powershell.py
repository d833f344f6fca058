"""The few lines of PowerShell that the scripted Windows understands: asking for devices and their problem codes.

A script is statements between semicolons, a statement a pipeline. It begins with Get-CimInstance (Get-WmiObject)
Win32_PnPEntity, Get-PnpDevice, Restart-Computer, Stop-Computer or Disable/Enable-PnpDevice -InstanceId; it goes on
with Where-Object, Select-Object, ConvertTo-Json, Out-File, Set-Content, Disable-PnpDevice, Enable-PnpDevice.
Everything else is not simulated.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from fnmatch import fnmatch
from typing import Any

from lab.esxi.machine.guest_process import NotSimulated, PnpEntity, Program, Ran, Windows, switch_device

Row = dict[str, Any]
# Runs any other program.
RunProgram = Callable[[Windows, Program], Ran]
_SOURCES = ("get-ciminstance", "gcim", "get-wmiobject", "gwmi")
_CONDITION = re.compile(r"\$_\.(\w+)\s+-(like|notlike|match|notmatch|eq|ne)\s+('[^']*'|\"[^\"]*\"|\d+)", re.IGNORECASE)
_LIKE = re.compile(r"(\w+)\s+like\s+'([^']*)'", re.IGNORECASE)
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "like": lambda value, pattern: fnmatch(value.lower(), pattern.lower().replace("[", "[[]")),
    "match": lambda value, pattern: re.search(pattern, value, re.IGNORECASE) is not None,
    "eq": lambda value, pattern: value.lower() == pattern.lower(),
}
_NEGATED = {"notlike": "like", "notmatch": "match", "ne": "eq"}


def run_powershell(windows: Windows, arguments: str, run_program: RunProgram) -> Ran:
    """Run what is behind -Command or -EncodedCommand."""
    match = re.search(r"-(?:c|command|e|ec|enc|encodedcommand)\s+", arguments, re.IGNORECASE)
    if match is None:
        raise NotSimulated(f"powershell.exe {arguments}")
    script = arguments[match.end() :].strip()
    if match[0].strip().lower() not in ("-c", "-command"):
        script = _decode(script)
    if len(script) > 1 and script[0] == script[-1] == '"':
        script = script[1:-1].replace('\\"', '"')
    if whole := re.fullmatch(r"&\s*\{(.*)\}", script.strip(), re.DOTALL):
        script = whole[1]
    output = "".join(_statement(windows, each, run_program) for each in _split(script, ";") if each.strip())
    return Ran(output=output)


def _decode(text: str) -> str:
    try:
        return base64.b64decode(text.split()[0], validate=True).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError, IndexError) as exc:
        raise NotSimulated(f"powershell.exe -EncodedCommand {text}") from exc


def _split(text: str, separator: str) -> list[str]:
    """Split outside of quotes and brackets."""
    parts, depth, quote = [""], 0, ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        depth += (char in "{(") - (char in "})") if not quote else 0
        if char == separator and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _statement(windows: Windows, text: str, run_program: RunProgram) -> str:
    redirected = re.search(r"\s>\s*(\S+)\s*$", text)
    bare = text[: redirected.start()] if redirected is not None else text
    first, *stages = (stage.strip() for stage in _split(bare, "|"))
    value: Any = _source(windows, first, run_program)
    for stage in stages:
        value = _stage(windows, stage, value)
    output = _shown(value)
    if redirected is not None:
        windows.files.write(redirected[1].strip("'\""), output.encode("utf-16"), overwrite=True)
        return ""
    return output


def _shown(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    blocks = ("".join(f"{name} : {text}\r\n" for name, text in row.items()) for row in value)
    return "\r\n".join(blocks)


def _words(text: str) -> list[str]:
    return re.findall(r"'[^']*'|\"[^\"]*\"|\{.*\}|[^\s,]+", text, re.DOTALL)


def _source(windows: Windows, text: str, run_program: RunProgram) -> Any:
    verb, *words = _words(text)
    low = verb.lower()
    plain = [word.strip("'\"") for word in words]
    if low in _SOURCES and "win32_pnpentity" in [word.lower() for word in plain]:
        return _filtered([_cim_row(each) for each in windows.entities()], text)
    if low == "get-pnpdevice":
        return _pnp(windows, plain, text)
    if low in ("disable-pnpdevice", "enable-pnpdevice") and "-instanceid" in [word.lower() for word in plain]:
        instance = plain[[word.lower() for word in plain].index("-instanceid") + 1]
        return switch_device(windows, instance, enabled=low.startswith("enable")).output
    if low in ("restart-computer", "stop-computer"):
        return _end(windows, restart=low == "restart-computer")
    if low.endswith(".exe") or low in ("powercfg", "pnputil", "schtasks", "shutdown"):
        path = verb if "\\" in verb else f"C:\\Windows\\System32\\{low.removesuffix('.exe')}.exe"
        return run_program(windows, Program(path, text[len(verb) :].strip())).output
    raise NotSimulated(f"PowerShell: {text}")


def _end(windows: Windows, restart: bool) -> str:
    if restart:
        windows.guest.reboot()
    else:
        windows.guest.shut_down()
    return ""


def _cim_row(each: PnpEntity) -> Row:
    return {
        "Name": each.name,
        "Caption": each.name,
        "DeviceID": each.instance,
        "PNPDeviceID": each.instance,
        "ConfigManagerErrorCode": each.code,
        "Status": "OK" if each.code == 0 else "Error",
        "Present": True,
    }


def _pnp(windows: Windows, words: list[str], text: str) -> list[Row]:
    rows = []
    for each in windows.entities():
        row = {"FriendlyName": each.name, "Problem": each.code, "ConfigManagerErrorCode": each.code}
        rows.append({**_cim_row(each), **row, "InstanceId": each.instance})
    low = [word.lower() for word in words]
    if "-instanceid" in low:
        pattern = words[low.index("-instanceid") + 1]
        return [row for row in rows if _TESTS["like"](row["InstanceId"], pattern)]
    if unknown := [word for word in low if word.startswith("-") and word != "-presentonly"]:
        raise NotSimulated(f"PowerShell: {text} ({', '.join(unknown)})")
    return rows


def _filtered(rows: list[Row], text: str) -> list[Row]:
    """Apply -Filter of the form "DeviceID LIKE 'PCI\\\\VEN_10DE%'"."""
    match = re.search(r"-filter\s+(\"[^\"]*\"|'(?:[^']|'')*')", text, re.IGNORECASE)
    if match is None:
        return rows
    like = _LIKE.search(match[1].strip('"').replace("''", "'"))
    if like is None:
        raise NotSimulated(f"PowerShell: -Filter {match[1]}")
    pattern = like[2].replace("\\\\", "\\").replace("%", "*")
    return [row for row in rows if _TESTS["like"](str(_field(row, like[1])), pattern)]


def _field(row: Row, name: str) -> Any:
    return next((value for key, value in row.items() if key.lower() == name.lower()), "")


def _stage(windows: Windows, text: str, value: Any) -> Any:
    verb, *words = _words(text)
    low = verb.lower()
    if low in ("where-object", "where", "?") and isinstance(value, list):
        return [row for row in value if _holds(text, row)]
    if low in ("select-object", "select") and isinstance(value, list):
        return _selected(value, words)
    if low == "convertto-json":
        return _to_json(value, "-compress" in text.lower())
    if low in ("out-file", "set-content"):
        return _to_file(windows, words, value)
    if low in ("disable-pnpdevice", "enable-pnpdevice") and isinstance(value, list):
        for row in value:
            switch_device(windows, str(_field(row, "DeviceID")), enabled=low.startswith("enable"))
        return None
    raise NotSimulated(f"PowerShell: {text}")


def _holds(text: str, row: Row) -> bool:
    """Judge conditions that are joined by -and only, or by -or only."""
    found = list(_CONDITION.finditer(text))
    rest = re.sub(r"(?i)where-object|where|-filterscript|-and|-or|[?{}()\s]", "", _CONDITION.sub("", text))
    mixed = "-and" in text.lower() and "-or" in text.lower()
    if not found or rest or mixed:
        raise NotSimulated(f"PowerShell: {text}")
    results = [_test(match, row) for match in found]
    return any(results) if "-or" in text.lower() else all(results)


def _test(match: re.Match[str], row: Row) -> bool:
    operator, pattern, value = match[2].lower(), match[3].strip("'\""), str(_field(row, match[1]))
    right = _TESTS[_NEGATED.get(operator, operator)](value, pattern)
    return right != (operator in _NEGATED)


def _selected(rows: list[Row], words: list[str]) -> list[Row]:
    names = [word for word in words if not word.startswith("-")]
    return [{name: _field(row, name) for name in names} for row in rows]


def _to_json(value: Any, compressed: bool) -> str:
    """Write one row as an object and several as a list, as Windows PowerShell does; nothing for none."""
    if not isinstance(value, list) or not value:
        return ""
    shown = value[0] if len(value) == 1 else value
    return json.dumps(shown, separators=(",", ":") if compressed else None, indent=None if compressed else 4) + "\r\n"


def _to_file(windows: Windows, words: list[str], value: Any) -> None:
    low = [word.lower() for word in words]
    options = ("-filepath", "-path", "-literalpath")
    places = [place + 1 for place, word in enumerate(low) if word in options]
    plain = next((word for word in words if not word.startswith("-")), "")
    path = (words[places[0]] if places else plain).strip("'\"")
    encoding = low[low.index("-encoding") + 1] if "-encoding" in low else "unicode"
    names = {"utf8": "utf-8-sig", "ascii": "ascii", "unicode": "utf-16"}
    if not path or encoding not in names:
        raise NotSimulated(f"PowerShell: Out-File {' '.join(words)}")
    windows.files.write(path, _shown(value).encode(names[encoding], "replace"), overwrite=True)
