"""The migrator: what it plans, that a second plan is empty, that it mends what is missing and drops nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from definition_samples import COMPANY, LINE, PERSON, WORLD, every_type
from psycopg import errors as pg

from keyuan.kernel.errors import Conflict, Invalid, NotFound
from keyuan.kernel.ids import new_id
from keyuan.schema.declare import field, object_
from keyuan.schema.model import Object
from keyuan.schema.registry import Registry
from keyuan.storage import catalogue, migrate, partitions
from keyuan.storage.organisations import Organisation, Organisations
from keyuan.storage.plan import Plan, plan
from keyuan.storage.pool import Pool, open_pool

pytestmark = pytest.mark.anyio

ALL = (*WORLD, LINE, every_type())


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, "cli", size=6) as opened:
        yield opened


async def planned(pool: Pool, organisation: Organisation, **how: int) -> Plan:
    async with pool.connection() as connection:
        actual = await catalogue.read(connection, organisation.registry.schema)
    return plan(actual, organisation.tables, **how)


async def run(pool: Pool, *statements: str) -> None:
    async with pool.connection() as connection:
        for statement in statements:
            await connection.execute(statement.encode())


async def test_an_empty_database_needs_everything(pool: Pool) -> None:
    organisations = Organisations(pool, ALL)
    async with pool.connection() as connection:
        actual = await catalogue.read(connection, "org_none")
    todo = plan(actual, organisations.system("none").values())
    assert todo.steps[0].kind == "schema"
    assert {s.table for s in todo.steps if s.kind == "table"} == set(organisations.system("none"))
    assert not todo.later
    assert "+ table state" in str(todo)


async def test_every_type_goes_through_the_catalogue(pool: Pool) -> None:
    """What the definitions ask for is what the catalogue then says: the second plan is empty, for tables with rows too."""
    organisation = await Organisations(pool, ALL).create("demo", "Demo")
    assert str(await planned(pool, organisation)) == "nothing to do"
    assert str(await planned(pool, organisation, small=-1)) == "nothing to do"


async def test_names_at_their_longest(pool: Pool) -> None:
    long = "x" * 40
    fields = [field("name", "text", "名", "Name")]
    for letter in "ab":
        key = f"{'y' * 39}{letter}"
        fields.append(field(key, "reference", "参", "Ref", target="user", index=True))
    fields.append(field("z" * 40, "money", "金额", "Amount", index=True))
    obj = object_(long, "长", "Long", "Longs", area="sales", fields=fields)
    organisation = await Organisations(pool, (*WORLD, obj)).create("l" * 40, "Long")
    assert str(await planned(pool, organisation)) == "nothing to do"


async def test_organisations(pool: Pool) -> None:
    organisations = Organisations(pool, WORLD)
    made = await organisations.create("demo", "客缘演示", {"currency": "USD"})
    assert made.settings["name"] == "客缘演示"
    assert made.settings["currency"] == "USD"
    assert made.settings["time_zone"] == "Asia/Shanghai"
    with pytest.raises(Conflict):
        await organisations.create("demo", "Again")
    with pytest.raises(Invalid):
        await organisations.create("Demo; drop", "Bad")
    await organisations.create("other", "Other")
    assert [o.slug for o in await organisations.list()] == ["demo", "other"]
    assert organisations.cached("demo", made.schema_version, made.policy_version) is made
    assert organisations.cached("demo", made.schema_version + 1, made.policy_version) is None
    async with pool.connection() as connection:
        assert await organisations.get(connection, "demo") is made
        await connection.execute("update org_demo.state set policy_version = policy_version + 1")
        again = await organisations.get(connection, "demo")
        assert again is not made
        assert again.registry is made.registry
    await organisations.drop("demo")
    async with pool.connection() as connection:
        with pytest.raises(NotFound):
            await organisations.get(connection, "demo")
    async with pool.connection() as connection:
        with pytest.raises(NotFound):
            await organisations.get(connection, "no such'; name")
    assert [o.slug for o in await organisations.list()] == ["other"]


async def test_what_is_missing_comes_back(pool: Pool) -> None:
    organisations = Organisations(pool, WORLD)
    organisation = await organisations.create("demo", "Demo")
    name = next(i.name for i in organisation.registry.tables["company"].main.indexes if i.unique)
    await run(
        pool,
        f'drop index org_demo."{name}"',
        "alter table org_demo.company drop column turnover__base",
        "alter table org_demo.person drop constraint fk_person_company",
        "alter table org_demo.person alter column version drop not null",
        "alter table org_demo.person alter column age set not null",
        "alter table org_demo.setting alter column updated_at drop default",
        "alter table org_demo.credential drop constraint credential_pkey",
        "drop table org_demo.company__search",
        "alter table org_demo.api_key drop constraint api_key_token_hash_key",
    )
    todo = await planned(pool, organisation)
    kinds = {(s.kind, s.table) for s in todo.steps}
    assert kinds >= {
        ("index", "company"), ("column", "company"), ("foreign_key", "person"), ("not_null", "person"),
        ("nullable", "person"), ("default", "setting"), ("primary_key", "credential"),
        ("table", "company__search"), ("unique", "api_key"),
    }  # fmt: skip
    async with pool.connection() as connection:
        await migrate.apply(connection, todo.now)
    assert str(await planned(pool, organisation)) == "nothing to do"


async def test_tables_with_rows_are_not_held_up(pool: Pool) -> None:
    """Indexes, foreign keys and NOT NULL of tables with rows are steps of their own, and can be run one by one."""
    organisation = await Organisations(pool, WORLD).create("demo", "Demo")
    table = organisation.registry.tables["company"].main
    index = next(i.name for i in table.indexes if i.unique)
    history = next(i.name for i in organisation.registry.tables["company"].history.indexes)  # type: ignore[union-attr]
    await run(
        pool,
        "insert into org_demo.company (id, version, created_at, updated_at, name)"
        " select gen_random_uuid(), 1, now(), now(), 'c' || n from generate_series(1, 50) n",
        f'drop index org_demo."{index}"',
        f'drop index org_demo."{history}"',
        "alter table org_demo.company drop constraint fk_company_owner",
        "alter table org_demo.company alter column version drop not null",
    )
    todo = await planned(pool, organisation, small=-1)
    later = {(s.kind, s.table) for s in todo.later}
    assert ("index", "company") in later
    assert ("validate", "company") in later
    assert ("not_null", "company") in later
    assert any(s.kind == "attach_index" for s in todo.later)
    assert "NOT VALID" in next(s for s in todo.now if s.kind == "foreign_key").statements[0]
    async with pool.connection() as connection:
        await migrate.apply(connection, todo.now)
    async with migrate.job_connection(pool, "demo") as alone:
        with pytest.raises(migrate.Busy):
            async with migrate.job_connection(pool, "demo"):
                pass
        await migrate.apply_alone(alone, "org_demo", todo.later)
    assert str(await planned(pool, organisation, small=-1)) == "nothing to do"


async def test_an_invalid_index_is_built_again(pool: Pool) -> None:
    organisation = await Organisations(pool, WORLD).create("demo", "Demo")
    index = next(
        i for i in organisation.registry.tables["company"].main.indexes if i.unique and len(i.columns) == 1
    )
    await run(
        pool,
        f'drop index org_demo."{index.name}"',
        "insert into org_demo.company (id, version, created_at, updated_at, code)"
        " select gen_random_uuid(), 1, now(), now(), 'same' from generate_series(1, 2)",
    )
    todo = await planned(pool, organisation, small=-1)
    async with migrate.job_connection(pool, "demo") as alone:
        # what a build that was killed leaves behind
        with pytest.raises(pg.UniqueViolation):
            await alone.execute(todo.later[0].statements[0].encode())
        broken = await planned(pool, organisation, small=-1)
        assert [s.kind for s in broken.later] == ["drop_index", "index"]
        with pytest.raises(migrate.NotUnique, match="same"):
            await migrate.apply_alone(alone, "org_demo", broken.later)
        await run(pool, "update org_demo.company set code = id::text")
        # nothing invalid is left, so it is one step again
        again = await planned(pool, organisation, small=-1)
        assert [s.kind for s in again.later] == ["index"]
        await migrate.apply_alone(alone, "org_demo", again.later)
    assert str(await planned(pool, organisation, small=-1)) == "nothing to do"


async def test_nothing_unknown_is_touched(pool: Pool) -> None:
    organisation = await Organisations(pool, WORLD).create("demo", "Demo")
    await run(
        pool,
        "alter table org_demo.company add column extra text",
        "create table org_demo.theirs (id int)",
        "create index their_index on org_demo.company (staff)",
        "alter table org_demo.person alter column age type text",
        "create index ix_person_old_00000000 on org_demo.person (age)",
    )
    todo = await planned(pool, organisation)
    assert {(t.kind, t.table, t.name) for t in todo.troubles} == {
        ("unknown_column", "company", "extra"), ("unknown_table", "theirs", ""), ("wrong_type", "person", "age"),
    }  # fmt: skip
    assert [(s.kind, s.name) for s in todo.steps] == [("drop_index", "ix_person_old_00000000")]


async def test_types_are_only_widened(pool: Pool) -> None:
    def with_number(type: str, **more: object) -> tuple[Object, ...]:
        number = field("number", type, "数", "Number", **more)
        name = field("name", "text", "名", "Name")
        return (*WORLD, object_("thing", "物", "Thing", "Things", area="sales", fields=[name, number]))

    await Organisations(pool, with_number("decimal", scale=2)).create("demo", "Demo")
    organisations = Organisations(pool, with_number("decimal", scale=4))
    todo = await organisations.bring_up_to_date("demo")
    assert todo
    assert {s.kind for s in todo.steps} == {"widen"}
    async with pool.connection() as connection:
        organisation = await organisations.get(connection, "demo")
    assert str(await planned(pool, organisation)) == "nothing to do"
    todo = await Organisations(pool, with_number("decimal", scale=1)).bring_up_to_date("demo")
    assert todo is not None
    assert {t.kind for t in todo.troubles} == {"wrong_type"}


async def test_an_upgrade_adds_what_is_new(pool: Pool) -> None:
    """Also over several versions at once, and with the organisation's rows kept."""
    await Organisations(pool, WORLD).create("demo", "Demo")
    await run(
        pool,
        "insert into org_demo.company (id, version, created_at, updated_at, name) values"
        f" ('{new_id()}', 1, now(), now(), '华为')",
    )
    more = object_(
        "company", "公司", "Company", "Companies", area="sales",
        fields=[*(f for f in COMPANY.fields if not f.system), field("boss", "reference", "法人", "Boss", target="person")],
        unique=COMPANY.unique,
    )  # fmt: skip
    new = object_("deal", "交易", "Deal", "Deals", area="sales", fields=[field("name", "text", "名", "Name")])
    organisations = Organisations(pool, (*WORLD[:3], more, PERSON, new))
    async with pool.connection() as connection:
        before = await Organisations(pool, WORLD).get(connection, "demo")
    assert await organisations.bring_all_up_to_date() == ("demo",)
    assert await organisations.bring_all_up_to_date() == ()
    async with pool.connection() as connection:
        after = await organisations.get(connection, "demo")
        row = await (await connection.execute("select name, boss from org_demo.company")).fetchone()
    assert row == ("华为", None)
    assert after.schema_version == before.schema_version + 1
    assert after.registry.tables["person"].main is not None
    left = await planned(pool, after)
    assert [s.kind for s in left.steps] == []


