"""The tree of an expression or condition. Text, filter JSON and program code all make these nodes.

Nodes are immutable and compare by structure: `at` (where it was written) and `type` (set by `typing.check`) do not take
part, so equal conditions written differently are equal and hash alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from .types import Type

Scalar: TypeAlias = bool | int | Decimal | str | date | datetime | None
Steps: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the text of an expression: offsets of the first character and of the one after the last."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place in filter JSON, as an RFC 6901 pointer (`/1/2`; empty for the whole)."""

    pointer: str


Position: TypeAlias = Span | Pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What all nodes have: where it was written, and its type once checked."""

    at: Position | None = field(default=None, compare=False, repr=False)
    type: Type | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """A value that was written down. `type` is what it was written as; null has none until checked."""

    value: Scalar

    def __eq__(self, other: object) -> bool:
        # True == 1 == Decimal(1) in Python, but they are different literals.
        return (
            isinstance(other, Literal)
            and self.value.__class__ is other.value.__class__
            and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash((self.value.__class__, self.value))


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A field, or a field of a referenced record: `("customer", "industry")`."""

    steps: Steps


@dataclass(frozen=True, slots=True)
class Placeholder(Node):
    """A value known when the expression runs; `name` is one of `PLACEHOLDERS` (without the @)."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-operand`; `op` is always `-`."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Arithmetic; `op` is one of `+ - * / %`. (`&` makes a `Call` of `concat`.)"""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """A comparison; `op` is one of `= != < <= > >=`."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of them; true without any."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """One of them; false without any."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """True where the operand is false or null."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class In(Node):
    """The operand equals one of the items; a null among the items stands for "no value"."""

    operand: Expr
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`low <= operand <= high`, both ends included."""

    operand: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True)
class Match(Node):
    """`kind` is `contains`, `starts_with` or `ends_with`; the case of A–Z is ignored."""

    kind: str
    operand: Expr
    text: Expr


@dataclass(frozen=True, slots=True)
class Has(Node):
    """A many-valued operand has `any` or `all` (`kind`) of the items."""

    kind: str
    operand: Expr
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    """The operand has no value (many-valued: no entries)."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Within(Node):
    """A date or moment lies in a period named by `period` (see `periods`); `count` is the N of `last_N_days`."""

    operand: Expr
    period: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Any(Node):
    """One of the children at `path` meets the condition, whose paths begin at the child."""

    path: Steps
    condition: Expr


@dataclass(frozen=True, slots=True)
class Case(Node):
    """The value of the first branch (condition, value) whose condition is true, else `otherwise`."""

    branches: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of `functions.FUNCTIONS`. `options` are its constant words (a unit, a format), set by checking."""

    name: str
    args: tuple[Expr, ...]
    options: tuple[str, ...] = ()


Expr: TypeAlias = (
    Literal | Path | Placeholder | Unary | Binary | Compare | And | Or | Not | In | Between | Match | Has | IsNull
    | Within | Any | Case | Call
)  # fmt: skip

PLACEHOLDERS: dict[str, Type] = {
    "me": Type.REFERENCE,
    "my_department": Type.REFERENCE,
    "my_departments": Type.REFERENCES,
    "today": Type.DATE,
    "now": Type.DATETIME,
}
"""The user, the user's main department, all the user's departments, today and now."""

TRUE = And(())
FALSE = Or(())


def literal(value: Scalar, at: Position | None = None) -> Literal:
    """A literal with the type that its Python value suggests (text for str; none for null)."""
    return Literal(value, at=at, type=_TYPE_OF_CLASS.get(value.__class__))


_TYPE_OF_CLASS: dict[type, Type] = {
    bool: Type.BOOLEAN,
    int: Type.INTEGER,
    Decimal: Type.NUMBER,
    str: Type.TEXT,
    date: Type.DATE,
    datetime: Type.DATETIME,
}


def children(node: Expr) -> tuple[Expr, ...]:
    """The nodes directly below, in the order of writing."""
    match node:
        case Literal() | Path() | Placeholder():
            return ()
        case Unary() | Not() | IsNull() | Within():
            return (node.operand,)
        case Binary() | Compare():
            return (node.left, node.right)
        case And() | Or():
            return node.items
        case In() | Has():
            return (node.operand, *node.items)
        case Between():
            return (node.operand, node.low, node.high)
        case Match():
            return (node.operand, node.text)
        case Any():
            return (node.condition,)
        case Case():
            return (*(e for branch in node.branches for e in branch), node.otherwise)
        case Call():
            return node.args


def walk(node: Expr) -> Iterator[Expr]:
    """The node and all below it, each before its children, in the order of writing."""
    yield node
    for child in children(node):
        yield from walk(child)


def paths(node: Expr, prefix: Steps = ()) -> frozenset[Steps]:
    """All paths the expression reads. Those inside `any` begin with the path of the children, which is one itself."""
    found: set[Steps] = set()
    for each in children(node):
        found |= paths(each, (*prefix, *node.path) if isinstance(node, Any) else prefix)
    if isinstance(node, Path):
        found.add((*prefix, *node.steps))
    elif isinstance(node, Any):
        found.add((*prefix, *node.path))
    return frozenset(found)
