"""An expression without its values, so that its SQL is compiled once for each shape and only bound afterwards.

`slots` lists the values of a checked expression in order; the value of slot 3 is bound as `v3`. `shape` writes the
rest: two expressions of one shape compile to the same SQL. The values of `@me`, `@now` and the time zone are bound
under fixed names (`sql.binds`) and are part of neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from .ast import (
    And,
    Any,
    Between,
    Binary,
    Call,
    Case,
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
    Placeholder,
    Scalar,
    Unary,
    Within,
    children,
)

Value: TypeAlias = Scalar | tuple[Scalar, ...]


def slots(node: Expr) -> Iterator[Expr]:
    """The nodes that hold values, in order: literals, `Within` with a count, and `In` and `Has`, whose literal items
    are one value together."""
    if isinstance(node, Literal):
        yield node
    elif isinstance(node, In | Has):
        yield from slots(node.operand)
        if any(isinstance(item, Literal) for item in node.items):
            yield node
        for item in node.items:
            if not isinstance(item, Literal):
                yield from slots(item)
    else:
        for child in children(node):
            yield from slots(child)
        if isinstance(node, Within) and node.count is not None:
            yield node


def value(slot: Expr) -> Value:
    """The value that a slot holds."""
    match slot:
        case Literal():
            return slot.value
        case Within():
            return slot.count
        case In() | Has():
            return tuple(item.value for item in slot.items if isinstance(item, Literal))
    raise TypeError(slot)


def literals(node: Expr) -> tuple[Value, ...]:
    """All values in the order of `slots`."""
    return tuple(value(slot) for slot in slots(node))


def shape(node: Expr) -> str:
    """The expression with typed holes for its values. Paths, operators, functions, units and period names stay."""
    match node:
        case Literal():
            return f"?{node.type or 'null'}"
        case Path():
            return f"{'.'.join(node.steps)}:{node.type}"
        case Placeholder():
            return f"@{node.name}:{node.type}"
        case Unary() | Binary() | Compare():
            return _list(node.op, *children(node))
        case Match():
            return _list(node.kind, *children(node))
        case In() | Has():
            kind = "in" if isinstance(node, In) else f"has_{node.kind}"
            rest = [item for item in node.items if not isinstance(item, Literal)]
            first = next((item.type for item in node.items if isinstance(item, Literal)), None)
            holes = "" if len(rest) == len(node.items) else f" ?{first}[]"
            return f"({kind} {shape(node.operand)}{holes}{''.join(' ' + shape(item) for item in rest)})"
        case Within():
            return _list(f"within:{node.period}", node.operand)
        case Any():
            return _list(f"any:{'.'.join(node.path)}", node.condition)
        case Call():
            # Options can be any text (a date format), so they are written with quotes.
            return _list(node.name + "".join(f":{option!r}" for option in node.options), *node.args)
        case And() | Or() | Not() | IsNull() | Between() | Case():
            return _list(type(node).__name__, *children(node))


def _list(head: str, *items: Expr) -> str:
    return f"({' '.join([head, *map(shape, items)])})"