async def test_partitions(pool: Pool) -> None:
    """Every month has a place: prepared ones, old ones of an import, and what nobody prepared."""
    organisation = await Organisations(pool, WORLD).create("demo", "Demo")
    insert = (
        "insert into org_demo.change (at, operation, object, record, kind, version) values"
        " ('{}', gen_random_uuid(), 'company', gen_random_uuid(), 'create', 1)"
    )
    await run(
        pool, insert.format("2019-03-31T23:30:00Z"), insert.format("2019-04-01"), insert.format("2050-01-15")
    )
    async with pool.connection() as connection:
        made = await partitions.ensure_partitions(connection, "demo", months_ahead=4)
        assert len([n for n in made if n.startswith("change__")]) == 2
        assert await partitions.ensure_partitions(connection, "demo", months_ahead=4) == []
        made = await partitions.spread(connection, "demo")
        assert made == ["change__201903", "change__201904", "change__205001"]
        count = await connection.execute(
            "select tableoid::regclass::text, count(*) from org_demo.change group by 1 order by 1"
        )
        assert await count.fetchall() == [
            ("org_demo.change__201903", 1), ("org_demo.change__201904", 1), ("org_demo.change__205001", 1),
        ]  # fmt: skip
        await connection.execute(insert.format("2019-03-05").encode())
        row = await (
            await connection.execute("select count(distinct seq), count(*) from org_demo.change")
        ).fetchone()
        assert row == (4, 4)
        since = datetime(2019, 2, 10, tzinfo=UTC)
        await connection.commit()
        made = await partitions.ensure_partitions(connection, "demo", since=since)
        assert "change__201902" in made
        assert "change__201903" not in made
    assert str(await planned(pool, organisation)) == "nothing to do"


