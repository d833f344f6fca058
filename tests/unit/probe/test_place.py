"""The directory of a detached process: its own user's, no links, whole files, a lock that says whether it lives."""

from __future__ import annotations

import os
import stat
import threading
import time

import pytest
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import Refused
from ansible_collections.edgeworks.fastpath.plugins.module_utils.probe.place import (
    Shelf,
    create_place,
    find_place,
)

OLD_S = 2 * 3600


@pytest.fixture
def home(tmp_path):
    return Shelf("probe", str(tmp_path))


@pytest.fixture
def place(home):
    made = create_place(home.path("one"))
    made.move(home.path("one"))
    yield made
    made.close()


def test_a_place_is_only_its_users(home, place):
    mode = os.stat(home.path("one")).st_mode
    assert stat.S_ISDIR(mode)
    assert stat.S_IMODE(mode) == 0o700
    place.write("status", {"sent": 1})
    assert stat.S_IMODE(os.stat(f"{home.path('one')}/status").st_mode) == 0o600
    assert f"-{os.geteuid()}-" in home.path("one")
    assert home.names() == ["one"]


def test_files_are_read_back_and_replaced(place):
    assert place.read("status") is None
    place.write("status", {"sent": 1})
    place.write("status", {"sent": 2})
    assert place.read("status") == {"sent": 2}


def test_a_reader_sees_whole_files_only(place):
    over = threading.Event()

    def write():
        number = 0
        while not over.is_set():
            number += 1
            place.write("status", {"number": number, "filling": "x" * (number % 50 * 200)})

    place.write("status", {"number": 0})
    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [place.read("status")["number"] for _time in range(300)]
    finally:
        over.set()
        writer.join()
    assert seen == sorted(seen)


def test_a_link_in_its_place_is_refused(home, tmp_path):
    target = tmp_path / "elsewhere"
    target.mkdir(mode=0o700)
    os.symlink(target, home.path("one"))
    with pytest.raises(Refused, match="is not a directory"):
        find_place(home.path("one"))


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_an_open_directory_is_refused(home, mode):
    os.mkdir(home.path("one"))
    os.chmod(home.path("one"), mode)
    with pytest.raises(Refused, match=rf"mode {mode:04o}; allowed: user {os.geteuid()}, mode 0700. Have it removed"):
        find_place(home.path("one"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_anothers_directory_is_refused(home):
    os.mkdir(home.path("one"), 0o700)
    os.chown(home.path("one"), 65534, 65534)
    with pytest.raises(Refused, match="belongs to user 65534 with mode 0700"):
        find_place(home.path("one"))


def test_files_that_are_links_are_not_followed(place, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("{}")
    for name in ("status", ".result", "output"):
        os.symlink(secret, f"{place.path}/{name}")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        place.read("status")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        place.write("result", {"x": 1})
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        place.open_output("output")
    assert secret.read_text() == "{}"


def test_the_lock_is_held_until_all_who_share_it_let_go(home, place):
    other = find_place(home.path("one"))
    assert not other.lock()
    shared = os.dup(place.fd)
    place_fd = place.fd
    os.close(place_fd)
    assert not other.lock()
    os.close(shared)
    assert other.lock()
    place.fd = os.open(home.path("one"), os.O_RDONLY)
    other.close()


def test_the_second_of_two_starts_gives_way(home, place):
    place.write("settings", {})
    late = create_place(home.path("one"))
    with pytest.raises(Refused, match="another start was faster"):
        late.move(home.path("one"))
    late.remove()
    late.close()
    assert home.names() == ["one"]


def test_remove_leaves_nothing(home, place):
    place.write("status", {})
    place.remove()
    place.remove()
    assert os.listdir(home.root) == []
    assert find_place(home.path("one")) is None


def leave(home, path, *, held, age_s):
    """Make a place that was touched so long ago."""
    made = create_place(path)
    made.write("status", {})
    made.move(path)
    then = time.time() - age_s
    os.utime(path, (then, then))
    if not held:
        made.close()
    return made


def test_sweep_takes_what_the_dead_left_long_ago(home):
    of_other_network = f"{home.root}/fastpath-probe-{os.geteuid()}-1-gone"
    leave(home, home.path("old"), held=False, age_s=OLD_S)
    leave(home, of_other_network, held=False, age_s=OLD_S)
    leave(home, home.path("young"), held=False, age_s=60)
    living = leave(home, home.path("living"), held=True, age_s=OLD_S)
    leave(home, f"{home.root}/fastpath-timer-{os.geteuid()}-1-x", held=False, age_s=OLD_S)
    os.symlink("/nowhere", home.path("link"))
    home.sweep()
    living.close()
    assert home.names() == ["link", "living", "young"]
    assert not os.path.exists(of_other_network)
    assert any("timer" in entry for entry in os.listdir(home.root))


def test_a_place_is_opened_by_what_it_is_and_not_by_its_name(home, place):
    place.write("status", {"sent": 1})
    os.rename(place.path, f"{place.path}-moved")
    os.mkdir(place.path, 0o700)
    assert place.read("status") == {"sent": 1}
    assert os.listdir(place.path) == []
