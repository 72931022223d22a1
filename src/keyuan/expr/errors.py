"""What is told about an expression or filter that cannot be used: which place, and why."""

from __future__ import annotations

from keyuan.kernel.errors import FieldError, Problem
from keyuan.kernel.i18n import Label

from .ast import Pointer, Position, Span


class ExprError(Problem):
    """One thing wrong at one place. In text the problem document has `position` (`start`, `end`: offsets in
    characters); in a filter the entry's `field` is `filter` and the JSON pointer (`filter/1/2`)."""

    status = 400
    code = "bad_expression"

    def __init__(self, reason: str, at: Position | None = None, **params: object) -> None:
        self.reason = reason
        self.at = at
        field, extra = "", {}
        place = Label(zh="表达式", en="The expression")
        if isinstance(at, Pointer):
            field = "filter" + at.pointer
            place = Label(zh=f"筛选条件 {field}", en=f"The filter at {field}")
        elif isinstance(at, Span):
            extra = {"position": {"start": at.start, "end": at.end}}
            place = Label(
                zh=f"表达式第 {at.start + 1} 个字符", en=f"The expression at character {at.start + 1}"
            )
        super().__init__(None, [FieldError(field, reason, params)], extra, place=place)

    def in_field(self, name: str) -> FieldError:
        """The error as one of a field whose value is the expression (a formula in a definition). Where it was written is
        told as `position` (offsets) in text, as `pointer` in a filter."""
        where: dict[str, object] = {}
        if isinstance(self.at, Span):
            where = {"position": {"start": self.at.start, "end": self.at.end}}
        elif isinstance(self.at, Pointer):
            where = {"pointer": self.at.pointer}
        return FieldError(name, self.reason, {**self.errors[0].params, **where})
