"""Who may do what: roles are sets of privileges, and a user has one role for the whole host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lab.esxi.machine.config_store import Section
from lab.esxi.rules import rule

# What every role that one makes has in any case (API reference, AuthorizationManager.AddAuthorizationRole).
BASIC = frozenset({"System.Anonymous", "System.View", "System.Read"})

NO_PRIVILEGE = rule(
    "roles.no_privilege",
    "A user does only what the privileges of the user's role allow.",
    source="A",
    fault="NoPermission",
    message="Permission to perform this operation was denied: {user} lacks the privilege {privilegeId}.",
    unverified="the second half of the text",
)
UNKNOWN_ROLE = rule(
    "roles.unknown",
    "A role that is not there can be neither given nor changed.",
    source="A",
    fault="NotFound",
    message="There is no role {role}.",
    unverified="the text",
)
NAME_TAKEN = rule(
    "roles.name_taken",
    "Two roles have different names.",
    source="A",
    fault="AlreadyExists",
    message="A role {name} exists already.",
    unverified="the text",
)
SYSTEM_ROLE = rule(
    "roles.system",
    "The roles that the host comes with stay as they are.",
    source="A",
    fault="InvalidArgument",
    message="Role {name} is a system role and cannot be changed or removed.",
    unverified="the text",
)
ROLE_USED = rule(
    "roles.used",
    "A role that a user has is not removed where the caller wants to know.",
    source="A",
    fault="RemoveFailed",
    message="Role {name} is in use by {users}.",
    unverified="the text",
)
LAST_ADMIN = rule(
    "roles.last_administrator",
    "Somebody stays administrator.",
    source="A",
    fault="AuthMinimumAdminPermission",
    message="{user} is the last administrator.",
    unverified="the text",
)


@dataclass(frozen=True)
class Role:
    """One role; `everything` stands for all privileges there are but those that begin with `without`."""

    id: int
    name: str
    label: str
    system: bool = False
    privileges: frozenset[str] = frozenset()
    everything: bool = False
    without: str = ""

    def allows(self, privilege: str) -> bool:
        """Tell whether the role has a privilege."""
        if self.everything:
            return not (self.without and privilege.startswith(self.without))
        return privilege in self.privileges


ADMINISTRATOR, NO_ACCESS = -1, -5
SYSTEM_ROLES = (
    Role(ADMINISTRATOR, "Admin", "Administrator", True, everything=True),
    Role(-2, "ReadOnly", "Read-only", True, BASIC),
    Role(-3, "View", "View", True, frozenset({"System.Anonymous", "System.View"})),
    Role(-4, "Anonymous", "Anonymous", True, frozenset({"System.Anonymous"})),
    Role(NO_ACCESS, "NoAccess", "No access", True),
    Role(-6, "NoCryptoAdmin", "No cryptography administrator", True, everything=True, without="Cryptographer."),
)


class Roles:
    """The roles of one host and who has them, both kept over boots."""

    def __init__(self, saved: Section, shipped: Mapping[str, str]) -> None:
        """Take where both are kept, and the names of the roles that users have from the start."""
        self._saved = saved
        self._shipped = shipped
        self.boot()

    def boot(self) -> None:
        """Take what is kept."""
        kept = self._saved.read()
        made = (Role(id_, name, name, privileges=frozenset(has)) for id_, name, has in kept.get("roles", ()))
        self._roles = {role.id: role for role in (*SYSTEM_ROLES, *made)}
        shipped = {user: self.by_name(name).id for user, name in self._shipped.items()}
        self.permissions: dict[str, int] = kept.get("permissions", {"root": ADMINISTRATOR, **shipped})

    @property
    def all(self) -> tuple[Role, ...]:
        """Return the roles, the host's own first."""
        return tuple(self._roles.values())

    def find(self, role_id: int) -> Role:
        """Return one role."""
        UNKNOWN_ROLE.refuse_if(role_id not in self._roles, role=role_id)
        return self._roles.get(role_id, self._roles[NO_ACCESS])

    def by_name(self, name: str) -> Role:
        """Return the role with a name."""
        found = next((role for role in self._roles.values() if role.name == name), None)
        UNKNOWN_ROLE.refuse_if(found is None, role=name)
        return found or self._roles[NO_ACCESS]

    def of(self, user: str) -> Role:
        """Return a user's role, no access where none was given."""
        return self._roles.get(self.permissions.get(user, NO_ACCESS), self._roles[NO_ACCESS])

    def has_privilege(self, user: str, privilege: str) -> bool:
        """Tell whether a user may do what needs a privilege."""
        return self.of(user).allows(privilege)

    def check(self, user: str, privilege: str) -> None:
        """Refuse what needs a privilege that a user lacks."""
        NO_PRIVILEGE.refuse_if(not self.has_privilege(user, privilege), user=user, privilegeId=privilege)

    def add(self, name: str, privileges: Iterable[str]) -> Role:
        """Make a role."""
        NAME_TAKEN.refuse_if(any(role.name == name for role in self.all), name=name)
        role_id = max([10, *self._roles]) + 1
        self._roles[role_id] = Role(role_id, name, name, privileges=BASIC | frozenset(privileges))
        self._save()
        return self._roles[role_id]

    def change(self, role_id: int, name: str, privileges: Iterable[str]) -> None:
        """Give a role another name and other privileges."""
        self._check_own(role_id)
        NAME_TAKEN.refuse_if(any(role.name == name and role.id != role_id for role in self.all), name=name)
        self._roles[role_id] = Role(role_id, name, name, privileges=BASIC | frozenset(privileges))
        self._save()

    def remove(self, role_id: int, fail_if_used: bool = True) -> None:
        """Remove a role; who has it has no access from then on."""
        role = self._check_own(role_id)
        users = sorted(user for user, has in self.permissions.items() if has == role_id)
        ROLE_USED.refuse_if(fail_if_used and bool(users), name=role.name, users=", ".join(users))
        self._roles.pop(role_id, None)
        self.permissions = {user: has for user, has in self.permissions.items() if has != role_id}
        self._save()

    def grant(self, user: str, role_id: int) -> None:
        """Give a user a role instead of the one that the user has."""
        self.find(role_id)
        self._check_admin_left(user, role_id)
        self.permissions[user] = role_id
        self._save()

    def revoke(self, user: str) -> None:
        """Take a user's role away."""
        self._check_admin_left(user, NO_ACCESS)
        self.permissions.pop(user, None)
        self._save()

    def _check_own(self, role_id: int) -> Role:
        role = self.find(role_id)
        SYSTEM_ROLE.refuse_if(role.system, name=role.name)
        return role

    def _check_admin_left(self, user: str, role_id: int) -> None:
        others = [who for who, has in self.permissions.items() if has == ADMINISTRATOR and who != user]
        LAST_ADMIN.refuse_if(role_id != ADMINISTRATOR and not others, user=user)

    def _save(self) -> None:
        roles = [[role.id, role.name, sorted(role.privileges)] for role in self.all if not role.system]
        self._saved.write({"roles": roles, "permissions": self.permissions})
