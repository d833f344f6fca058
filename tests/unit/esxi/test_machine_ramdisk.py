"""What of a host's files survives a boot."""

from __future__ import annotations

import pytest

from lab.esxi.machine.ramdisk import RamDisk, ShippedFile

MAP, PROFILE = "etc/vmware/passthru.map", "etc/profile"


@pytest.fixture
def disk(tmp_path):
    made = RamDisk(
        tmp_path / "ram", tmp_path / "boot" / "state", (ShippedFile(MAP, "stock\n", True), ShippedFile(PROFILE, ""))
    )
    made.rebuild()
    return made


def test_a_change_in_place_survives_only_after_a_backup(disk):
    (disk.root / MAP).write_text("mine\n")
    disk.rebuild()
    assert disk.read(MAP) == "stock\n"
    (disk.root / MAP).write_text("mine\n")
    assert disk.back_up() == (MAP,)
    disk.rebuild()
    assert disk.read(MAP) == "mine\n"
    assert (disk.root / MAP).stat().st_mode & 0o1000


def test_a_file_without_a_marker_never_survives(disk):
    (disk.root / PROFILE).write_text("mine")
    (disk.root / "etc/new").write_text("mine")
    (disk.root / "etc/.#new").touch()
    disk.back_up()
    disk.rebuild()
    assert (disk.read(PROFILE), disk.read("etc/new")) == ("", "")


def test_a_file_moved_over_a_marked_one_falls_back_to_the_releases(disk):
    (disk.root / "etc/vmware/new").write_text("mine\n")
    (disk.root / "etc/vmware/new").replace(disk.root / MAP)
    assert disk.kept() == ()
    disk.back_up()
    disk.rebuild()
    assert disk.read(MAP) == "stock\n"


def test_a_link_is_neither_read_nor_kept(disk, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (disk.root / MAP).unlink()
    (disk.root / MAP).symlink_to(tmp_path / "secret")
    assert (disk.read(MAP), disk.kept()) == ("", ())


def test_a_folder_that_became_a_link_hides_what_is_in_it(disk, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "passthru.map").write_text("secret")
    (disk.root / "etc/vmware").rename(disk.root / "etc/moved")
    (disk.root / "etc/vmware").symlink_to(tmp_path / "out")
    assert (disk.read(MAP), disk.kept()) == ("", ())
    (disk.root / "etc/vmware").unlink()
    (disk.root / "etc/vmware").symlink_to("moved")
    assert (disk.read(MAP), disk.kept()) == ("", ())


def test_a_file_that_lost_its_mark_or_was_made_anew_is_not_kept(disk):
    (disk.root / MAP).chmod(0o644)
    assert disk.kept() == ()
    (disk.root / MAP).chmod(0o1644)
    assert disk.kept() == (MAP,)
    (disk.root / MAP).unlink()
    (disk.root / MAP).write_text("mine\n")
    assert disk.kept() == ()


def test_bytes_that_are_no_text_come_back_as_they_were(disk):
    (disk.root / MAP).write_bytes(b"10de \xff\r\n")
    disk.back_up()
    disk.rebuild()
    assert (disk.root / MAP).read_bytes() == b"10de \xff\r\n"


@pytest.mark.parametrize("path", ["/etc/x", "../x", "etc/../../x"])
def test_a_path_out_of_the_root_is_refused(path):
    with pytest.raises(ValueError, match="a path below the root"):
        ShippedFile(path, "")
