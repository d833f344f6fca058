"""NetworkCliTransport against a fake of network_cli's connection."""

from __future__ import annotations

import pytest
from ansible.module_utils.connection import ConnectionError as RpcError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.errors import DeviceError, TransportError
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.client import NetworkCliTransport
from ansible_collections.edgeworks.fastpath.plugins.module_utils.ios.transport import NothingSent

TIMEOUT = "command timeout triggered, timeout value is 30 secs.\nSee the timeout setting options in the guide."
INVALID = "\r\n     ^\r\n% Invalid input detected at '^' marker.\r\n\r\n"


class FakeDevice:
    """network_cli with one router behind it: modes, prompts, and what the test wants of single lines."""

    def __init__(self, prompt="R1#", answers=None):
        self.prompt: str | None = prompt
        self.answers = answers or {}
        self.sent: list[str] = []
        self.closed = False

    def get_prompt(self):
        if self.closed:
            raise RpcError("socket path /run/pc/1 does not exist or cannot be found.")
        return self.prompt

    def close(self):
        self.closed = True

    def get(self, command, prompt=None, answer=None):
        self.sent.append(command)
        scripted = self.answers.get(command, "")
        if callable(scripted):
            return scripted(self)
        self.prompt = next_prompt(self.prompt, command)
        return scripted


def next_prompt(prompt, command):
    if command.startswith("configure terminal"):
        return "R1(config)#"
    if command == "end":
        return "R1#"
    if command.startswith("interface "):
        return "R1(config-if)#"
    return prompt


def refusal(text=INVALID):
    """A refusal as network_cli reports it: the repr of the bytes that it read."""

    def answer(device):
        raise RpcError(repr(f"{device.sent[-1]}{text}{device.prompt}".encode()))

    return answer


def time_out(device):
    device.prompt = None
    raise RpcError(TIMEOUT)


def close_channel(device):
    device.prompt = None
    return "None"


def fail_to_write(device):
    raise RpcError("Failed to write to ssh channel")


def stay_in_exec(device):
    return "Configuration mode is locked by process '3' user 'ops'"


def test_run_returns_the_output_and_opens_the_session_once():
    device = FakeDevice(answers={"show clock": "12:00"})
    transport = NetworkCliTransport(device)
    assert [transport.run("show clock"), transport.run("show clock")] == ["12:00", "12:00"]
    assert device.sent == ["show clock", "show clock"]


def test_run_leaves_a_configuration_mode_that_another_task_left():
    device = FakeDevice(prompt="R1(config-if)#")
    NetworkCliTransport(device).run("show clock")
    assert device.sent == ["end", "show clock"]


def test_run_wants_privileged_mode():
    with pytest.raises(TransportError, match="ansible_become: true"):
        NetworkCliTransport(FakeDevice(prompt="R1>")).run("show running-config")


def test_run_reports_a_refused_command():
    device = FakeDevice(answers={"show bfd": refusal()})
    with pytest.raises(DeviceError, match=r"% Invalid input detected at '\^' marker\."):
        NetworkCliTransport(device).run("show bfd")
    assert not device.closed


def test_login_failure_is_a_transport_error():
    class NoLogin(FakeDevice):
        def get_prompt(self):
            raise RpcError("Failed to authenticate user: fastpath")

    with pytest.raises(TransportError, match="could not be opened: Failed to authenticate user: fastpath"):
        NetworkCliTransport(NoLogin()).run("show clock")


def test_session_without_a_prompt_is_a_transport_error():
    device = FakeDevice(prompt=None)
    with pytest.raises(TransportError, match="no prompt"):
        NetworkCliTransport(device).run("show clock")
    assert device.closed


def test_push_sends_line_by_line_and_returns_the_answers():
    device = FakeDevice(answers={"timers bgp 5 15": "% Warning: A hold time of less than 20 seconds"})
    answers = NetworkCliTransport(device).push(["router bgp 64512", "timers bgp 5 15", "neighbor 10.0.0.2 shutdown"])
    assert answers == ["", "% Warning: A hold time of less than 20 seconds", ""]
    assert device.sent[0] == "configure terminal"
    assert device.sent[-1] == "end"
    assert device.prompt == "R1#"


def test_push_of_nothing_sends_nothing():
    device = FakeDevice()
    assert NetworkCliTransport(device).push([]) == []
    assert device.sent == []


