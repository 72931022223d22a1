"""`./bench`: print every bar of speed. `--json` for programs, `--records N` for another size, names of rows to pick some."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from keyuan.cli.main import calm_collector

from . import imports, process, queries, reads, writes
from .result import Row
from .world import world

IMPORTED = 100_000
ROWS = ("reads", "create", "search", "report", "import", "process")


def main() -> int:
    """Measure and print; the exit code is 1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        "bench", description="Measures Keyuan against baselines of the same run."
    )
    parser.add_argument("--json", action="store_true", help="print a list of name, value, ratio, bar, holds")
    parser.add_argument(
        "--records", type=int, default=1_000_000, help="how many opportunities (default 1,000,000)"
    )
    parser.add_argument("--keep", type=Path, help="a data folder to make and use again")
    parser.add_argument("only", nargs="*", metavar="ROW", help=", ".join(ROWS))
    args = parser.parse_args()
    if unknown := sorted({*args.only} - {*ROWS}):
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(ROWS)}")
    if shutil.which("wrk") is None:
        print("bench: wrk is needed for requests: apt-get install wrk", file=sys.stderr)
        return 2
    if args.keep:
        rows = _measure(args, args.keep)
    else:
        with tempfile.TemporaryDirectory(prefix="keyuan-bench-", dir="/var/tmp") as folder:
            rows = _measure(args, Path(folder, "data"))
    if args.json:
        print(json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False))
    return 0 if all(row.holds for row in rows) else 1


def _measure(args: argparse.Namespace, folder: Path) -> list[Row]:
    rows: list[Row] = []

    def tell(row: Row) -> None:
        rows.append(row)
        print(row.as_text(), file=sys.stderr if args.json else sys.stdout, flush=True)

    def wanted(name: str) -> bool:
        return not args.only or name in args.only

    async def in_process() -> None:
        async with world(folder, args.records) as made:
            calm_collector()
            if wanted("reads"):
                compared, key = await reads.prepare(made)
                for row in await asyncio.to_thread(lambda: list(reads.measure(made, compared, key))):
                    tell(row)
            if wanted("create"):
                tell(await writes.measure(made))
            if wanted("search"):
                tell(await queries.search(made))
            if wanted("report"):
                tell(await queries.report(made))
            if wanted("import"):
                count = min(IMPORTED, args.records)
                imported, memory = await asyncio.to_thread(imports.measure, made, count)
                tell(await imports.finish(made, imported, count))
                tell(memory)
            held.append(made)

    held: list = []  # type: ignore[type-arg]
    asyncio.run(in_process())
    if wanted("process"):
        for row in process.measure(held[0]):
            tell(row)
    return rows


if __name__ == "__main__":
    sys.exit(main())
