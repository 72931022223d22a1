"""Importing 100,000 rows through the command line, against a bare COPY of the same rows into the same table."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from keyuan.storage.pool import Connection

from .result import Row
from .world import World, names

_MAP = """
key: external_code
fields:
  external_code: 编码
  name: 名称
  phone: 电话
  industry: 行业
  level: 级别
  address: 地址
  revenue: 营业额
  staff: 人数
  owner: {column: 负责人, find: name}
  remark: 备注
"""


def measure(world: World, rows: int) -> list[Row]:
    """Rows a second of a whole import with matching by key and owner, history and search, and its memory."""
    with tempfile.TemporaryDirectory() as folder:
        table, mapping = Path(folder, "customers.csv"), Path(folder, "map.yaml")
        _write(table, rows)
        mapping.write_text(_MAP)
        environ = {
            **os.environ,
            "KEYUAN_DATABASE_URL": world.url,
            "KEYUAN_DATA_DIR": str(world.settings.data_dir),
        }
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "keyuan", "import", "customer", str(table), "--map", str(mapping)],
            env=environ, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)  # its memory, not that of all processes of the run
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError("the import failed")
        ours = rows / (time.perf_counter() - start)
        memory = used.ru_maxrss / 1024
    return [
        Row("import", ours, "rows/s", None, ">= 0.1 of COPY", False, ""),
        Row("import, memory", memory, "MB", None, "<= 300 MB", memory <= 300),
    ]


async def finish(world: World, row: Row, rows: int) -> Row:
    """The import's row with its ratio to COPY: the same rows taken out of the table and copied into it again, as it was
    before the import."""
    async with world.runtime.pool.connection() as connection:
        await connection.set_autocommit(True)
        await connection.execute("set statement_timeout = 0")
        data = bytearray()
        async with connection.cursor().copy(
            "copy (select * from org_main.customer where external_code like 'BENCH-%') to stdout (format binary)"
        ) as copy:
            async for part in copy:
                data += part
        bare = sorted([await _copied(connection, bytes(data), rows) for _ in range(3)])[1]
        await _without(connection)
        await connection.set_autocommit(False)
    ratio = row.value / bare
    return Row(row.name, row.value, row.unit, ratio, row.bar, ratio >= 0.1, f"COPY {bare:.0f} rows/s")


async def _without(connection: Connection) -> None:
    await connection.execute("delete from org_main.customer where external_code like 'BENCH-%'")
    for table in ("customer", "customer__search"):
        await connection.execute(f"vacuum org_main.{table}")


async def _copied(connection: Connection, data: bytes, rows: int) -> float:
    """The rows a second of a COPY into the table, its commit included."""
    await _without(connection)
    start = time.perf_counter()
    async with connection.cursor().copy("copy org_main.customer from stdin (format binary)") as copy:
        for at in range(0, len(data), 1 << 20):
            await copy.write(data[at : at + (1 << 20)])
    return rows / (time.perf_counter() - start)


def _write(path: Path, rows: int) -> None:
    dice = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["编码", "名称", "电话", "行业", "级别", "地址", "营业额", "人数", "负责人", "备注"])
        for n, name in enumerate(names(rows)):
            writer.writerow([
                f"BENCH-{n}", name, f"138{n:08}", dice.choice(["零售", "金融", "软件和信息技术"]), dice.choice("ABC"),
                "浙江省杭州市西湖区文三路 90 号", dice.randrange(10**7), dice.randrange(1, 5000), f"销售{n % 900}", "导入测量",
            ])  # fmt: skip
