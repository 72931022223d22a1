"""A process that makes search tokens: with many records that is half of Python's work, and another core can do it. This file
is both ends of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from ..schema.text.tokens import Document, document_tokens
from ..schema.text.vector import vector

log = logging.getLogger("keyuan.records")

_LENGTH = struct.Struct("!I")
_PACKAGES = Path(__file__).parents[2]


def vectors(documents: Sequence[Document]) -> list[bytes]:
    """The tokens of each document as PostgreSQL's binary `tsvector`."""
    return [vector(document_tokens(document)) for document in documents]


class TokenProcess:
    """The process, as those see it that have tokens made. It ends when its input does, be it because this process is
    killed."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._last: asyncio.Task[list[bytes]] | None = None

    async def ask(self, documents: Sequence[Document]) -> asyncio.Task[list[bytes]]:
        """Have made what `vectors` answers. Answers when the question is on its way."""
        body = msgspec.msgpack.encode(documents)
        with contextlib.suppress(OSError):  # the process is gone, as reading its answer will show
            self._process = self._process or await self._started()
            assert self._process.stdin is not None
            self._process.stdin.writelines((_LENGTH.pack(len(body)), body))
            await self._process.stdin.drain()
        self._last = asyncio.create_task(self._answer(self._process, self._last, documents))
        return self._last

    async def _answer(
        self,
        process: asyncio.subprocess.Process | None,
        before: asyncio.Task[list[bytes]] | None,
        documents: Sequence[Document],
    ) -> list[bytes]:
        """The answer of the process after the one `before`; where the process is gone, made here."""
        if before is not None:
            await asyncio.wait([before])
        if process is not None and process is self._process:
            assert process.stdout is not None
            try:
                (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
                return msgspec.msgpack.decode(await process.stdout.readexactly(length), type=list[bytes])
            except (OSError, asyncio.IncompleteReadError):
                log.info("The process that makes search tokens has ended.", exc_info=True)
                await self.end()
        return vectors(documents)

    async def _started(self) -> asyncio.subprocess.Process:
        path = os.pathsep.join(filter(None, (str(_PACKAGES), os.environ.get("PYTHONPATH"))))
        # in a session of its own, so that Ctrl-C means the import and not this
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            start_new_session=True, limit=1 << 24, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    async def end(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@asynccontextmanager
async def token_process() -> AsyncIterator[TokenProcess | None]:
    """A process for the block, begun when it is first asked; None where there is no second core."""
    if len(os.sched_getaffinity(0)) < 2 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) < 2:
        yield None
        return
    made = TokenProcess()
    try:
        yield made
    finally:
        await made.end()


def _serve(asked: BinaryIO, answers: BinaryIO) -> None:
    decode = msgspec.msgpack.Decoder(list[Document]).decode
    while len(head := asked.read(_LENGTH.size)) == _LENGTH.size:
        (length,) = _LENGTH.unpack(head)
        body = msgspec.msgpack.encode(vectors(decode(asked.read(length))))
        answers.write(_LENGTH.pack(len(body)) + body)
        answers.flush()


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