def test_push_stops_at_a_refused_line_and_leaves_configuration_mode():
    device = FakeDevice(answers={"bfd interval 100 min_rx 100 multiplier 2": refusal()})
    lines = ["interface Ethernet0/0", "bfd interval 100 min_rx 100 multiplier 2", "no ip redirects"]
    with pytest.raises(DeviceError) as caught:
        NetworkCliTransport(device).push(lines)
    assert str(caught.value) == (
        "Line 2 of 3, 'bfd interval 100 min_rx 100 multiplier 2': the device answered "
        "\"% Invalid input detected at '^' marker.\". Lines applied before it: 1; none after it was sent. "
        "Correct the input; the next run continues from what the device has."
    )
    assert device.sent == ["configure terminal", *lines[:2], "end"]
    assert device.prompt == "R1#"
    assert not device.closed


def test_push_takes_an_answer_to_a_submode_line_as_refusal():
    device = FakeDevice(answers={"router bgp 64513": "BGP is already running; AS is 64512"})
    with pytest.raises(DeviceError, match=r"Line 1 of 2, 'router bgp 64513'.*AS is 64512"):
        NetworkCliTransport(device).push(["router bgp 64513", "no neighbor 10.0.0.2"])
    assert device.sent == ["configure terminal", "router bgp 64513", "end"]


def test_push_sends_nothing_where_configuration_mode_is_locked():
    device = FakeDevice(answers={"configure terminal": stay_in_exec})
    with pytest.raises(DeviceError, match=r"did not enter configuration mode.*locked by process '3' user 'ops'"):
        NetworkCliTransport(device).push(["no ip address"])
    assert device.sent == ["configure terminal"]


@pytest.mark.parametrize("text", [INVALID, "\r\nCommand authorization failed.\r\n\r\n"])
def test_timed_change_that_the_terminal_refuses_is_none_of_ours(text):
    command = "configure terminal revert timer 5"
    device = FakeDevice(answers={command: refusal(text)})
    with pytest.raises(NothingSent, match=r"configure terminal revert timer 5: the device did not enter"):
        NetworkCliTransport(device).push(["no bfd"], 5)
    assert device.sent == [command]


def test_session_lost_while_configuration_mode_is_entered_is_a_transport_error():
    def lose(device):
        device.closed = True
        return ""

    device = FakeDevice(answers={"configure terminal": lose})
    with pytest.raises(TransportError, match="configure terminal: the connection was lost; whether the device took it"):
        NetworkCliTransport(device).push(["no bfd"])


def test_push_reports_the_line_that_got_no_answer():
    device = FakeDevice(answers={"no ip redirects": time_out})
    with pytest.raises(TransportError) as caught:
        NetworkCliTransport(device).push(["interface Ethernet0/0", "no ip redirects", "no shutdown"])
    assert str(caught.value) == (
        "Line 2 of 3, 'no ip redirects': no answer in time (command timeout triggered, timeout value is 30 secs.). "
        "Lines applied before it: 1; whether this one was is not known. Run again: the next run reads the device and "
        "continues from what it has."
    )
    assert device.closed
    assert device.sent[-1] == "no ip redirects", "nothing is sent into a session that hangs"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(close_channel, "the device closed the connection"), (fail_to_write, "the connection was lost")],
)
def test_push_reports_the_line_at_which_the_connection_dropped(fault, reason):
    device = FakeDevice(answers={"no ip redirects": fault})
    with pytest.raises(TransportError, match=f"Line 2 of 2, 'no ip redirects': {reason}"):
        NetworkCliTransport(device).push(["interface Ethernet0/0", "no ip redirects"])
    assert device.closed


def test_session_that_does_not_leave_configuration_mode_is_closed():
    device = FakeDevice(answers={"end": lambda device: ""})
    assert NetworkCliTransport(device).push(["no ip redirects"]) == [""]
    assert device.closed


def test_refusal_is_reported_even_where_the_session_is_lost_after_it():
    device = FakeDevice(answers={"no bfd": refusal(), "end": time_out})
    with pytest.raises(DeviceError, match="Line 1 of 1, 'no bfd'"):
        NetworkCliTransport(device).push(["no bfd"])
    assert device.closed


def test_answer_that_says_none_is_not_a_lost_session():
    device = FakeDevice(answers={"show archive": "None"})
    assert NetworkCliTransport(device).run("show archive") == "None"


def test_save_wants_the_devices_ok():
    NetworkCliTransport(FakeDevice(answers={"write memory": "Building configuration...\n[OK]"})).save()
    device = FakeDevice(answers={"write memory": "Building configuration...\n% NV memory is full"})
    with pytest.raises(DeviceError, match=r"write memory: .*% NV memory is full.*not saved"):
        NetworkCliTransport(device).save()


def test_session_whose_helper_process_is_gone_is_a_transport_error():
    class Gone(FakeDevice):
        def get(self, command, prompt=None, answer=None):
            self.closed = True
            raise RpcError("Unable to connect to socket '/run/pc/1'.")

    with pytest.raises(TransportError, match="the connection was lost"):
        NetworkCliTransport(Gone()).run("show clock")


