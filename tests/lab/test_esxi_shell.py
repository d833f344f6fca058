"""The simulated host's shell over SSH. That nothing here can reach the machine under it is tested first."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from lab.esxi.shell.busybox import STOCK, install_busybox
from tests.unit.esxi.shell_host import PASSWORD, SshHost, ssh_host

pytestmark = pytest.mark.skipif(not STOCK.exists(), reason="needs Debian's package busybox-static")

NAMESPACES = ("user", "pid", "mnt", "net", "ipc", "uts")


@pytest.fixture
async def esx(tmp_path: Path) -> AsyncIterator[SshHost]:
    async with ssh_host(tmp_path) as made:
        yield made


async def output(esx: SshHost, line: str) -> str:
    """Run a line that must do well and return what it prints."""
    done = await esx.run(line)
    assert (done.exit_status, done.stderr) == (0, "")
    return str(done.stdout)


def boots(esx: SshHost) -> list[str]:
    """Return what was done to the host's power since it came up first."""
    actions = [entry.action for entry in esx.host.around.journal.entries if entry.kind == "boot"]
    return actions[2:]


# --- confinement ------------------------------------------------------------------------------------------------------


def test_the_stripped_busybox_knows_no_reboot(tmp_path: Path) -> None:
    busybox = tmp_path / "busybox"
    install_busybox(busybox)
    for applet in ("reboot", "poweroff", "halt", "init", "mount", "umount", "chroot", "nsenter", "tr", "uname"):
        done = subprocess.run([str(busybox), applet, "--help"], capture_output=True, text=True, check=False)
        assert done.returncode == 127, applet
        assert f"{applet}: applet not found" in done.stderr


async def test_whatever_runs_is_in_namespaces_of_its_own(esx: SshHost) -> None:
    async with esx.login() as connection, connection.create_process("sleep 4321"):
        sleeper = await find_process(b"sleep\0" + b"4321\0")
        own = {name: os.readlink(f"/proc/self/ns/{name}") for name in NAMESPACES}
        its = {name: os.readlink(f"/proc/{sleeper}/ns/{name}") for name in NAMESPACES}
        assert not set(own.values()) & set(its.values())
        assert os.readlink(f"/proc/{sleeper}/root") == "/"
        mounts = Path(f"/proc/{sleeper}/mountinfo").read_text("utf-8").splitlines()
        assert {line.split()[4].split("/")[1] for line in mounts} == {"", "dev", "vmfs"}


async def find_process(command_line: bytes) -> int:
    """Return the process with this command line, as soon as there is one."""
    async with asyncio.timeout(20):
        while True:
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit() and (entry / "cmdline").exists():
                    try:
                        if (entry / "cmdline").read_bytes() == command_line:
                            return int(entry.name)
                    except OSError:
                        continue
            await asyncio.sleep(0.01)


async def test_there_is_no_proc_and_no_way_to_make_one(esx: SshHost) -> None:
    done = await esx.run("ls /proc; mknod /dev/mem c 1 1; ls /dev /sys; cat /../../../etc/passwd")
    assert "/proc: No such file" in done.stderr
    assert "Operation not permitted" in done.stderr
    *devices, passwd = str(done.stdout).split()[1:]
    assert sorted(devices) == ["null", "random", "urandom", "zero"]
    assert passwd == "root:x:0:0:Administrator:/:/bin/sh"


@pytest.mark.parametrize(
    "line",
    [
        "reboot",
        "/sbin/reboot",
        "/bin/reboot",
        "sh -c reboot",
        "sh -c 'sh -c reboot'",
        "/bin/sh -c /sbin/reboot",
        "echo -n | xargs reboot",
        "env reboot",
        "env -i /bin/reboot",
        "nohup reboot",
        "setsid reboot",
        "timeout 5 reboot",
        "find /etc/motd -exec reboot ';'",
        "awk 'BEGIN { system(\"reboot\") }'",
        "printf '#!/bin/sh\\nreboot\\n' >/tmp/x; chmod +x /tmp/x; /tmp/x",
        "eval reboot",
        "exec reboot",
        "(reboot) &",
        "time reboot",
    ],
)
async def test_a_reboot_in_any_spelling_is_the_simulators(esx: SshHost, line: str) -> None:
    done = await esx.run(line)
    assert (done.exit_status, done.stderr if "time" not in line else "") == (0, "")
    assert boots(esx)[0] == "reboot"
    await esx.until(lambda: boots(esx)[-1] == "up")


