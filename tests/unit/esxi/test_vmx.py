"""VMX documents: read and written back byte for byte, changed line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.esxi.machine.vmx import Vmx, parse_vmx
from lab.esxi.machine.vmx_spelling import (
    GUESTS,
    guest_of_vmx,
    guest_to_vmx,
    hex_id,
    pci_of_vmx,
    pci_to_text,
    pci_to_vmx,
    uuid_of_vmx,
    uuid_to_vmx,
)
from lab.esxi.rules import RuleBroken

TEXT = (
    '.encoding = "UTF-8"\r\n# a comment\n\nmemSize="4096"\nannotation = "say |22hi|22|0Athere"  \ndisplayName = "win10"'
)


def test_what_is_not_changed_is_written_back_byte_for_byte():
    assert parse_vmx(TEXT).render() == TEXT


@given(st.lists(st.sampled_from(['a = "1"\n', 'B.c="x y"\r\n', "# c\n", "\n", '\tz0:1.d = ""  # why\n', ' e = "|7C"']),
                unique=True))  # fmt: skip
def test_every_mix_of_lines_comes_back(lines):
    text = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    assert parse_vmx(text).render() == text


@given(st.text(st.characters(blacklist_categories=("Cs",))))
def test_every_value_survives_being_written(value):
    document = Vmx().changed({"annotation": value})
    assert parse_vmx(document.render()).get("annotation") == value


def test_values_are_found_whatever_the_case_of_their_keys():
    document = parse_vmx(TEXT)
    assert document.get("MEMSIZE") == "4096"
    assert document.get("annotation") == 'say "hi"\nthere'
    assert (document.number("memsize"), document.number("none", 7)) == (4096, 7)


def test_a_change_touches_its_own_lines_only():
    changed = parse_vmx(TEXT).changed({"MemSize": "8192", "annotation": None, "new.key": "a|b"})
    assert changed.render() == (
        '.encoding = "UTF-8"\r\n# a comment\n\nmemSize = "8192"\ndisplayName = "win10"\nnew.key = "a|7Cb"\n'
    )


def test_setting_what_is_there_changes_nothing():
    assert parse_vmx(TEXT).changed({"memSize": "4096", "gone": None}).render() == TEXT


@pytest.mark.parametrize(("text", "says"), [
    ('a = "1"\nb = 2\n', "Dictionary problem in line 2: Syntax error."),
    ('a = "1"\nno sense\n', "Dictionary problem in line 2: Syntax error."),
    ('a = "1"\nA = "2"\n', 'Dictionary problem in line 2: Variable "A" is already defined.'),
])  # fmt: skip
def test_what_is_no_vmx_file_is_refused_with_its_line(text, says):
    with pytest.raises(RuleBroken) as refused:
        parse_vmx(text)
    assert str(refused.value) == says


@pytest.mark.parametrize(("address", "spelled", "shown"), [
    ("0000:42:00.0", "00000:066:00.0", "66:0.0"),
    ("0000:3b:1f.6", "00000:059:31.6", "59:31.6"),
    ("0001:00:14.0", "00001:000:20.0", "0:20.0"),
])  # fmt: skip
def test_a_vmx_file_spells_addresses_in_decimal(address, spelled, shown):
    assert pci_to_vmx(address) == spelled
    assert pci_of_vmx(spelled) == address
    assert pci_to_text(address) == shown


@pytest.mark.parametrize(("text", "address"), [
    ("0:66:0.0", "0000:42:00.0"),
    ("66:00.0", "0000:42:00.0"),
    ("0000:42:00.0", "0000:2a:00.0"),
    ("0000:af:00.0", None),
    ("0000:300:00.0", None),
    ("", None),
])  # fmt: skip
def test_other_spellings_of_an_address(text, address):
    assert pci_of_vmx(text) == address


def test_ids_in_hex():
    assert [hex_id(text) for text in ("0x1f82", "1F82", "8066", "-5d37", "", "0x12345")] == [
        0x1F82, 0x1F82, 0x8066, None, None, None,
    ]  # fmt: skip


def test_guests_have_one_spelling_each():
    spelled = [guest_to_vmx(guest) for guest in GUESTS]
    assert len(set(spelled)) == len(GUESTS)
    assert [guest_of_vmx(text) for text in spelled] == list(GUESTS)
    assert guest_to_vmx("windows9_64Guest") == "windows9-64"
    assert guest_to_vmx("otherGuest64") == "other-64"
    assert guest_of_vmx("made up") == "otherGuest"


def test_a_uuid_is_spelled_in_pairs():
    text = "564d1122-3344-5566-7788-99aabbccddee"
    assert uuid_to_vmx(text) == "56 4d 11 22 33 44 55 66-77 88 99 aa bb cc dd ee"
    assert uuid_of_vmx(uuid_to_vmx(text)) == text
    assert uuid_of_vmx("none") == "none"
