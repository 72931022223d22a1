"""Who acts: a person with what the first query of a request loads, or the program itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ARRAY, DateTime

from ..expr import binding
from ..expr.ast import PLACEHOLDERS, And, Placeholder
from ..expr.scope import Environment
from ..kernel import clock
from ..kernel.i18n import Language
from ..schema.field_types.pointer import UUID
from .parameters import parameter
from .policy import Policy


@dataclass(frozen=True)
class Principal:
    """Who acts in which organisation.

    `department` is the person's main department, `departments` all of the person's own, `department_tree` these and
    all below them, `people` the person and everybody below in the line of reporting, `roles` the ids of the roles.
    `time_zone` is the person's; scopes and periods go by `organisation_time_zone` and `fiscal_year_start`."""

    user: str | None
    organisation: str
    name: str = ""
    language: Language = "zh"
    time_zone: str = ""
    department: str | None = None
    departments: tuple[str, ...] = ()
    department_tree: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    policy: Policy = field(default_factory=lambda: Policy.from_roles(()))
    organisation_time_zone: str = "Asia/Shanghai"
    fiscal_year_start: int = 1

    @property
    def administrator(self) -> bool:
        """Whether the person may do everything."""
        return self.policy.administrator

    @property
    def capabilities(self) -> frozenset[str]:
        """What the roles allow beside records."""
        return self.policy.capabilities

    def may(self, capability: str) -> bool:
        """Whether the person has a capability (administrators have all)."""
        return self.policy.administrator or capability in self.policy.capabilities

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """The parameters of predicates that stay the same for the life of this value. Arrays are bound as their text,
        which costs psycopg nothing however long they are."""
        people = self.people or ((self.user,) if self.user else ())
        grantees = (*((self.user,) if self.user else ()), *self.departments, *self.roles)
        return {
            "p_me": self.user,
            "p_people": array_text(people),
            "p_departments": array_text(self.departments),
            "p_tree": array_text((*self.departments, *self.department_tree)),
            "p_grantees": array_text(grantees),
        }


def array_text(ids: Iterable[str]) -> str:
    """Ids as the text of a PostgreSQL array."""
    return "{" + ",".join(dict.fromkeys(ids)) + "}"


ME = parameter("p_me", UUID)
PEOPLE = parameter("p_people", ARRAY(UUID))
DEPARTMENTS = parameter("p_departments", ARRAY(UUID))
TREE = parameter("p_tree", ARRAY(UUID))
GRANTEES = parameter("p_grantees", ARRAY(UUID))
NOW = parameter("p_now", DateTime(timezone=True))


def system_principal(organisation: str, *, language: Language = "zh") -> Principal:
    """The program itself in an organisation: it may do everything, and writes what people never write."""
    return Principal(user=None, organisation=organisation, language=language, policy=Policy.of_system())


def environment(principal: Principal, settings: Mapping[str, object] | None = None) -> Environment:
    """What `@me`, `@today` and the like mean now; zone and fiscal year from the organisation's settings if given."""
    given = settings or {}
    zone = given.get("time_zone") or principal.organisation_time_zone
    start = given.get("fiscal_year_start") or principal.fiscal_year_start
    return Environment(
        now=clock.now(),
        time_zone=str(zone),
        fiscal_year_start=int(str(start)),
        me=principal.user,
        my_department=principal.department or (principal.departments[0] if principal.departments else None),
        my_departments=principal.departments,
    )


_PLACEHOLDERS = And(tuple(Placeholder(name) for name in PLACEHOLDERS))


def binds(principal: Principal, known: Environment | None = None) -> dict[str, Any]:
    """The parameters of every predicate made for the principal's policy, and those of `@me`, `@now` and the like. A
    statement takes those it has; the others do no harm. `known`: the environment, where one was made already."""
    env = known or environment(principal)
    bound = {**principal.fixed, "p_now": env.now, **binding.binds(_PLACEHOLDERS, env)}
    for prefix, tree in principal.policy.late.items():
        bound |= binding.binds(tree, env, prefix)
    return bound