@pytest.mark.parametrize(
    ("line", "actions"),
    [
        ("reboot -f", ["reset", "boot", "up"]),
        ("reboot -d 1 -n", ["reboot", "boot", "up"]),
        ("poweroff", ["shutdown", "down"]),
        ("/sbin/poweroff -f", ["shutdown", "down"]),
        ("sh -c 'halt -f'", ["shutdown", "down"]),
    ],
)
async def test_every_way_to_go_down_is_the_simulators(esx: SshHost, line: str, actions: list[str]) -> None:
    done = await esx.run(line)
    assert done.exit_status == (None if line == "reboot -f" else 0)  # the connection is lost, or the answer comes
    await esx.until(lambda: boots(esx) == actions)


async def test_busybox_itself_knows_no_reboot(esx: SshHost) -> None:
    for line in ("busybox reboot", "/bin/busybox poweroff -f", "busybox sh -c 'busybox halt'", "busybox init"):
        done = await esx.run(line)
        assert done.exit_status == 127
        assert "applet not found" in done.stderr
    assert boots(esx) == []


async def test_what_esxi_lacks_is_lacking_in_nested_shells_too(esx: SshHost) -> None:
    for line in ("command -v ls", "sh -c 'command -v ls'", "echo ls | xargs command -v", "tr a b", "whoami"):
        done = await esx.run(line)
        assert done.exit_status == 127, line
    assert await output(esx, "type sed; echo abc | sed s/b/x/; printf '%d\\n' $((0x1f))") == "sed is sed\naxc\n31\n"


async def test_uname_is_the_hosts_in_every_spelling(esx: SshHost) -> None:
    for line in ("uname", "sh -c uname", "/bin/uname -s", "echo -s | xargs uname", "env uname"):
        assert await output(esx, line) == "VMkernel\n", line