REVERTED = """Rollback Confirmed Change: rolling to:flash:fastpath-Feb-15-15-56-38.517-1

!Pass 1
!List of Rollback Commands:
interface Ethernet0/0
 no ip redirects
end

Total number of passes: 1
Rollback Done"""
NONE_PENDING = "%No Rollback Confirmed Change pending"
CONFIRMED = "*Feb 15 15:57:01: %ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_CONFIRM: User: ops: Confirm the configuration change"


def test_push_under_a_timer_enters_configuration_once():
    device = FakeDevice()
    NetworkCliTransport(device).push(["no ip redirects"], revert_after_min=5)
    assert device.sent == ["configure terminal revert timer 5", "no ip redirects", "end"]


def test_push_under_a_timer_says_what_the_device_wants():
    answers = {
        "configure terminal revert timer 5": lambda device: (
            "%Turn config archive on before using Rollback Confirmed Change"
        )
    }
    device = FakeDevice(answers=answers)
    with pytest.raises(DeviceError) as caught:
        NetworkCliTransport(device).push(["no ip redirects"], revert_after_min=5)
    assert str(caught.value) == (
        "configure terminal revert timer 5: the device did not enter configuration mode but answered '%Turn config "
        "archive on before using Rollback Confirmed Change'; nothing was sent. See who holds its configuration lock. "
        "A timed change needs an archive and no other pending."
    )
    assert device.sent == ["configure terminal revert timer 5"]


def test_lines_are_drawn_while_configuration_mode_is_open():
    device = FakeDevice(answers={"do show clock": "12:00"})
    transport = NetworkCliTransport(device)

    def lines():
        yield "interface Ethernet0/0"
        assert transport.run("show clock") == "12:00"
        yield "shutdown"

    assert transport.push(lines()) == ["", ""]
    assert device.sent == ["configure terminal", "interface Ethernet0/0", "do show clock", "shutdown", "end"]
    assert transport.run("show clock") == ""
    assert device.sent[-1] == "show clock", "`do` belongs to configuration mode"


def test_configuration_mode_is_left_where_the_lines_end_in_an_error():
    device = FakeDevice()

    def lines():
        yield "interface Ethernet0/0"
        raise LookupError("the producer's own")

    with pytest.raises(LookupError, match="the producer's own"):
        NetworkCliTransport(device).push(lines())
    assert device.sent[-1] == "end"


def test_a_refused_line_of_unknown_many_is_named_by_its_number():
    device = FakeDevice(answers={"no bfd": refusal()})
    with pytest.raises(DeviceError, match=r"^Line 2, 'no bfd': the device answered"):
        NetworkCliTransport(device).push(iter(["interface Ethernet0/0", "no bfd"]))


def test_session_lost_while_lines_are_drawn_is_not_asked_to_end():
    device = FakeDevice(answers={"do show clock": close_channel})
    transport = NetworkCliTransport(device)
    with pytest.raises(TransportError, match="the device closed the connection"):
        transport.push(transport.run("show clock") for _ in range(2))
    assert device.sent == ["configure terminal", "do show clock"]
    assert device.closed


def test_notice_of_a_timed_change_is_no_answer_of_a_line():
    notice = (
        "Rollback Confirmed Change: Rollback will begin in one minute.\n"
        'Enter "configure confirm" if you wish to keep what you\'ve configured\n'
    )
    answers = {"interface Ethernet0/0": notice, "timers bgp 5 15": f"{notice}% Warning: A hold time"}
    transport = NetworkCliTransport(FakeDevice(answers=answers))
    assert transport.push(["interface Ethernet0/0", "timers bgp 5 15"]) == ["", "% Warning: A hold time"]


@pytest.mark.parametrize("answer", ["", CONFIRMED, CONFIRMED.partition(": ")[2]])
def test_confirm_is_silent_or_logged(answer):
    device = FakeDevice(answers={"configure confirm": answer})
    NetworkCliTransport(device).confirm()
    assert device.sent == ["configure confirm"]


def test_confirm_of_nothing_is_an_error():
    device = FakeDevice(answers={"configure confirm": NONE_PENDING})
    with pytest.raises(DeviceError) as caught:
        NetworkCliTransport(device).confirm()
    assert str(caught.value) == (
        "configure confirm: the device answered '%No Rollback Confirmed Change pending'; the change is not confirmed. "
        "Where its timer fired first the device has its former configuration: run again."
    )


def test_revert_wants_the_devices_word():
    NetworkCliTransport(FakeDevice(answers={"configure revert now": REVERTED})).revert()
    device = FakeDevice(answers={"configure revert now": NONE_PENDING})
    with pytest.raises(DeviceError, match="did not answer 'Rollback Done' but '%No Rollback Confirmed Change pending'"):
        NetworkCliTransport(device).revert()
