"""Questions that a VM waits with until somebody answers, as the API and `vim-cmd vmsvc/message` show them.

Ids and labels of the two are from users' logs and from automation that answers them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lab.esxi.rules import RuleBroken, rule

NOT_ASKED = rule(
    "vm.answer_unknown",
    "An answer names the question that is asked and one of its choices.",
    source="A",
    fault="InvalidArgument",
    message="A specified parameter was not correct: {invalidProperty} ({value}; asked: {asked})",
    unverified="the part in brackets",
)
PENDING = rule(
    "vm.question_pending",
    "A VM that waits for an answer does nothing else.",
    source="A",
    fault="QuestionPending",
    message="The virtual machine has an unanswered question: {text}",
    unverified="the text",
)


@dataclass(frozen=True)
class Choice:
    """One answer; `label` is its id, `summary` what people read."""

    key: str
    label: str
    summary: str


@dataclass(frozen=True)
class Message:
    """What can be asked."""

    id: str
    text: str
    choices: tuple[Choice, ...]
    default: int

    def find(self, answer: str) -> Choice | None:
        """Return the choice with this key, label or text."""
        return next((c for c in self.choices if answer.lower() in (c.key, c.label.lower(), c.summary.lower())), None)


UUID_ALTERED = Message(
    "msg.uuid.altered",
    "This virtual machine might have been moved or copied. In order to configure certain management and networking "
    "features, VMware ESX needs to know if this virtual machine was moved or copied. If you don't know, answer \"I "
    'copied it".',
    (
        Choice("0", "button.uuid.cancel", "Cancel"),
        Choice("1", "button.uuid.movedTheVM", "I Moved It"),
        Choice("2", "button.uuid.copiedTheVM", "I Copied It"),
    ),
    2,
)
CDROM_LOCKED = Message(
    "msg.cdromdisconnect.locked",
    "The guest operating system has locked the CD-ROM door and is probably using the CD-ROM, which can prevent the "
    "guest from recognizing media changes. If possible, eject the CD-ROM from inside the guest before disconnecting. "
    "Disconnect anyway and override the lock?",
    (Choice("0", "button.yes", "Yes"), Choice("1", "button.no", "No")),
    1,
)


@dataclass
class Question:
    """A message that waits; `decide` does what the choice asks for and may raise RuleBroken."""

    id: str
    message: Message
    decide: Callable[[Choice], None]
    _done: Callable[[], object] = field(default=lambda: None)
    _failed: Callable[[RuleBroken], object] = field(default=lambda broken: None)

    def then(self, done: Callable[[], object], failed: Callable[[RuleBroken], object]) -> None:
        """Say who wants to know how what was asked about ends."""
        self._done, self._failed = done, failed

    def end(self, choice: Choice) -> None:
        """Do what the choice asks for."""
        try:
            self.decide(choice)
        except RuleBroken as broken:
            self._failed(broken)
            return
        self._done()


class Questions:
    """The one question that a VM may wait with."""

    def __init__(self) -> None:
        self.pending: Question | None = None
        self._count = 0

    def ask(self, message: Message, decide: Callable[[Choice], None]) -> Question:
        """Ask, and wait."""
        self._count += 1
        self.pending = Question(str(self._count), message, decide)
        return self.pending

    def check_none(self) -> None:
        """Refuse while a question waits."""
        pending = self.pending
        PENDING.refuse_if(pending is not None, text=pending.message.text if pending is not None else "")

    def answer(self, question_id: str, answer: str) -> None:
        """Take an answer; the work that waited goes on, and what it refuses goes to whoever began it."""
        pending = self.pending
        fits = pending is not None and pending.id == question_id
        asked = pending.id if pending is not None else "nothing"
        NOT_ASKED.refuse_if(not fits, invalidProperty="questionId", value=question_id, asked=asked)
        if pending is None:
            return
        choice = next((each for each in pending.message.choices if each.key == answer), None)
        keys = ", ".join(each.key for each in pending.message.choices)
        NOT_ASKED.refuse_if(choice is None, invalidProperty="answerChoice", value=answer, asked=keys)
        self.pending = None
        pending.end(choice or pending.message.choices[0])

    def drop(self) -> None:
        """Forget the question: the VM is gone."""
        self.pending = None
