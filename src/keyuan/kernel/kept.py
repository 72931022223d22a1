"""What is worked out from something that lives for a while, such as the definitions of an organisation at one version,
kept exactly as long as it: a cache of the process would keep what is long out of date alive."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast


class Holder(Protocol):
    """What answers can be kept with: a registry of definitions, or SQLAlchemy's tables."""

    @property
    def info(self) -> dict[Any, Any]:
        """What others keep here."""


H = TypeVar("H", bound=Holder)
P = ParamSpec("P")
T = TypeVar("T")


def kept(
    most: int = 1_000,
) -> Callable[[Callable[Concatenate[H, P], T]], Callable[Concatenate[H, P], T]]:
    """Keep the answers of a function with its first argument: at most so many of each function for each holder, those
    not asked for longest going first. The other arguments must be hashable and given by position."""

    def decorate(function: Callable[Concatenate[H, P], T]) -> Callable[Concatenate[H, P], T]:
        @wraps(function)
        def ask(holder: H, *args: P.args, **kwargs: P.kwargs) -> T:
            made: Any = holder.info.get(function)
            if made is None:
                made = holder.info[function] = lru_cache(most)(partial(function, holder))
            return cast(T, made(*args, **kwargs))

        return cast("Callable[Concatenate[H, P], T]", ask)

    return decorate
