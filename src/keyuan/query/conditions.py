"""From filter JSON to a checked condition: its paths may be used, its operators are those the fields offer, and values
that fields are compared with whole are written as the fields store them: telephone numbers as people dial them, values of
encrypted fields blind."""

from __future__ import annotations

from dataclasses import replace

from ..access.paths import Found
from ..access.scope import RecordScope
from ..expr import filters, rewrite, typing
from ..expr.ast import (
    And,
    Any,
    Between,
    Compare,
    Expr,
    Has,
    In,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
    Path,
    Pointer,
    Within,
    children,
)
from ..expr.errors import ExprError
from ..expr.scope import UnknownPath
from ..schema.field_types.base import Cipher
from ..schema.model import Field
from ..schema.registry import Registry


def checked(data: object, scope: RecordScope, cipher: Cipher | None) -> Expr:
    """The condition that filter JSON means in a scope. Raises `ExprError` (a 400 with the place in the filter)."""
    tree = filters.from_filter(data)
    written = _check_operators(tree, scope)
    tree = typing.check_condition(tree, scope)
    return as_stored(tree, scope, cipher) if written else tree


def _operator(node: Expr) -> str:
    """The operator of filter JSON that a test was written with, as field types name it."""
    match node:
        case Compare():
            return node.op
        case In():
            return "in"
        case Between():
            return "between"
        case Match():
            return "starts_with" if node.kind == "ends_with" else node.kind
        case Within():
            return "within"
        case IsNull():
            return "is_null"
        case Has():
            return "contains"
    return ""


def _check_operators(node: Expr, scope: RecordScope) -> bool:
    """Refuse operators that the fields do not offer; whether the values beside some must be written as they are stored."""
    if isinstance(node, Any):
        try:
            below = scope.children(node.path)
        except UnknownPath as unknown:
            raise _unknown(node, ".".join(node.path), unknown) from None
        return _check_operators(node.condition, below)
    if isinstance(node, And | Or | Not):
        below_written = [_check_operators(child, scope) for child in children(node)]
        return True in below_written
    written = False
    used = [child for child in children(node) if isinstance(child, Path)]
    for path in used:
        found = _find(path, scope)
        operator = _operator(node)
        encrypted = found.field is not None and found.field.encrypted
        if operator not in found.operators or (encrypted and len(used) > 1):
            at = Pointer(f"{node.at.pointer}/1") if isinstance(node.at, Pointer) else node.at
            raise ExprError("query_operator", at, path=".".join(path.steps), operator=operator)
        written = written or _stored_as(found) is not None
    return written


def _find(path: Path, scope: RecordScope) -> Found:
    try:
        return scope.find(path.steps)
    except UnknownPath as unknown:
        raise _unknown(path, ".".join(path.steps), unknown) from None


def _unknown(node: Expr, path: str, unknown: UnknownPath) -> ExprError:
    return ExprError(unknown.code, node.at, **{"path": path, **unknown.params})


def as_stored(node: Expr, scope: RecordScope, cipher: Cipher | None) -> Expr:
    """The checked condition with the values that fields are compared with whole as the fields store them, and blind where
    the field is encrypted."""

    def stored(field: Field, item: Expr) -> Expr:
        if not isinstance(item, Literal) or not isinstance(item.value, str):
            return item
        value = Registry.type_of(field).sought(field, item.value)
        if field.encrypted:
            if cipher is None:
                raise RuntimeError("encrypted fields cannot be compared without a cipher")
            value = cipher.blind(value)
        return item if value == item.value else replace(item, value=value)

    match node:
        case Any():
            return replace(node, condition=as_stored(node.condition, scope.children(node.path), cipher))
        case Compare(op="=" | "!=", left=Path() as path) if field := _stored_as(scope.find(path.steps)):
            return replace(node, right=stored(field, node.right))
        case In(operand=Path() as path) if field := _stored_as(scope.find(path.steps)):
            return replace(node, items=tuple(stored(field, item) for item in node.items))
    return rewrite.rebuilt(node, lambda child: as_stored(child, scope, cipher))


def _stored_as(found: Found) -> Field | None:
    """The field at a path if values beside it must be written as it stores them."""
    field = found.field
    if field is None or found.part:
        return None
    return field if field.encrypted or Registry.type_of(field).seeks else None
