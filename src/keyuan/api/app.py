"""The web application of one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from litestar import Litestar, Request

from ..domains import Standard
from ..domains.runtime import open_runtime
from ..kernel.settings import Settings
from ..kernel.startup import CannotStart
from ..schema.registry import Registry
from ..services.files import FileStore
from ..services.identity.principals import Principals
from ..storage.server import running_url
from . import (
    api_keys,
    bulk,
    definitions,
    documentation,
    files,
    grants,
    health,
    operations,
    records,
    session,
    settings,
    web,
    writes,
)
from .answers import Answer
from .exchange import Application, exchange_of
from .gate import Gate
from .problems import as_problem, problem_answer

_MODULES = (
    health,
    session,
    definitions,
    records,
    writes,
    bulk,
    operations,
    grants,
    settings,
    api_keys,
    files,
    documentation,
    web,
)


class _Holder:
    """What the process holds, once it has started."""

    application: Application | None = None


def create_app(config: Settings | None = None, standard: Standard | None = None) -> Gate:
    """The application, as an ASGI server takes it; `config` is otherwise read from the environment, `standard` are
    the definitions and hooks of the product. Its start opens the pool and raises `CannotStart` where there is no database."""
    used = config or Settings.from_environment()
    holder = _Holder()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        url = used.database_url or running_url(used.data_dir)
        if url is None:
            raise CannotStart("No database runs on the data folder: start it with `keyuan serve`.")
        async with open_runtime(url, used, "web", size=used.pool_size, standard=standard) as runtime:
            holder.application = Application(
                used,
                runtime,
                Principals(runtime.organisations),
                FileStore(used),
                Registry("standard", 0, runtime.organisations.standard),
            )
            try:
                yield
            finally:
                holder.application = None

    inner = Litestar(
        [handler for module in _MODULES for handler in module.HANDLERS],
        lifespan=[lifespan],
        exception_handlers={Exception: cast(Any, _problem)},
        openapi_config=None,
        request_max_body_size=None,  # the gate's business
        logging_config=None,
        debug=False,
    )
    return Gate(inner, holder, trusted_proxies=used.trusted_proxies, secure=used.secure_cookies)


def _problem(request: Request[Any, Any, Any], error: Exception) -> Answer:
    exchange = exchange_of(request)
    return problem_answer(as_problem(error, exchange.request_id), exchange.language)
