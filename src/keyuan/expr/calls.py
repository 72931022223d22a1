"""Checking the arguments of functions."""

from __future__ import annotations

from dataclasses import replace

from .ast import Call, Expr, Literal
from .errors import ExprError
from .filters import shown
from .fitting import joined, must_be
from .formats import is_format
from .functions import FUNCTIONS, Param, signature
from .types import DATES, LABELS, NUMBERS, TEXTS, Type


def check_call(node: Call, args: tuple[Expr, ...]) -> Call:
    """The call with typed arguments, its constant words as options. Raises `ExprError`."""
    function = FUNCTIONS[node.name]
    needed = sum(not p.optional for p in function.params)
    if len(args) < needed or (len(args) > len(function.params) and not function.repeats):
        raise ExprError("expr_arguments", node.at, signature=signature(node.name))
    typed: list[Expr] = []
    options = list(node.options)
    for i, arg in enumerate(args):
        param = function.params[min(i, len(function.params) - 1)]
        if param.constant:
            options.append(_word(arg, param))
        else:
            typed.append(must_be(arg, param.types) if not function.unify else arg)
    if function.unify:
        typed = [must_be(arg, function.params[0].types) for arg in joined(typed)]
    _check_more(node, typed, options)
    if node.name == "concat":
        typed = [_as_text(arg) for arg in typed]
    types = [arg.type for arg in typed if arg.type is not None]
    result = function.result if isinstance(function.result, Type) else function.result(types)
    return replace(node, args=tuple(typed), options=tuple(options), type=result)


def _check_more(node: Call, args: list[Expr], options: list[str]) -> None:
    """What the table of functions does not say."""
    types = [arg.type for arg in args]
    if node.name == "date" and (len(args) == 2 or (len(args) == 3) != (types[0] in NUMBERS)):
        raise ExprError("expr_arguments", node.at, signature=signature("date"))
    if node.name == "text" and options and types[0] not in DATES:
        raise ExprError(
            "expr_type", args[0].at, expected=LABELS[Type.DATE], actual=LABELS[types[0] or Type.TEXT]
        )
    if node.name == "date_add" and types[0] is Type.DATE and options[0] in ("hours", "minutes", "seconds"):
        raise ExprError("expr_type", args[0].at, expected=LABELS[Type.DATETIME], actual=LABELS[Type.DATE])


def _word(arg: Expr, param: Param) -> str:
    value = arg.value if isinstance(arg, Literal) else None
    if param.words and (not isinstance(value, str) or _plural(value, param) not in param.words):
        raise ExprError("expr_word", arg.at, words=", ".join(f'"{word}"' for word in param.words))
    if param.format and (not isinstance(value, str) or not is_format(value)):
        raise ExprError("expr_format", arg.at, format=shown(value))
    assert isinstance(value, str)
    return _plural(value, param)


def _plural(word: str, param: Param) -> str:
    """A unit in the singular where the plural is meant: `"day"` for `"days"`."""
    word = word if param.format else word.lower()
    return word + "s" if word + "s" in param.words else word


def _as_text(arg: Expr) -> Expr:
    return arg if arg.type in TEXTS else Call("text", (arg,), at=arg.at, type=Type.TEXT)
