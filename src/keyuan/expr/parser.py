"""Expression text to the tree, by precedence climbing. From loosest to tightest:

    or · and · not · = != < <= > >= in, not in · & · + - · * / % · - (sign)

There is no `^`: a power of exact decimals is exact only for small whole exponents, where a product says the same.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from .ast import (
    PLACEHOLDERS,
    And,
    Binary,
    Call,
    Compare,
    Expr,
    In,
    Literal,
    Not,
    Or,
    Path,
    Placeholder,
    Span,
    Unary,
    literal,
)
from .errors import ExprError
from .filters import shown, split_path
from .forms import call
from .limits import MAX_DEPTH, within_limits
from .tokens import Token, tokens

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_CONSTANTS = {"true": True, "false": False, "null": None}


def parse(text: str) -> Expr:
    """The tree of an expression. Raises `ExprError` with the place."""
    parser = _Parser(text)
    tree = parser.expression()
    parser.expect_end()
    return within_limits(tree)


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.next = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        token = self.token
        self.next += token.kind != "end"
        return token

    def at(self, *operators: str) -> bool:
        return self.token.kind == "operator" and self.token.value in operators

    def taken(self, operator: str) -> bool:
        """Whether the operator comes next; if so it is taken."""
        if self.at(operator):
            self.take()
            return True
        return False

    def expect(self, operator: str) -> Token:
        if not self.at(operator):
            raise self.unexpected(operator)
        return self.take()

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.unexpected()

    def unexpected(self, wanted: str = "") -> ExprError:
        token = self.token
        if token.kind == "end":
            return ExprError("expr_ends_early", token.span)
        if wanted:
            return ExprError("expr_expected", token.span, wanted=wanted, found=shown(token.value))
        return ExprError("expr_unexpected", token.span, found=shown(token.value))

    def since(self, start: int) -> Span:
        """From a character to the end of the last token taken."""
        return Span(start, self.tokens[self.next - 1].span.end)

    def expression(self) -> Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExprError("expr_too_deep", self.token.span, limit=MAX_DEPTH)
        tree = self.disjunction()
        self.depth -= 1
        return tree

    def disjunction(self) -> Expr:
        start, items = self.token.span.start, [self.conjunction()]
        while self.taken("or"):
            items.append(self.conjunction())
        return items[0] if len(items) == 1 else Or(tuple(items), at=self.since(start))

    def conjunction(self) -> Expr:
        start, items = self.token.span.start, [self.negation()]
        while self.taken("and"):
            items.append(self.negation())
        return items[0] if len(items) == 1 else And(tuple(items), at=self.since(start))

    def negation(self) -> Expr:
        starts = []
        while self.at("not"):
            starts.append(self.take().span.start)
        tree = self.comparison()
        for start in reversed(starts):
            tree = Not(tree, at=self.since(start))
        return tree

    def comparison(self) -> Expr:
        start, left = self.token.span.start, self.concatenation()
        if self.at(*_COMPARISONS):
            op = self.take().value
            left = Compare(op, left, self.concatenation(), at=self.since(start))
        elif self.at("not", "in"):
            negated = self.taken("not")
            self.expect("in")
            left = In(left, self.items(), at=self.since(start))
            if negated:
                left = Not(left, at=self.since(start))
        if self.at(*_COMPARISONS, "in"):
            raise ExprError("expr_chained", self.token.span, operator=self.token.value)
        return left

    def items(self) -> tuple[Expr, ...]:
        """`(a, b, …)`, or a single value such as `@my_departments`."""
        if self.taken("("):
            return self.arguments()
        return (self.sign(),)

    def concatenation(self) -> Expr:
        start, items = self.token.span.start, [self.sum()]
        while self.taken("&"):
            items.append(self.sum())
        return items[0] if len(items) == 1 else Call("concat", tuple(items), at=self.since(start))

    def sum(self) -> Expr:
        start, left = self.token.span.start, self.product()
        while self.at("+", "-"):
            op = self.take().value
            left = Binary(op, left, self.product(), at=self.since(start))
        return left

    def product(self) -> Expr:
        start, left = self.token.span.start, self.sign()
        while self.at("*", "/", "%"):
            op = self.take().value
            left = Binary(op, left, self.sign(), at=self.since(start))
        return left

    def sign(self) -> Expr:
        starts = []
        while self.at("-", "+"):
            token = self.take()
            if token.value == "-":
                starts.append(token.span.start)
        if starts and self.token.kind == "number":
            # `-5` is a literal, so that it prints and reads back as one.
            number = _number(self.take(), negative=True)
            tree: Expr = replace(number, at=self.since(starts.pop()))
        else:
            tree = self.primary()
        for start in reversed(starts):
            tree = Unary("-", tree, at=self.since(start))
        return tree

    def primary(self) -> Expr:
        if self.at("("):
            self.take()
            tree = self.expression()
            self.expect(")")
            return tree
        if self.at("and", "or", "not") and self.following("("):
            return self.call(self.take())
        token = self.token
        match token.kind:
            case "number":
                return _number(self.take())
            case "text":
                return literal(self.take().value, token.span)
            case "placeholder":
                if token.value not in PLACEHOLDERS:
                    raise ExprError("expr_unknown_placeholder", token.span, name=shown(token.value))
                return Placeholder(self.take().value, at=token.span)
            case "name" if self.following("("):
                return self.call(self.take())
            case "name" if token.value.lower() in _CONSTANTS:
                return literal(_CONSTANTS[self.take().value.lower()], token.span)
            case "name" | "quoted":
                return self.path()
        raise self.unexpected()

    def following(self, operator: str) -> bool:
        """Whether the operator comes after the next token."""
        after = self.tokens[min(self.next + 1, len(self.tokens) - 1)]
        return after.kind == "operator" and after.value == operator

    def path(self) -> Expr:
        start, steps = self.token.span.start, [self.take().value]
        while self.taken("."):
            if self.token.kind not in ("name", "quoted"):
                raise self.unexpected()
            steps.append(self.take().value)
        found = split_path(".".join(steps))
        if found != tuple(steps):
            raise ExprError("expr_unknown_path", self.since(start), path=shown(".".join(steps)))
        return Path(found, at=self.since(start))

    def call(self, name: Token) -> Expr:
        self.expect("(")
        args = self.arguments()
        return call(name.value.lower(), args, name.span, self.since(name.span.start))

    def arguments(self) -> tuple[Expr, ...]:
        """The arguments up to the closing parenthesis, which is taken."""
        items: list[Expr] = []
        if not self.at(")"):
            items.append(self.expression())
            while self.taken(","):
                items.append(self.expression())
        self.expect(")")
        return tuple(items)


def _number(token: Token, negative: bool = False) -> Literal:
    sign = -1 if negative else 1
    return literal(sign * (Decimal(token.value) if "." in token.value else int(token.value)), token.span)
