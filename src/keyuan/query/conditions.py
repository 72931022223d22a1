"""From filter JSON to a checked condition: its paths may be used, its operators are those the fields offer, and values
that encrypted fields are compared with are made blind."""

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


def checked(data: object, scope: RecordScope, cipher: Cipher | None) -> Expr:
    """The condition that filter JSON means in a scope. Raises `ExprError` (a 400 with the place in the filter)."""
    tree = filters.from_filter(data)
    secret = _check_operators(tree, scope)
    tree = typing.check_condition(tree, scope)
    return _blinded(tree, scope, cipher) if secret else tree


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
    """Refuse operators that the fields do not offer; whether an encrypted field is among them."""
    if isinstance(node, Any):
        try:
            below = scope.children(node.path)
        except UnknownPath as unknown:
            raise _unknown(node, ".".join(node.path), unknown) from None
        return _check_operators(node.condition, below)
    if isinstance(node, And | Or | Not):
        secrets = [_check_operators(child, scope) for child in children(node)]
        return True in secrets
    secret = False
    used = [child for child in children(node) if isinstance(child, Path)]
    for path in used:
        found = _find(path, scope)
        operator = _operator(node)
        encrypted = found.field is not None and found.field.encrypted
        if operator not in found.operators or (encrypted and len(used) > 1):
            at = Pointer(f"{node.at.pointer}/1") if isinstance(node.at, Pointer) else node.at
            raise ExprError("query_operator", at, path=".".join(path.steps), operator=operator)
        secret = secret or encrypted
    return secret


def _find(path: Path, scope: RecordScope) -> Found:
    try:
        return scope.find(path.steps)
    except UnknownPath as unknown:
        raise _unknown(path, ".".join(path.steps), unknown) from None


def _unknown(node: Expr, path: str, unknown: UnknownPath) -> ExprError:
    return ExprError(unknown.code, node.at, **{"path": path, **unknown.params})


def _blinded(node: Expr, scope: RecordScope, cipher: Cipher | None) -> Expr:
    """The condition with the values beside encrypted fields replaced by what is stored to find them."""

    def blind(item: Expr) -> Expr:
        if not isinstance(item, Literal) or not isinstance(item.value, str):
            return item
        if cipher is None:
            raise RuntimeError("encrypted fields cannot be compared without a cipher")
        return replace(item, value=cipher.blind(item.value))

    match node:
        case Any():
            return replace(node, condition=_blinded(node.condition, scope.children(node.path), cipher))
        case Compare(left=Path() as path) if _encrypted(path, scope):
            return replace(node, right=blind(node.right))
        case In(operand=Path() as path) if _encrypted(path, scope):
            return replace(node, items=tuple(map(blind, node.items)))
    return rewrite.rebuilt(node, lambda child: _blinded(child, scope, cipher))


def _encrypted(path: Path, scope: RecordScope) -> bool:
    field = scope.find(path.steps).field
    return field is not None and field.encrypted