async def test_a_call_through_a_link_is_not_answered(esx: SshHost, tmp_path: Path) -> None:
    """What a shim writes for the simulator is not trusted: here its folder leads to another one."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "argv").write_bytes(b"root\0/\0uname\0-a\0")
    os.mkfifo(secret / "done")
    await output(esx, "true")
    (esx.host.ramdisk.root / "var/run/.calls/77").symlink_to(secret)
    await output(esx, "echo 77 >/var/run/.calls/calls; uname")
    assert sorted(path.name for path in secret.iterdir()) == ["argv", "done"]


# --- what the shell is ------------------------------------------------------------------------------------------------


async def test_pipes_redirects_and_status_work(esx: SshHost) -> None:
    async with esx.login() as connection:
        done = await connection.run(
            "cat >/tmp/in; wc -c </tmp/in; sed -i s/a/b/ /tmp/in; cat /tmp/in; exit 3", input="aXa"
        )
    assert (done.exit_status, done.stdout) == (3, "3\nbXa")


async def test_a_tools_text_arrives_byte_for_byte(esx: SshHost) -> None:
    esx.server.hooks.before_tool = lambda tool, arguments: _echo(tool, arguments)
    line = """lspci 'it'"'"'s' 'a\\b %s' "$(printf 'x\\ny')" 'ö'; echo $?"""
    assert await output(esx, line) == "lspci|it's|a\\b %s|x\ny|ö\n\n0\n"


def _echo(tool: str, arguments: tuple[str, ...]) -> object:
    from lab.esxi.shell.result import Result

    return Result(0, "|".join((tool, *arguments)) + "\n\n")


async def test_a_terminal_has_a_prompt_and_a_size(esx: SshHost) -> None:
    async with esx.login() as connection, connection.create_process(term_type="xterm", term_size=(91, 33)) as shell:
        await asyncio.wait_for(shell.stdout.readuntil("[root@esxi1:~] "), 20)
        shell.stdin.write("stty size\n")
        await asyncio.wait_for(shell.stdout.readuntil("33 91\r\n"), 20)
        shell.stdin.write("exit 4\n")
        await asyncio.wait_for(shell.wait(), 20)
        assert shell.exit_status == 4


async def test_an_idle_terminal_is_closed(esx: SshHost) -> None:
    esx.host.options.set({"UserVars.ESXiShellInteractiveTimeOut": 1})
    async with esx.login() as connection, connection.create_process(term_type="xterm") as shell:
        said, _ = await asyncio.wait_for(shell.communicate(), 20)
        assert "timed out waiting for input" in said


async def test_the_service_opens_and_closes_the_port(esx: SshHost) -> None:
    async with esx.login() as before:
        esx.host.services.stop("TSM-SSH")
        with pytest.raises(ConnectionRefusedError):
            await esx.run("true")
        assert (await before.run("echo still here")).stdout == "still here\n"
    esx.host.services.start("TSM-SSH")
    assert await output(esx, "echo back") == "back\n"


async def test_the_shells_time_out_closes_the_port(esx: SshHost) -> None:
    esx.host.options.set({"UserVars.ESXiShellTimeOut": 100})
    esx.host.services.restart("TSM-SSH")
    assert await output(esx, "echo in time") == "in time\n"
    await esx.until(lambda: not esx.host.services.is_running("TSM-SSH"))
    with pytest.raises(ConnectionRefusedError):
        await esx.run("true")


async def test_a_reboot_cuts_what_runs_and_makes_the_ram_disk_anew(esx: SshHost) -> None:
    await output(
        esx, "echo gone >/tmp/gone; cp /etc/motd /vmfs/volumes/datastore1/kept; nohup sleep 4322 >/dev/null 2>&1 &"
    )
    sleeper = await find_process(b"sleep\0" + b"4322\0")
    async with esx.login() as connection, connection.create_process("cat"):
        esx.host.power.reboot(force=True)
        await asyncio.wait_for(connection.wait_closed(), 20)
    await esx.until(lambda: not Path(f"/proc/{sleeper}").exists())
    await esx.until(lambda: esx.host.power.state == "up" and esx.host.power.ssh_up)
    assert await output(esx, "ls /tmp /vmfs/volumes/datastore1/") == "/tmp:\n\n/vmfs/volumes/datastore1/:\nkept\n"


async def test_the_map_is_kept_by_a_backup_and_counts_from_the_next_boot_on(esx: SshHost) -> None:
    method = "esxcli hardware pci list | grep -A40 '^0000:01:00.0' | grep 'Reset Method' | head -n 1"
    await output(
        esx, "sed 's/^10de  ffff/#&/' /etc/vmware/passthru.map >/tmp/map; echo '10de 1f82 d3d0 false' >>/tmp/map"
    )
    await output(esx, "cat /tmp/map >/etc/vmware/passthru.map")
    assert await output(esx, method) == "   Reset Method: Bridge reset\n"
    assert "Saving current state" in await output(esx, "/sbin/auto-backup.sh")
    await esx.run("reboot -f")
    await esx.until(lambda: boots(esx)[-1:] == ["up"] and esx.host.power.ssh_up)
    assert await output(esx, method) == "   Reset Method: D3D0 reset\n"


async def test_an_unclean_reset_loses_what_was_not_backed_up(esx: SshHost) -> None:
    await output(esx, "echo '# mine' >>/etc/vmware/passthru.map")
    await esx.run("reboot -f")
    await esx.until(lambda: boots(esx)[-1:] == ["up"] and esx.host.power.ssh_up)
    assert "mine" not in await output(esx, "cat /etc/vmware/passthru.map")


async def test_what_a_command_writes_and_removes_is_in_the_journal(esx: SshHost) -> None:
    await output(esx, "true; cat /etc/motd >/dev/null; echo x >/tmp/unimportant")
    await output(esx, "echo '# x' >>/etc/vmware/passthru.map; touch /vmfs/volumes/datastore1/new")
    await output(esx, "rm /vmfs/volumes/datastore1/new")
    volume = f"/vmfs/volumes/{esx.host.datastores.all[0].uuid}"
    noted = [(entry.action, entry.target) for entry in esx.host.around.journal.entries if entry.kind == "file"]
    assert noted == [
        ("write", "/etc/vmware/passthru.map"),
        ("write", f"{volume}/new"),
        ("remove", f"{volume}/new"),
    ]


# --- who comes in -----------------------------------------------------------------------------------------------------


async def test_a_password_is_asked_for_by_keyboard_interactive_only(esx: SshHost) -> None:
    async with asyncssh.connect(
        "127.0.0.21", esx.server.port, username="root", password=PASSWORD, client_keys=None, known_hosts=None
    ) as connection:
        assert connection.get_extra_info("username") == "root"
    for method, password in (("password", PASSWORD), ("keyboard-interactive", "wrong")):
        with pytest.raises(asyncssh.PermissionDenied):
            await asyncssh.connect(
                "127.0.0.21",
                esx.server.port,
                username="root",
                password=password,
                client_keys=None,
                known_hosts=None,
                preferred_auth=method,
            )


async def test_a_key_is_let_in_that_the_hosts_own_file_names(esx: SshHost) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")

    async def log_in() -> None:
        await asyncssh.connect(
            "127.0.0.21", esx.server.port, username="root", client_keys=[other], known_hosts=None,
            preferred_auth="publickey",
        )  # fmt: skip

    with pytest.raises(asyncssh.PermissionDenied):
        await log_in()
    async with esx.login() as connection:
        public = other.export_public_key().decode()
        await connection.run("cat >>/etc/ssh/keys-root/authorized_keys", input=public, check=True)
    await log_in()


async def test_lockdown_lets_nobody_in(esx: SshHost) -> None:
    esx.host.lockdown.change("normal")
    with pytest.raises(asyncssh.PermissionDenied):
        await esx.run("true")
    esx.host.lockdown.change("disabled")
    await output(esx, "true")


# --- files ------------------------------------------------------------------------------------------------------------


async def test_sftp_and_the_shell_see_the_same_files(esx: SshHost) -> None:
    async with esx.login() as connection, connection.start_sftp_client() as sftp:
        async with sftp.open("/vmfs/volumes/datastore1/a.vmx", "w") as file:
            await file.write("x = 1\n")
        assert (await connection.run("cat /vmfs/volumes/datastore1/a.vmx")).stdout == "x = 1\n"
        assert esx.host.datastores.of_volume("/vmfs/volumes/datastore1/a.vmx").read_text("utf-8") == "x = 1\n"
        await sftp.rename("/vmfs/volumes/datastore1/a.vmx", "/vmfs/volumes/datastore1/b.vmx")
        await sftp.mkdir("/tmp/d")
        await sftp.symlink("../etc/motd", "/tmp/link")
        assert await sftp.readlink("/tmp/link") == "../etc/motd"
        assert await sftp.realpath("/tmp/link") == "/etc/motd"
        assert await sftp.realpath(".") == "/"
        assert sorted(await sftp.listdir("/tmp")) == [".", "..", "d", "link"]
        await sftp.chmod("/tmp/link", 0o600)
        assert (await sftp.stat("/etc/motd")).permissions & 0o777 == 0o600
        await sftp.rmdir("/tmp/d")
        await sftp.remove("/tmp/link")
        assert await sftp.exists("/etc/motd")
    writes = [entry.target for entry in esx.host.around.journal.entries if entry.kind == "file"]
    assert writes[0] == "/vmfs/volumes/datastore1/a.vmx"


@pytest.mark.parametrize("way", ["/etc/link", "../" * 20, "/vmfs/volumes/datastore1/link", "/loop"])
async def test_nothing_leads_out_of_the_root(esx: SshHost, tmp_path: Path, way: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret", "utf-8")
    async with esx.login() as connection, connection.start_sftp_client() as sftp:
        await connection.run(f"ln -s {outside} /etc/link; ln -s /../../{outside} /vmfs/volumes/datastore1/link")
        await connection.run("ln -s /loop /loop")
        path = f"{way}/{outside if '..' in way else ''}/secret"
        for attempt in (sftp.stat(path), sftp.open(path, "r"), sftp.open(path, "w"), sftp.remove(path)):
            with pytest.raises(asyncssh.SFTPError):
                await attempt
        with pytest.raises(asyncssh.SFTPError):
            await sftp.listdir(f"{way}/{outside if '..' in way else ''}")
    assert (outside / "secret").read_text("utf-8") == "secret"


async def test_a_fault_of_a_file_write_reaches_the_client(esx: SshHost) -> None:
    def full(path: str) -> None:
        raise OSError(28, "No space left on device", path)

    async with esx.login() as connection, connection.start_sftp_client() as sftp:
        esx.server.hooks.before_write = full
        with pytest.raises(asyncssh.SFTPError):
            await sftp.open("/tmp/x", "w")
        assert not await sftp.exists("/tmp/x")


# --- other clients ----------------------------------------------------------------------------------------------------


def openssh(esx: SshHost) -> list[str]:
    """Return the options by which OpenSSH's programs get in."""
    options = (
        "StrictHostKeyChecking=no",
        f"UserKnownHostsFile={esx.folder}/known",
        "IdentitiesOnly=yes",
        "LogLevel=ERROR",
    )
    return ["-F", "/dev/null", "-i", str(esx.key), *(word for option in options for word in ("-o", option))]


