"""Passwords: Argon2id hashes, and what a new password must be like.

One hash takes 19 MiB and some 50 ms of a processor, so hashing runs in threads, two at once in each process, and a queue
that is too long is refused rather than waited for."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ...kernel.errors import FieldError, Unavailable

T = TypeVar("T")

LONGEST: Final = 256
"""Characters of a password at most, so that nobody makes us hash megabytes."""

AT_ONCE: Final = 2
WAITING: Final = 100

# What OWASP asks for. More would mean more time for whoever signs in while the machine is busy.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_limiter: RunVar[anyio.CapacityLimiter] = RunVar("password_limiter")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right, and whether its hash should be made again with today's parameters."""

    right: bool
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What a new password must have: `length` characters of at least `classes` of the four kinds (lower case, upper
    case, digits, others; a letter without case, such as a Chinese one, is one of the others)."""

    length: int = 10
    classes: int = 3


async def hash_password(password: str) -> str:
    """The Argon2id hash of a password, in the usual text form. Raises `Unavailable` where too many wait already."""
    return await _in_thread(lambda: _hasher.hash(_normal(password)))


async def verify(stored: str | None, password: str) -> Verdict:
    """Compare a password with a stored hash. Where there is none (nobody has that name, or no password) the answer is
    no, after as long a time as a wrong password takes. Raises `Unavailable` where too many wait already."""
    return await _in_thread(lambda: _verify(stored, password))


def _verify(stored: str | None, password: str) -> Verdict:
    try:
        _hasher.verify(stored or _nobody(), _normal(password))
    except (VerificationError, InvalidHashError):
        return Verdict(False)
    return Verdict(stored is not None, stored is not None and _hasher.check_needs_rehash(stored))


def check(
    password: str, rules: Rules, known: Iterable[str | None] = (), field: str = "password"
) -> list[FieldError]:
    """What is wrong with a new password: too short or long, too few kinds of characters, or one of the things that
    everybody knows about the person (`known`: account name, mail address, mobile number, name)."""
    text = _normal(password)
    errors = []
    if len(text) < rules.length:
        errors.append(FieldError(field, "password_short", {"length": rules.length}))
    if len(text) > LONGEST:
        errors.append(FieldError(field, "too_long", {"limit": LONGEST}))
    if _classes(text) < rules.classes:
        errors.append(FieldError(field, "password_classes", {"classes": rules.classes}))
    folded = text.casefold()
    words = {word.casefold() for item in known if item for word in (item, item.split("@")[0])}
    if any(len(word) >= 4 and word in folded and len(folded) - len(word) < 6 for word in words):
        errors.append(FieldError(field, "password_guessable"))
    if len(set(folded)) < min(5, rules.length):
        errors.append(FieldError(field, "password_guessable"))
    return errors[:2] if len(errors) > 2 else errors


def new_password() -> str:
    """A password for a first sign-in: 16 characters without those that are mistaken for each other, in groups of four,
    with all kinds of characters."""
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    while True:
        groups = ["".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4)]
        if _classes(made := "-".join(groups)) == 4:
            return made


def _normal(password: str) -> str:
    # An input method may write full-width letters and signs: the same password to the person.
    return unicodedata.normalize("NFKC", password)


def _classes(text: str) -> int:
    kinds = {
        "lower" if c.islower() else "upper" if c.isupper() else "digit" if c.isdigit() else "other"
        for c in text
    }
    return len(kinds)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(AT_ONCE)
        _limiter.set(limiter)
    if limiter.statistics().tasks_waiting >= WAITING:
        raise Unavailable(extra={"retry_after": 5})
    return await anyio.to_thread.run_sync(work, limiter=limiter)
