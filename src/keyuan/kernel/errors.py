"""Errors that a caller is told about. Each has an HTTP status, a code of the message catalogue and, where it is
about input, one entry for every field concerned (RFC 9457 problems, see `Problem.as_json`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import ClassVar

from .i18n import Label, Language, message


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field: `field` is its path (`lines.2.price`; empty for the whole record), `code` a
    message code without the `field.` prefix. The parameters `position` (`{"start", "end"}`, offsets in characters of
    text) and `pointer` (the JSON pointer in a filter), where there is one, say where in the field's value."""

    field: str
    code: str
    params: Mapping[str, object] = made_by(default_factory=dict)

    def message(self, language: Language) -> str:
        """The error worded in the language, with the place in the value."""
        told = message("field." + self.code, language, **self.params)
        position = self.params.get("position")
        if isinstance(position, Mapping):
            told += message("field.at_character", language, number=position["start"] + 1)
        if pointer := self.params.get("pointer"):
            told += message("field.at_pointer", language, pointer=pointer)
        return told

    @property
    def words(self) -> Label:
        """The error in both languages, to stand as a parameter in another message."""
        return Label(self.message("zh"), self.message("en"))

    def as_json(self, language: Language) -> dict[str, object]:
        """The entry of a problem's `errors` list, worded in the language."""
        told: dict[str, object] = {
            "field": self.field,
            "code": self.code,
            "message": self.message(language),
        }
        return told | {k: self.params[k] for k in ("position", "pointer") if k in self.params}

    def under(self, prefix: str) -> FieldError:
        """The same error with its path put below `prefix`."""
        return FieldError(f"{prefix}.{self.field}" if self.field else prefix, self.code, self.params)


class Problem(Exception):
    """Something the caller must be told: not a fault of the program, never logged as one."""

    status: ClassVar[int] = 400
    code: str = "bad_request"

    def __init__(
        self,
        code: str | None = None,
        errors: Iterable[FieldError] = (),
        extra: Mapping[str, object] | None = None,
        **params: object,
    ) -> None:
        self.code = code or type(self).code
        self.errors = tuple(errors)
        self.params = params
        self.extra = dict(extra or {})
        super().__init__(self.code, *(f"{e.field}: {e.code} {dict(e.params)}" for e in self.errors))

    def as_json(self, language: Language) -> dict[str, object]:
        """The problem document; `extra` members (such as both sides of a conflict) stand beside the standard ones."""
        title = message("problem." + self.code, language, **self.params)
        detail = "; ".join(e.message(language) for e in self.errors) or title
        return {
            "type": f"urn:keyuan:problem:{self.code}",
            "title": title,
            "status": self.status,
            "detail": detail,
            "errors": [e.as_json(language) for e in self.errors],
            **self.extra,
        }


class BadRequest(Problem):
    """The request cannot be understood: malformed JSON, an unknown parameter, a bad filter."""


class Unauthenticated(Problem):
    """Nobody is signed in, or the session or key has ended."""

    status = 401
    code = "unauthenticated"


class Forbidden(Problem):
    """The caller may see the thing but not do this to it."""

    status = 403
    code = "forbidden"


class NotFound(Problem):
    """There is no such thing, or the caller may not know of it."""

    status = 404
    code = "not_found"


class Conflict(Problem):
    """Someone else was first, or the database's rules refuse the state that would result."""

    status = 409
    code = "conflict"


class TooLarge(Problem):
    """The body, file or batch is over its limit."""

    status = 413
    code = "too_large"


class Invalid(Problem):
    """The values are understood and refused: one entry for every field concerned."""

    status = 422
    code = "invalid"


class TooMany(Problem):
    """A rate limit was reached; `extra["retry_after"]` says for how many seconds."""

    status = 429
    code = "too_many"


class Unavailable(Problem):
    """Not now, but later: a definition is changing or the database is starting."""

    status = 503
    code = "unavailable"