async def run_client(*command: str, **environment: str) -> tuple[int, str]:
    """Run a program and return its status and all it printed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    said, _ = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode or 0, said.decode()


@pytest.mark.skipif(shutil.which("scp") is None, reason="needs OpenSSH's client")
@pytest.mark.parametrize("protocol", ["-s", "-O"])
async def test_scp_of_openssh_copies_both_ways(esx: SshHost, tmp_path: Path, protocol: str) -> None:
    (tmp_path / "up").write_text("upload", "utf-8")
    base = ["scp", protocol, *openssh(esx), "-P", str(esx.server.port)]
    there = "root@127.0.0.21:/vmfs/volumes/datastore1/file"
    assert await run_client(*base, str(tmp_path / "up"), there) == (0, "")
    assert await run_client(*base, there, str(tmp_path / "down")) == (0, "")
    assert (tmp_path / "down").read_text("utf-8") == "upload"
    status, said = await run_client(*base, "root@127.0.0.21:/etc/shadow", str(tmp_path / "shadow"))
    assert status != 0
    assert "No such file" in said


def inventory(esx: SshHost, **variables: str) -> str:
    """Return an inventory of the one host."""
    known = esx.folder / "known"
    common = {
        "ansible_host": "127.0.0.21",
        "ansible_port": str(esx.server.port),
        "ansible_user": "root",
        "ansible_ssh_common_args": f"'-F /dev/null -o UserKnownHostsFile={known} -o StrictHostKeyChecking=no'",
        **variables,
    }
    path = esx.folder / "hosts.ini"
    path.write_text("esxi1 " + " ".join(f"{key}={value}" for key, value in common.items()) + "\n", "utf-8")
    return str(path)


async def ansible(esx: SshHost, inventory_path: str, *arguments: str) -> tuple[int, str]:
    """Run ansible on the host, with a home of its own."""
    program = Path(os.sys.executable).with_name("ansible")
    return await run_client(
        str(program), "esxi1", "-i", inventory_path, *arguments,
        HOME=str(esx.folder), ANSIBLE_NOCOLOR="1", PATH=f"{program.parent}:{os.environ['PATH']}",
        ANSIBLE_SSH_CONTROL_PATH_DIR=str(esx.folder / "cp"),
    )  # fmt: skip


def by_key(esx: SshHost) -> dict[str, str]:
    return {"ansible_ssh_private_key_file": str(esx.key)}


def by_password(_esx: SshHost) -> dict[str, str]:
    return {"ansible_password": f"'{PASSWORD}'"}


@pytest.mark.parametrize("way", [by_key, by_password])
async def test_raw_works_by_key_and_by_password(esx: SshHost, way: object) -> None:
    status, said = await ansible(
        esx, inventory(esx, **way(esx)), "-m", "raw", "-a", "esxcli system version get; vmware -v"
    )
    assert (status, "Version: 8.0.3" in said, "VMware ESXi 8.0.3 build-" in said) == (0, True, True), said


@pytest.mark.parametrize("profile", ["seed-6.7", "seed-8.0u3"])
async def test_an_ordinary_module_fails(tmp_path: Path, profile: str) -> None:
    async with ssh_host(tmp_path, profile) as esx:
        found = inventory(esx, **by_key(esx))
        status, said = await ansible(esx, found, "-m", "ansible.builtin.ping")
        assert status != 0, said
        assert "not found" in said or "No python" in said, said
        own = inventory(esx, **by_key(esx), ansible_python_interpreter="/bin/python")
        status, said = await ansible(esx, own, "-m", "ansible.builtin.ping")
        assert status != 0
        assert ("SyntaxError" if profile == "seed-6.7" else "is not simulated") in said