async def test_too_many_columns_are_told(pool: Pool) -> None:
    fields = [
        field("name", "text", "名", "Name"),
        *(field(f"f{n}", "text", "列", "Column") for n in range(300)),
    ]
    wide = object_("wide", "宽", "Wide", "Wides", area="sales", fields=fields)
    organisations = Organisations(pool, (*WORLD, wide))
    async with pool.connection() as connection:
        actual = await catalogue.read(connection, "org_none")
    todo = plan(actual, Registry("none", 1, organisations.standard).all_tables)
    assert any(t.kind == "too_many_columns" and t.table == "wide" for t in todo.troubles)


async def test_an_upgrade_goes_on_where_rows_stand_against_a_unique_index(pool: Pool) -> None:
    """The one there was stays, the new one waits for the rows to differ."""
    fields = [
        field("name", "text", "名", "Name"),
        field("parent", "reference", "上级", "Parent", target="unit", acyclic=True),
        field("code", "text", "码", "Code"),
    ]
    old, new = (
        object_("unit", "单位", "Unit", "Units", area="sales", owned=False, fields=fields, unique=unique)
        for unique in ((("parent", "code"),), (("parent", "name"),))
    )
    people = tuple(o for o in WORLD if o.key in ("user", "department"))
    await Organisations(pool, (*people, old)).create("demo", "Demo")
    ids = [new_id(), new_id()]
    await run(
        pool,
        *(
            f"insert into org_demo.unit (id, version, created_at, updated_at, name, name__key)"
            f" values ('{i}', 1, now(), now(), '甲', 'jia 甲')"
            for i in ids
        ),
    )
    organisations = Organisations(pool, (*people, new))
    assert await organisations.bring_all_up_to_date() == ("demo",)
    assert await organisations.bring_all_up_to_date() == ()
    async with pool.connection() as connection:
        after = await organisations.get(connection, "demo")
        cursor = await connection.execute("select kind, state from org_demo.definition_job")
        assert await cursor.fetchall() == [("build", "pending")]
    left = await planned(pool, after)
    assert [(s.kind, s.name.startswith("uq_top")) for s in left.steps] == [
        ("drop_index", True),
        ("index", True),
    ]
    await run(pool, f"update org_demo.unit set name__key = 'yi 乙' where id = '{ids[0]}'")
    async with pool.connection() as connection:
        await migrate.apply(connection, left.steps)
    with pytest.raises(pg.UniqueViolation):
        await run(pool, f"update org_demo.unit set name__key = 'jia 甲' where id = '{ids[0]}'")
