"""Which statements a piece of work runs: a connection that writes them down."""

from __future__ import annotations

from typing import Any, cast

from keyuan.storage.pool import Connection


class Recording:
    """Passes everything on to a connection and keeps the text, parameters and preparation of each statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.statements: list[dict[str, Any]] = []

    @property
    def as_connection(self) -> Connection:
        """This, where a connection is wanted."""
        return cast(Connection, self)

    async def execute(
        self, query: Any, params: Any = None, *, prepare: bool | None = None, **more: Any
    ) -> Any:
        """Run and write down."""
        text = query.decode() if isinstance(query, bytes) else str(query)
        self.statements.append({"text": text, "params": params, "prepare": prepare})
        return await self._connection.execute(query, params, prepare=prepare, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def jsonable(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement that fits into JSON: moments and numbers as PostgreSQL reads them."""
    params = {
        k: v if v is None or isinstance(v, (str, int, float, bool, list)) else str(v)
        for k, v in dict(statement["params"] or {}).items()
        if f"%({k})s" in statement["text"]
    }
    return {**statement, "params": params}
