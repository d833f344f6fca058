"""Looking files up below a root, whatever links are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.esxi.shell.paths import RootTree


@pytest.fixture
def tree(tmp_path: Path) -> RootTree:
    root, store = tmp_path / "root", tmp_path / "store"
    for folder in (root / "etc/ssh", root / "vmfs/volumes/uuid", store / "vm"):
        folder.mkdir(parents=True)
    (root / "etc/motd").write_text("motd", "utf-8")
    (store / "vm/a.vmx").write_text("vmx", "utf-8")
    (tmp_path / "outside").write_text("outside", "utf-8")
    (root / "vmfs/volumes/ds").symlink_to("uuid")
    return RootTree(root, {"vmfs/volumes/uuid": store})


@pytest.mark.parametrize(
    ("path", "text", "resolved"),
    [
        ("/etc/motd", "motd", "/etc/motd"),
        ("etc//./ssh/../motd", "motd", "/etc/motd"),
        ("/../../etc/motd", "motd", "/etc/motd"),
        ("/vmfs/volumes/ds/vm/a.vmx", "vmx", "/vmfs/volumes/uuid/vm/a.vmx"),
        ("/vmfs/volumes/ds/../../../etc/motd", "motd", "/etc/motd"),
    ],
)
def test_a_path_is_found_as_a_process_inside_would(tree: RootTree, path: str, text: str, resolved: str) -> None:
    with tree.reach(path) as found:
        assert Path(found).read_text("utf-8") == text
    assert tree.resolve(path) == resolved


@pytest.mark.parametrize("target", ["/etc/motd", "../../../../../etc/motd", "../etc/motd"])
@pytest.mark.parametrize("place", ["root/link", "store/link"])
def test_links_are_followed_inside_the_root(tree: RootTree, target: str, place: str) -> None:
    (tree.root.parent / place).symlink_to(target)
    way = "/link" if place.startswith("root") else "/vmfs/volumes/ds/link"
    if place.startswith("store") and target == "../etc/motd":
        with pytest.raises(FileNotFoundError), tree.reach(way):
            pass
        return
    with tree.reach(way) as found:
        assert Path(found).read_text("utf-8") == "motd"


@pytest.mark.parametrize("target", ["{}/outside", "../outside", "../../{}/outside"])
def test_a_link_out_of_the_root_leads_to_nothing(tree: RootTree, target: str) -> None:
    (tree.root / "link").symlink_to(target.format(tree.root.parent))
    with pytest.raises(OSError, match="No such file"), tree.reach("/link") as found:
        Path(found).read_text("utf-8")
    (tree.root / "folder").symlink_to(tree.root.parent)
    with pytest.raises(OSError, match="No such file"), tree.reach("/folder/outside"):
        pass


def test_a_link_itself_is_meant_when_it_is_not_followed(tree: RootTree) -> None:
    (tree.root / "link").symlink_to("/etc/motd")
    with tree.reach("/link", follow=False) as found:
        assert Path(found).is_symlink()
        Path(found).unlink()
    assert (tree.root / "etc/motd").exists()


def test_a_new_file_lands_in_its_folder_and_through_a_dangling_link_inside(tree: RootTree) -> None:
    (tree.root / "dangling").symlink_to("/etc/ssh/new")
    with tree.reach("/dangling") as found:
        Path(found).write_text("new", "utf-8")
    assert (tree.root / "etc/ssh/new").read_text("utf-8") == "new"


def test_links_in_a_circle_and_a_missing_folder_are_errors(tree: RootTree) -> None:
    (tree.root / "loop").symlink_to("loop")
    for path, says in (
        ("/loop", "Too many levels"),
        ("/none/file", "No such file"),
        ("/etc/motd/x", "Not a directory"),
    ):
        with pytest.raises(OSError, match=says), tree.reach(path):
            pass


def test_no_folder_stays_open(tree: RootTree) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in ("/etc/motd", "/vmfs/volumes/ds/vm/a.vmx", "/none/x", "/etc/.."):
        try:
            tree.resolve(path)
        except OSError:
            continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before
