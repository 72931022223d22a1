"""Tokens, passwords, the form of roles and the ready roles, without a database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyuan.access import ACTIONS, Policy, rights
from keyuan.domains import load
from keyuan.kernel.i18n import message
from keyuan.schema.registry import Registry
from keyuan.services.identity import passwords, role_form, tokens
from keyuan.services.identity.passwords import Rules
from keyuan.services.identity.reach import beyond
from keyuan.services.identity.ready_roles import READY_ROLES, rows

REGISTRY = Registry("test", 1, load().objects)


def policy(*keys: str) -> Policy:
    return Policy.from_roles([role for role in rows("en") if role["key"] in keys])


def test_tokens_carry_their_organisation() -> None:
    for slug in ("a", "acme", "a_b_c", "x" * 40):
        for make, read in ((tokens.new_session, tokens.read_session), (tokens.new_key, tokens.read_key)):
            made = make(slug)
            assert read(made.text) == (slug, made.hash)
            assert made.hash not in made.text.encode()
            assert make(slug).text != made.text
            assert len(made.text.removeprefix("ky_").removeprefix(slug)) == 44


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "acme",
        "acme.",
        "acme." + "x" * 42,
        "acme." + "x" * 44,
        "Acme." + "x" * 43,
        "1a." + "x" * 43,
        "acme." + "x" * 42 + "é",
        'a"; drop schema x;--.' + "x" * 43,
        "acme." + "x" * 43 + "\n",
        "x" * 41 + "." + "y" * 43,
    ],
)
def test_what_is_no_token(text: str) -> None:
    assert tokens.read_session(text) is None
    assert tokens.read_key("ky_" + text.replace(".", "_", 1)) is None


@given(st.text(max_size=120))
def test_any_text_is_no_token(text: str) -> None:
    assert tokens.read_session(text) is None
    assert tokens.read_key(text) is None


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("Sunny-Day-2026", []),
        ("春天的花园2026Ab", []),
        ("Ｓｕｎｎｙ－Ｄａｙ１", []),
        ("short1A!", ["password_short"]),
        ("alllowercaseletters", ["password_classes"]),
        ("ALLUPPER12345", ["password_classes"]),
        ("aaaaaaaaaaA1", ["password_guessable"]),
        ("norman@acme.test1A", ["password_guessable"]),
        ("Norman-123", ["password_guessable"]),
        ("A1-" + "x" * 254, ["too_long", "password_guessable"]),
        ("", ["password_short", "password_classes"]),
    ],
)
def test_rules_for_passwords(password: str, codes: list[str]) -> None:
    errors = passwords.check(password, Rules(), ["Norman Chen", "norman", "norman@acme.test", None])
    assert [e.code for e in errors] == codes
    for error in errors:
        assert message("field." + error.code, "zh", **error.params)


def test_made_passwords_keep_the_rules() -> None:
    made = {passwords.new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(not passwords.check(password, Rules(16, 4)) for password in made)


@pytest.mark.anyio
async def test_hashes() -> None:
    stored = await passwords.hash_password("Ｓｕｎｎｙ－Day 1")
    assert stored.startswith("$argon2id$")
    assert (await passwords.verify(stored, "Sunny-Day 1")).right
    assert not (await passwords.verify(stored, "sunny-day 1")).right
    assert not (await passwords.verify(None, "Sunny-Day 1")).right
    assert not (await passwords.verify("not a hash", "Sunny-Day 1")).right


@pytest.mark.parametrize("role", READY_ROLES, ids=lambda role: str(role["key"]))
def test_ready_roles_are_well_formed(role: dict[str, object]) -> None:
    assert role_form.check(REGISTRY, role) == []


def test_ready_roles_name_what_there_is() -> None:
    for role in READY_ROLES:
        assert set(role["permissions"]) - {"*"} <= set(REGISTRY.objects), role["key"]
        for key, fields in (role.get("fields") or {}).items():
            assert set(fields) - {"*"} <= set(REGISTRY.fields(key)), (role["key"], key)


@pytest.mark.parametrize(
    ("key", "object_key", "can"),
    [
        ("sales", "customer", "create read edit delete"),
        ("sales", "product", "read"),
        ("sales", "user", "read"),
        ("sales", "role", ""),
        ("sales", "stage", "read"),
        ("sales_manager", "customer", "create read edit delete export"),
        ("sales_assistant", "customer", "create read edit"),
        ("sales_assistant", "lead", "read"),
        ("marketing", "lead", "create read edit delete export"),
        ("service", "customer", "read"),
        ("finance", "lead", ""),
        ("finance", "customer", "read edit export"),
        ("executive", "opportunity", "create read edit export"),
        ("executive", "user", "read"),
        ("administrator", "role", "create read edit delete export"),
    ],
)
def test_what_ready_roles_may(key: str, object_key: str, can: str) -> None:
    mine = rights(REGISTRY, policy(key))
    assert " ".join(action for action in ACTIONS if mine.can(object_key, action)) == can


def test_what_ready_roles_see() -> None:
    assert rights(REGISTRY, policy("sales")).access("product", "cost") == "hidden"
    assert rights(REGISTRY, policy("executive")).access("product", "cost") == "edit"
    assert rights(REGISTRY, policy("finance")).access("contact", "mobile") == "masked"
    assert rights(REGISTRY, policy("finance")).access("customer", "tax_number") == "edit"
    assert rights(REGISTRY, policy("finance")).access("customer", "level") == "read"
    assert rights(REGISTRY, policy("service")).access("customer", "bank_account") == "masked"
    service = rights(REGISTRY, policy("service"))
    for key, fields in {
        "opportunity": ("amount", "weighted_amount", "lines_amount"),
        "opportunity_line": ("price", "discount", "amount"),
        "customer": ("open_amount", "won_amount"),
    }.items():
        assert {service.access(key, name) for name in fields} == {"hidden"}, key
    assert service.access("opportunity_line", "quantity") == "read"


def test_going_beyond() -> None:
    assert beyond(REGISTRY, policy("sales"), policy("sales")) is None
    assert beyond(REGISTRY, policy("sales"), policy("administrator")) is None
    assert beyond(REGISTRY, policy("administrator"), policy("executive")) == "administrator"
    assert beyond(REGISTRY, policy("executive"), policy("sales")) is not None
    assert beyond(REGISTRY, policy("sales"), policy("service")) is not None
    assert beyond(REGISTRY, policy("sales"), policy("sales", "service")) is None
    one = {"permissions": {"customer": {"read": "own"}}}
    more = {"permissions": {"customer": {"read": "own"}}, "fields": {"customer": {"phone": "masked"}}}
    assert beyond(REGISTRY, Policy.from_roles([more]), Policy.from_roles([one])) is None
    assert beyond(REGISTRY, Policy.from_roles([one]), Policy.from_roles([more])) == "customer.phone"
    capable = Policy.from_roles([{**one, "capabilities": ["imports"]}])
    assert beyond(REGISTRY, capable, Policy.from_roles([one])) == "imports"
    # a right to objects that are yet to come is a right too
    later = Policy.from_roles([{"permissions": {"*": {"export": "all"}}}])
    every = {key: {"export": "all"} for key in REGISTRY.objects}
    assert beyond(REGISTRY, later, Policy.from_roles([{"permissions": every}])) == "*"


@pytest.mark.parametrize(
    ("theirs", "mine", "what"),
    [
        # what is named and not there, or not there any more
        ({"permissions": {"x_later": {"read": "all"}}}, {}, "x_later"),
        ({"permissions": {"x_later": {"read": "own"}}}, {"permissions": {"x_later": {"read": "all"}}}, None),
        ({"permissions": {"x_later": {"read": "all"}}}, {"permissions": {"*": {"read": "all"}}}, None),
        ({"permissions": {"*": {"read": "all"}}},
         {"permissions": {"*": {"read": "all"}, "x_later": {"read": "none"}}}, "x_later"),
        # an administrative object that the product brings later
        ({"permissions": {"later": {"edit": "all"}}}, {"permissions": {"*": {"edit": "all"}}}, "later"),
        # fields of it, reached through itself and through what it may come to belong to
        ({"permissions": {"*": {"read": "all"}}},
         {"permissions": {"*": {"read": "all"}}, "fields": {"x_later": {"name": "masked"}}}, "x_later.name"),
        ({"permissions": {"customer": {"read": "all"}}},
         {"permissions": {"customer": {"read": "all"}}, "fields": {"x_later": {"*": "hidden"}}}, "x_later.*"),
        # fields to come of what is there
        ({"permissions": {"customer": {"read": "all"}}, "fields": {"customer": {"x_secret": "read"}}},
         {"permissions": {"customer": {"read": "all"}}, "fields": {"customer": {"x_secret": "masked"}}},
         "customer.x_secret"),
        ({"permissions": {"customer": {"read": "all"}}, "fields": {"customer": {"x_secret": "read"}}},
         {"permissions": {"customer": {"read": "all"}}, "fields": {"customer": {"x_secret": "edit"}}}, None),
        ({"fields": {"customer": {"x_secret": "edit"}}}, {}, None),
    ],
)  # fmt: skip
def test_going_beyond_in_what_is_not_there(theirs: Any, mine: Any, what: str | None) -> None:
    given, held = Policy.from_roles([theirs]), Policy.from_roles([mine])
    assert beyond(REGISTRY, given, held) == what
    assert beyond(REGISTRY, given, given) is None


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"permissions": []}, "permissions", "form"),
        ({"permissions": {"customer": "all"}}, "permissions.customer", "form"),
        ({"permissions": {"customer": {"see": "all"}}}, "permissions.customer.see", "one_of"),
        ({"permissions": {"customer": {"read": "everything"}}}, "permissions.customer.read", "one_of"),
        ({"permissions": {"customer": {"read": ["all"]}}}, "permissions.customer.read", "one_of"),
        (
            {"permissions": {"customer": {"read": {"filter": "x"}}}},
            "permissions.customer.read.filter",
            "expr_filter_form",
        ),
        (
            {"permissions": {"customer": {"read": {"filter": ["no_such_field", "=", "x"]}}}},
            "permissions.customer.read.filter",
            "expr_unknown_path",
        ),
        (
            {"permissions": {"opportunity": {"edit": {"filter": ["customer.nothing", "=", "x"]}}}},
            "permissions.opportunity.edit.filter",
            "expr_unknown_path",
        ),
        ({"fields": {"customer": {"phone": "none"}}}, "fields.customer.phone", "one_of"),
        ({"fields": {"customer": []}}, "fields.customer", "form"),
        ({"capabilities": "all"}, "capabilities", "form"),
        ({"capabilities": ["fly"]}, "capabilities", "one_of"),
        ({"capabilities": [["imports"]]}, "capabilities", "one_of"),
    ],
)
def test_roles_that_would_not_be_understood(values: dict[str, object], field: str, code: str) -> None:
    errors = role_form.check(REGISTRY, values)
    assert [(e.field, e.code) for e in errors] == [(field, code)]
    assert message("field." + code, "en", **errors[0].params)


def test_the_place_in_a_roles_filter_is_told() -> None:
    wrong = {"filter": ["and", ["name", "=", "x"], ["no_such_field", "=", "x"]]}
    (error,) = role_form.check(REGISTRY, {"permissions": {"customer": {"read": wrong}}})
    told = error.as_json("en")
    assert str(told["pointer"]).startswith("/2")
    assert str(told["message"]).endswith(f" (at {told['pointer']})")


@pytest.mark.parametrize(
    "scope",
    [
        {"filter": ["industry", "is_null", True]},
        {"filter": ["or", ["owner", "=", "@me"], ["any", "contacts", ["name", "contains", "x"]]]},
    ],
)
def test_filters_of_roles_that_can_be_used(scope: dict[str, object]) -> None:
    assert role_form.check(REGISTRY, {"permissions": {"customer": {"read": scope}}}) == []
    # what is not there (any more), and what is about all objects, is left alone
    assert role_form.check(REGISTRY, {"permissions": {"x_gone": {"read": scope}, "*": {"read": scope}}}) == []
