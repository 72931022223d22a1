"""Errors as answers: RFC 9457 problems in the caller's language, whatever went wrong underneath."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec
import psycopg
from litestar.exceptions import (
    ClientException,
    HTTPException,
    InternalServerException,
    MethodNotAllowedException,
    NotAuthorizedException,
    NotFoundException,
)
from psycopg import errors as pg
from psycopg_pool import PoolTimeout, TooManyRequests

from ..kernel.errors import BadRequest, NotFound, Problem, TooMany, Unauthenticated, Unavailable
from ..kernel.i18n import Language, message
from .answers import Answer

log = logging.getLogger("keyuan.api")

MEDIA_TYPE = "application/problem+json"


class MethodNotAllowed(Problem):
    """The address exists and does not take this method; `extra["allow"]` names those it takes."""

    status = 405
    code = "method"


class UnsupportedMediaType(Problem):
    """The body is of a type that cannot be read here."""

    status = 415
    code = "media_type"


class Internal(Problem):
    """A fault of the program: logged with its request id, told without details."""

    status = 500
    code = "internal"


def as_problem(error: BaseException, request_id: str) -> Problem:
    """The problem that tells the caller of an error. What is no fault of the caller is logged here, once."""
    match error:
        case Problem():
            return error
        case NotFoundException():
            return NotFound()
        case MethodNotAllowedException():
            return MethodNotAllowed(extra={"allow": (error.headers or {}).get("allow", "")})
        case NotAuthorizedException():
            return Unauthenticated()
        case ClientException():
            return BadRequest("host") if "host" in str(error.detail).lower() else BadRequest()
        case InternalServerException() if "disconnected" in str(error.detail):
            return BadRequest("disconnected")
        case HTTPException() if error.status_code < 500:
            return BadRequest()
        case UnicodeError():
            return BadRequest("characters")
        case pg.QueryCanceled():
            log.warning("request %s took too long", request_id)
            return Unavailable("too_slow")
        case pg.DeadlockDetected() | pg.SerializationFailure() | pg.LockNotAvailable():
            return Unavailable(extra={"retry_after": 1})
        case pg.UndefinedTable() | pg.UndefinedColumn() | pg.FeatureNotSupported():
            # the definitions changed again and again while the request was prepared
            log.warning("request %s met changing definitions: %s", request_id, error)
            return Unavailable(extra={"retry_after": 1})
        case PoolTimeout() | TooManyRequests() | psycopg.OperationalError():
            log.error("request %s found no database: %s", request_id, error)
            return Unavailable(extra={"retry_after": 2})
        case _:
            log.error("request %s failed", request_id, exc_info=error)
            return Internal(request_id=request_id, extra={"request_id": request_id})


def problem_answer(problem: Problem, language: Language) -> Answer:
    """The problem as an answer, with the headers that its status calls for."""
    headers: dict[str, str] = {"Content-Language": language}
    document = problem.as_json(language)
    if isinstance(problem, MethodNotAllowed):
        headers["Allow"] = str(document.pop("allow"))
    if isinstance(problem, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="keyuan"'
    if isinstance(problem, (TooMany, Unavailable)):
        headers["Retry-After"] = str(problem.extra.get("retry_after", 1))
    body = msgspec.json.encode(document)
    return Answer(body, problem.status, headers, MEDIA_TYPE)


def title(code: str, language: Language, **params: Mapping[str, object]) -> str:
    """The title of problems of a code, for documentation."""
    return message("problem." + code, language, **params)
