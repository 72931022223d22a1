"""The organisation that is measured: 70 departments, 1,000 users, 1,000,000 opportunities of 100,000 customers.

The rows are made by PostgreSQL itself, with the search tokens that the pipeline would have written: filling a million
records through the pipeline takes minutes and is measured by the import."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from keyuan.access import Principal, system_principal
from keyuan.domains import load
from keyuan.domains.runtime import open_runtime
from keyuan.kernel.ids import new_id
from keyuan.kernel.settings import Settings
from keyuan.records import pipeline
from keyuan.records.runtime import Runtime
from keyuan.records.unit_of_work import UnitOfWork, run
from keyuan.schema.text.pinyin import sort_key
from keyuan.schema.text.tokens import document_tokens
from keyuan.services.identity.principals import load as load_person
from keyuan.services.setup import prepare
from keyuan.storage.database import database
from keyuan.storage.organisations import Organisation

SLUG = "main"
PASSWORD = "Measure-me-2026"
_PLACES = (
    "北京",
    "上海",
    "广州",
    "深圳",
    "杭州",
    "成都",
    "武汉",
    "南京",
    "西安",
    "重庆",
    "苏州",
    "长沙",
    "青岛",
    "宁波",
    "厦门",
)
_FIRST = "华中国东方金龙海天宏远盛达新科大成长安永恒泰和兴业瑞丰润德信诚嘉伟创智云飞腾博雅卓越明光辉煌锦绣".replace(
    " ", ""
)
_WHAT = (
    "科技",
    "智能",
    "电子",
    "机械",
    "网络",
    "软件",
    "贸易",
    "物流",
    "建材",
    "医疗",
    "能源",
    "环保",
    "食品",
    "教育",
    "传媒",
)
_TAIL = ("有限公司", "股份有限公司", "集团有限公司")


@dataclass(frozen=True, slots=True)
class World:
    """What measurements work in. `manager` heads a part of the departments."""

    settings: Settings
    url: str
    runtime: Runtime
    organisation: Organisation
    manager: Principal
    manager_login: str
    records: int


def names(count: int) -> Iterator[str]:
    """Company names, the same ones each time."""
    dice = random.Random(20261122)
    for _ in range(count):
        own = "".join(dice.choices(_FIRST, k=dice.choice((2, 2, 2, 3, 4))))
        yield dice.choice(_PLACES) + own + dice.choice(_WHAT) + dice.choice(_TAIL)


@contextlib.asynccontextmanager
async def world(folder: Path, records: int) -> AsyncIterator[World]:
    """The organisation in a data folder, made there if it is not yet."""
    os.environ["KEYUAN_ADMIN_EMAIL"], os.environ["KEYUAN_ADMIN_PASSWORD"] = "admin@bench.example", PASSWORD
    settings = Settings.from_environment({**os.environ, "KEYUAN_DATA_DIR": str(folder), "KEYUAN_DEMO": "0"})
    with database(settings, what="measuring") as url:
        async with open_runtime(url, settings, "cli", size=8) as runtime:
            await prepare(runtime, settings, load().seeds)
            await _fill(runtime, records)
            async with runtime.pool.connection() as connection:
                organisation = await runtime.organisations.get(connection, SLUG)
                found = await connection.execute(
                    "select id, login from org_main.\"user\" where login = 'manager3'"
                )
                row = await found.fetchone()
                assert row is not None
                person = await load_person(connection, organisation, str(row[0]))
            yield World(settings, url, runtime, organisation, person.principal, str(row[1]), records)


async def _fill(runtime: Runtime, records: int) -> None:
    async with runtime.pool.connection() as connection:
        there = await (await connection.execute("select count(*) from org_main.opportunity")).fetchone()
    if there is not None and there[0] >= records:
        return
    print(f"  making {records:,} opportunities …", flush=True)
    await run(runtime, system_principal(SLUG), _people, kind="import", trusted=True)
    await run(
        runtime,
        system_principal(SLUG),
        lambda uow: _customers(uow, records // 10),
        kind="import",
        trusted=True,
    )
    await _opportunities(runtime, records)


async def _people(uow: UnitOfWork) -> None:
    roles = dict(await uow.fetch("select key, id from org_main.role"))
    regions = await pipeline.create(uow, "department", [{"name": f"大区{n}"} for n in range(10)])
    teams = await pipeline.create(
        uow, "department", [{"name": f"{n}组", "parent": regions[n % 10].id} for n in range(60)]
    )
    managers = await pipeline.create(
        uow, "user",
        [{"name": f"经理{n}", "login": f"manager{n}", "department": d.id, "roles": [roles["sales_manager"]]}
         for n, d in enumerate(regions)],
    )  # fmt: skip
    await pipeline.update(
        uow, "department",
        [pipeline.Change(d.id, {"head": m.id}) for d, m in zip(regions, managers, strict=True)],
    )  # fmt: skip
    await pipeline.create(
        uow, "user",
        [{"name": f"销售{n}", "login": f"sales{n}", "department": teams[n % 60].id, "roles": [roles["sales"]]}
         for n in range(900)],
    )  # fmt: skip


async def _customers(uow: UnitOfWork, count: int) -> None:
    rows = [{"name": name, "key": sort_key(name), "id": new_id()} for name in names(count)]
    for start in range(0, count, 20_000):
        part = rows[start : start + 20_000]
        await uow.execute(
            """
            with sellers as (select array_agg(id order by login) as ids, array_agg(department order by login) as deps
                from org_main."user" where login like 'sales%%')
            insert into org_main.customer (id, version, name, name__key, owner, owner_department, created_at, updated_at,
                status, industry, record_type)
            select x.id, 1, x.name, x.key, s.ids[1 + n %% 900], s.deps[1 + n %% 900], now() - n * interval '1 minute',
                now() - n * interval '1 minute', 'active', (array['software', 'retail', 'medical', 'finance'])[1 + n %% 4],
                'company'
            from sellers s, json_to_recordset(%(rows)s::json) with ordinality as x(id uuid, name text, key text, n bigint)
            """.replace(
                "with ordinality as x(id uuid, name text, key text, n bigint)",
                "as y(id uuid, name text, key text),"
                " lateral (select y.*, ('x' || left(md5(y.name), 7))::bit(28)::int as n) x",
            ),
            {"rows": msgspec.json.encode(part).decode()},
        )


async def _opportunities(runtime: Runtime, records: int) -> None:
    async with runtime.pool.connection() as connection:
        await connection.execute("set statement_timeout = 0")
        await connection.execute("set synchronous_commit = off")
        # The texts of opportunities repeat, so their tokens are made once for each text.
        texts = [
            name[: -len("有限公司")].removesuffix("股份").removesuffix("集团")
            for name in names(records // 10)
        ]
        texts = list(dict.fromkeys(texts))
        await connection.execute(
            "create temporary table texts (n serial, name text, key text, tokens text[])"
        )
        async with connection.cursor().copy("copy texts (name, key, tokens) from stdin") as copy:
            for text in texts:
                name = f"{text}采购项目"
                await copy.write_row((name, sort_key(name), document_tokens([("text", name, None)])))
        await connection.execute("create index on texts (n)")
        await connection.execute(
            """create temporary table made as
            with c as (select array_agg(id) as ids, array_agg(owner) as owners, array_agg(owner_department) as deps,
                    count(*)::int as size from org_main.customer),
                s as (select array_agg(id order by position) as ids, array_agg(kind order by position) as kinds,
                    array_agg(pipeline) as pipelines, count(*)::int as size from org_main.stage where deleted_at is null)
            select gen_random_uuid() as id, g, 1 + (g * 7919) %% %(texts)s as text, c.ids[k] as customer, c.owners[k] as owner,
                c.deps[k] as dep, s.ids[t] as stage, s.kinds[t] as kind, s.pipelines[t] as pipeline,
                now() - (g %% 1051200) * interval '1 minute' as at, round((100 + (g * 7907) %% 999983)::numeric, 2) as amount
            from c, s, generate_series(1::bigint, %(records)s::bigint) g,
                lateral (select 1 + ((g * 104729) %% c.size)::int as k, 1 + ((g * 31) %% s.size)::int as t) i""",
            {"records": records, "texts": len(texts)},
        )
        indexes = await (
            await connection.execute(
                "select indexdef, indexname from pg_indexes where schemaname = 'org_main' and indexname not like '%_pkey'"
                " and tablename in ('opportunity', 'opportunity__search')"
            )
        ).fetchall()
        for _, index in indexes:
            await connection.execute(f'drop index org_main."{index}"')
        await connection.execute(
            """insert into org_main.opportunity (id, version, name, name__key, customer, owner, owner_department, stage, pipeline,
                outcome, amount, amount__currency, amount__base, amount__rate_date, closed_at, created_at, updated_at,
                stage_entered_at, expected_close, probability)
            select m.id, 1, t.name, t.key, m.customer, m.owner, m.dep, m.stage, m.pipeline, m.kind, m.amount, 'CNY', m.amount,
                m.at::date, case when m.kind <> 'open' then m.at end, m.at, m.at, m.at, m.at::date + 30, 50
            from made m join texts t on t.n = m.text"""
        )
        await connection.execute(
            """insert into org_main.opportunity__search (id, tokens)
            select m.id, array_to_tsvector(t.tokens) from made m join texts t on t.n = m.text"""
        )
        await connection.execute("set maintenance_work_mem = '1GB'")
        for definition, _ in indexes:
            await connection.execute(definition.encode())
        await connection.commit()
        await connection.set_autocommit(True)
        for table in ("opportunity", "opportunity__search", "customer", '"user"', "department"):
            await connection.execute(f"vacuum analyze org_main.{table}")
        await connection.set_autocommit(False)
