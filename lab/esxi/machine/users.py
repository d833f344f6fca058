"""The host's own users: who they are, how they prove it, and when they are locked out."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lab.esxi.machine.config_store import Section
from lab.esxi.machine.lockdown import Lockdown
from lab.esxi.machine.options import Options
from lab.esxi.machine.roles import NO_ACCESS, Roles
from lab.esxi.rules import rule

ITERATIONS = 20_000

BAD_LOGIN = rule(
    "users.bad_login",
    "Only a user with the right password gets in.",
    source="A",
    fault="InvalidLogin",
    message="Cannot complete login due to an incorrect user name or password.",
)
LOCKED = rule(
    "users.locked",
    "After Security.AccountLockFailures failures even the right password is refused for a while.",
    source="A",
    fault="InvalidLogin",
    message="{user} is locked out after {failures} failed logins.",
    unverified="the text",
)
NO_ROLE = rule(
    "users.no_role",
    "A user without a role on the host does not get in.",
    source="A",
    fault="NoPermission",
    message="{user} has no role on this host.",
    unverified="the text",
)
UNKNOWN_USER = rule(
    "users.unknown",
    "A user that is not there can be neither changed nor removed.",
    source="A",
    fault="UserNotFound",
    message="There is no user {principal}.",
    unverified="the text",
)
NAME_TAKEN = rule(
    "users.name_taken",
    "Two users have different names.",
    source="A",
    fault="AlreadyExists",
    message="A user {name} exists already.",
    unverified="the text",
)
ROOT_STAYS = rule(
    "users.root_stays",
    "The user root is not removed.",
    source="U",
    fault="SecurityError",
    message="The user root cannot be removed.",
    unverified="fault and text",
)


@dataclass(frozen=True)
class Account:
    """One user of the host."""

    name: str
    description: str = ""


def _hash(password: str, salt: bytes) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS).hex()


class Users:
    """The users of one host; users and passwords that were changed are kept over boots, passwords as hashes."""

    def __init__(self, saved: Section, passwords: Mapping[str, str], gates: Gates) -> None:
        """Take where users are kept, the passwords that they have from the start, and what else decides."""
        self._saved = saved
        self._first = passwords
        self._gates = gates
        self.boot()

    def boot(self) -> None:
        """Take what is kept, and forget who was locked out."""
        kept = self._saved.read()
        first = {name: "Administrator" if name == "root" else "" for name in ("root", *self._first)}
        self._descriptions: dict[str, str] = kept.get("users", first)
        self._hashes: dict[str, list[str]] = kept.get("hashes", {})
        self._failures: dict[str, list[datetime]] = {}

    @property
    def all(self) -> tuple[Account, ...]:
        """Return the users."""
        return tuple(Account(name, says) for name, says in self._descriptions.items())

    def authenticate(self, user: str, password: str, door: str = "api") -> str:
        """Let a user in by one of the doors of lockdown and return the full name, or refuse."""
        self._check_lock(user)
        if not self.is_password(user, password):
            self._failures.setdefault(user, []).append(self._gates.now())
        BAD_LOGIN.refuse_if(not self.is_password(user, password))
        self._failures.pop(user, None)
        self.check_access(user, door)
        return self._descriptions.get(user, "") or user

    def check_access(self, user: str, door: str) -> None:
        """Refuse a user who has proved who it is, by password or key, but may not come in."""
        NO_ROLE.refuse_if(self._gates.roles.of(user).id == NO_ACCESS, user=user, privilegeId="System.View")
        self._gates.lockdown.check_login(user, door)

    def is_password(self, user: str, password: str) -> bool:
        """Tell whether this is the user's password."""
        if user not in self._descriptions:
            return False
        if user in self._hashes:
            salt, known = self._hashes[user]
            return hmac.compare_digest(known, _hash(password, bytes.fromhex(salt)))
        return user in self._first and hmac.compare_digest(self._first[user].encode(), password.encode())

    def add(self, name: str, password: str, description: str = "") -> None:
        """Make a user, who has no role yet."""
        NAME_TAKEN.refuse_if(name in self._descriptions, name=name)
        self._descriptions[name] = description
        self._set_password(name, password)

    def change(self, name: str, password: str | None = None, description: str | None = None) -> None:
        """Give a user another password or description."""
        UNKNOWN_USER.refuse_if(name not in self._descriptions, principal=name, unresolved=True)
        if description is not None:
            self._descriptions[name] = description
        if password is not None:
            self._set_password(name, password)
        self._save()

    def remove(self, name: str) -> None:
        """Remove a user and the user's role."""
        UNKNOWN_USER.refuse_if(name not in self._descriptions, principal=name, unresolved=True)
        ROOT_STAYS.refuse_if(name == "root")
        self._gates.roles.revoke(name)
        self._descriptions.pop(name, None)
        self._hashes.pop(name, None)
        self._save()

    def _check_lock(self, user: str) -> None:
        limit = self._gates.options.number("Security.AccountLockFailures")
        lasts = timedelta(seconds=self._gates.options.number("Security.AccountUnlockTime"))
        failures = self._failures.get(user, [])
        recent = bool(failures) and self._gates.now() - failures[-1] < lasts
        if failures and not recent:
            self._failures.pop(user)
        LOCKED.refuse_if(0 < limit <= len(failures) and recent, user=user, failures=len(failures))

    def _set_password(self, name: str, password: str) -> None:
        salt = os.urandom(16)
        self._hashes[name] = [salt.hex(), _hash(password, salt)]
        self._save()

    def _save(self) -> None:
        self._saved.write({"users": self._descriptions, "hashes": self._hashes})


@dataclass(frozen=True)
class Gates:
    """What else decides whether a user gets in."""

    roles: Roles
    lockdown: Lockdown
    options: Options
    now: Callable[[], datetime]
