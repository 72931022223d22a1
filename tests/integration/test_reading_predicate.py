"""The permission predicate against a plain reading of the rules, for every scope and action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from reading_world import ADMINISTRATOR, World, role
from sqlalchemy import select

from keyuan.access import ACTIONS, SCOPES, Principal, binds, can, predicate, system_principal
from keyuan.kernel import clock
from keyuan.kernel.ids import new_id

ROOT, EAST, SHOP, WEST = (new_id() for _ in range(4))
BOSS, ANNA, BEN, CARL, ROLE = (new_id() for _ in range(5))


@dataclass
class Filled:
    """The world, and (owner, department) of its customers by id."""

    world: World
    customers: dict[str, tuple[str | None, str | None]]


@pytest.fixture(scope="module")
def filled(module_database_url: str) -> Filled:
    world = World.make(module_database_url)
    world.add("department", *({"id": i, "name": i} for i in (ROOT, EAST, SHOP, WEST)))
    world.add("user", *({"id": i, "name": i} for i in (BOSS, ANNA, BEN, CARL)))
    held = list(product((BOSS, ANNA, BEN, CARL, None), (ROOT, EAST, SHOP, WEST, None)))
    ids = world.add("customer", *({"name": f"c{n}", "owner": o, "owner_department": d, "level": n}
                                  for n, (o, d) in enumerate(held)))  # fmt: skip
    return Filled(world, dict(zip(ids, held, strict=True)))


def anna(world: World, *roles: object) -> Principal:
    """Anna belongs to the east, whose shop is below it, and leads Ben."""
    return world.person(
        *roles, user=ANNA, department=EAST, departments=(EAST,), department_tree=(EAST, SHOP), people=(ANNA, BEN),
        roles=(ROLE,),
    )  # type: ignore[arg-type]  # fmt: skip


def allowed(world: World, who: Principal, object_key: str, action: str = "read") -> set[str]:
    """The ids that the predicate lets through."""
    table = world.registry.tables[object_key].main.alias()
    made = predicate(world.registry, who.policy, object_key, action, table)
    return {str(row[0]) for row in world.fetch(select(table.c.id).where(made), binds(who))}


RULES = {
    "none": lambda o, d: False,
    "own": lambda o, d: o == ANNA,
    "subordinates": lambda o, d: o in (ANNA, BEN),
    "department": lambda o, d: o == ANNA or d == EAST,
    "department_tree": lambda o, d: o == ANNA or d in (EAST, SHOP),
    "all": lambda o, d: True,
}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_scope_of_every_action(filled: Filled, scope: str, action: str) -> None:
    who = anna(filled.world, role({"customer": {"read": "all", action: scope}}))
    expected = {i for i, (o, d) in filled.customers.items() if RULES[scope](o, d)}
    assert allowed(filled.world, who, "customer", action) == expected
    assert can(filled.world.registry, who.policy, "customer", action) == (scope != "none")


@pytest.mark.parametrize(("read", "edit"), list(product(SCOPES, SCOPES)))
def test_what_is_edited_can_be_read(filled: Filled, read: str, edit: str) -> None:
    who = anna(filled.world, role({"customer": {"read": read, "edit": edit}}))
    expected = {i for i, (o, d) in filled.customers.items() if RULES[read](o, d) and RULES[edit](o, d)}
    assert allowed(filled.world, who, "customer", "edit") == expected


@pytest.mark.parametrize(("one", "other"), list(product(SCOPES, SCOPES)))
def test_several_roles_are_a_union(filled: Filled, one: str, other: str) -> None:
    who = anna(filled.world, role({"customer": one}), role({"*": other}))
    expected = {i for i, (o, d) in filled.customers.items() if RULES[one](o, d) or RULES[other](o, d)}
    assert allowed(filled.world, who, "customer") == expected


def test_administrator_and_system_may_do_everything(filled: Filled) -> None:
    for who in (filled.world.person(ADMINISTRATOR), system_principal("test")):
        for action in ACTIONS:
            assert allowed(filled.world, who, "customer", action) == set(filled.customers)


def test_nobody_without_role_sees_anything(filled: Filled) -> None:
    assert allowed(filled.world, anna(filled.world), "customer") == set()


def test_an_objects_own_entry_goes_before_the_star(filled: Filled) -> None:
    who = anna(filled.world, role({"*": {"read": "all", "edit": "all"}, "customer": {"read": "none"}}))
    assert allowed(filled.world, who, "customer") == set()
    assert not can(filled.world.registry, who.policy, "customer", "read")
    # editing falls back to the star, yet what cannot be read cannot be edited
    assert allowed(filled.world, who, "customer", "edit") == set()


def test_the_star_does_not_make_administrators(filled: Filled) -> None:
    everything = role({"*": dict.fromkeys(ACTIONS, "all")})
    registry, policy = filled.world.registry, anna(filled.world, everything).policy
    assert can(registry, policy, "role", "read")
    assert not any(can(registry, policy, "role", a) for a in ("create", "edit", "delete", "export"))
    named = anna(filled.world, role({"role": {"read": "all", "edit": "all"}})).policy
    assert can(registry, named, "role", "edit")


def test_objects_without_owner_are_all_or_nothing(filled: Filled) -> None:
    for scope in SCOPES:
        who = anna(filled.world, role({"user": scope}))
        found = allowed(filled.world, who, "user")
        assert found == ({BOSS, ANNA, BEN, CARL} if scope == "all" else set())


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (["owner", "=", "@me"], lambda o, d, n: o == ANNA),
        (["level", "<", 3], lambda o, d, n: n < 3),
        (["owner_department", "in", "@my_departments"], lambda o, d, n: d == EAST),
        (["owner.name", "=", BEN], lambda o, d, n: o == BEN),
        (["not", ["owner.name", "=", BEN]], lambda o, d, n: o != BEN),
        (["nonsense", "=", 1], lambda o, d, n: False),
        (["level", "=", "many"], lambda o, d, n: False),
        (["broken"], lambda o, d, n: False),
    ],
)
def test_filters_as_scopes(filled: Filled, condition: list[object], expected: object) -> None:
    who = anna(filled.world, role({"customer": {"read": {"filter": condition}}}))
    found = allowed(filled.world, who, "customer")
    assert found == {i for n, (i, (o, d)) in enumerate(filled.customers.items()) if expected(o, d, n)}  # type: ignore[operator]


def test_two_filters_do_not_mix_their_values(filled: Filled) -> None:
    first, second = {"filter": ["level", "=", 3]}, {"filter": ["level", "=", 7]}
    who = anna(filled.world, role({"customer": {"read": first}}), role({"customer": {"read": second}}))
    ids = list(filled.customers)
    assert allowed(filled.world, who, "customer") == {ids[3], ids[7]}


def test_a_filter_within_a_period_moves_with_the_days(module_database_url: str, filled: Filled) -> None:
    world = filled.world
    scope = {"filter": ["seen_at", "within", "last_2_days"]}
    who = anna(world, role({"customer": {"read": scope}}))
    record = world.add("customer", {"name": "late", "seen_at": "2026-06-10T12:00:00+08:00"})[0]
    try:
        with clock.frozen(datetime(2026, 6, 11, 1, tzinfo=UTC)):
            assert allowed(world, who, "customer") == {record}
        with clock.frozen(datetime(2026, 6, 13, 1, tzinfo=UTC)):
            assert allowed(world, who, "customer") == set()
    finally:
        world.execute("delete from org_test.customer__search where id = %s", [record])
        world.execute("delete from org_test.customer where id = %s", [record])


def test_grants(filled: Filled) -> None:
    world = filled.world
    others = [i for i, (o, d) in filled.customers.items() if o == CARL and d in (ROOT, WEST)] + [
        i for i, (o, d) in filled.customers.items() if o == BOSS and d in (ROOT, WEST)
    ]
    now = clock.now()
    world.grant("customer", others[0], ANNA)
    world.grant(
        "customer", others[1], EAST, grantee_kind="department", level="edit", until=now + timedelta(hours=1)
    )
    world.grant(
        "customer", others[2], ROLE, grantee_kind="role", level="edit", until=now - timedelta(seconds=1)
    )
    world.grant("deal", others[3], ANNA, level="edit")  # another object with, by chance, the same id
    world.grant("customer", others[3], CARL, level="edit")
    try:
        who = anna(world, role({"customer": dict.fromkeys(ACTIONS, "own")}))
        own = {i for i, (o, _) in filled.customers.items() if o == ANNA}
        assert allowed(world, who, "customer", "read") == own | set(others[:2])
        assert allowed(world, who, "customer", "edit") == own | {others[1]}
        for action in ("delete", "export", "create"):
            assert allowed(world, who, "customer", action) == own
        with clock.frozen(now + timedelta(hours=2)):
            assert allowed(world, who, "customer", "read") == own | {others[0]}
        with clock.frozen(now - timedelta(hours=2)):
            assert allowed(world, who, "customer", "read") == own | set(others[:3])
        # a grant is of no use to somebody whose roles allow nothing
        assert allowed(world, anna(world, role({"deal": "own"})), "customer") == set()
        readers = anna(world, role({"customer": {"read": "own", "edit": "none"}}))
        assert allowed(world, readers, "customer", "edit") == set()
    finally:
        world.execute("delete from org_test.grants")


def test_children_follow_their_parents(filled: Filled) -> None:
    world = filled.world
    contacts = {world.add("contact", {"name": "k", "customer": i})[0]: i for i in filled.customers}
    for read_scope, edit_scope in product(SCOPES, SCOPES):
        who = anna(world, role({"customer": {"read": read_scope, "edit": edit_scope, "delete": "none"}}))
        readable, editable = (allowed(world, who, "customer", a) for a in ("read", "edit"))
        assert allowed(world, who, "contact", "read") == {k for k, c in contacts.items() if c in readable}
        for action in ("create", "edit", "delete"):
            assert allowed(world, who, "contact", action) == {k for k, c in contacts.items() if c in editable}
    # what a role says of the child itself counts for nothing
    assert allowed(world, anna(world, role({"contact": "all"})), "contact") == set()


def test_children_of_children_and_of_several_objects(filled: Filled) -> None:
    world = filled.world
    mine = next(i for i, (o, _) in filled.customers.items() if o == ANNA)
    other = next(i for i, (o, d) in filled.customers.items() if o == CARL and d == WEST)
    deals = world.add("deal", {"name": "d1", "owner": ANNA}, {"name": "d2", "owner": CARL})
    lines = world.add("deal_line", {"name": "l1", "deal": deals[0]}, {"name": "l2", "deal": deals[1]})
    about = [
        {"name": "r1", "about": {"object": "customer", "id": mine}},
        {"name": "r2", "about": {"object": "customer", "id": other}},
        {"name": "r3", "about": {"object": "deal", "id": deals[0]}},
        {"name": "r4", "about": {"object": "deal", "id": deals[1]}},
        {"name": "r5"},
    ]
    remarks = world.add("remark", *about)
    both = anna(world, role({"customer": "own", "deal": "own"}))
    assert allowed(world, both, "deal_line") == {lines[0]}
    assert allowed(world, both, "remark") == {remarks[0], remarks[2]}
    deals_only = anna(world, role({"deal": "all"}))
    assert allowed(world, deals_only, "remark") == {remarks[2], remarks[3]}
    assert allowed(world, deals_only, "deal_line") == set(lines)
    # without a parent a record goes by what the role says of the object itself
    named = anna(world, role({"deal": "own", "remark": "all"}))
    assert allowed(world, named, "remark") == {remarks[2], remarks[4]}
    assert allowed(world, world.person(ADMINISTRATOR), "remark") == set(remarks)
