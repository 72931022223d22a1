"""A small organisation to read from: its objects, its tables filled directly, and people with roles."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.types.json import Jsonb

from keyuan.access import Policy, Principal
from keyuan.kernel.errors import Problem
from keyuan.kernel.i18n import LANGUAGES
from keyuan.kernel.ids import new_id
from keyuan.query.requests import AggregateQuery, ListQuery, SearchQuery
from keyuan.records import read
from keyuan.schema import field_types
from keyuan.schema.declare import choices, object_
from keyuan.schema.declare import field as f
from keyuan.schema.field_types import Context
from keyuan.schema.model import Object
from keyuan.schema.registry import Registry
from keyuan.schema.tables import stored_fields
from keyuan.schema.text.tokens import document_tokens
from keyuan.services.identity.objects import OBJECTS as IDENTITY
from keyuan.storage.organisations import Organisation, Organisations
from keyuan.storage.pool import open_pool
from keyuan.storage.sql import compile

CUSTOMER = object_(
    "customer", "客户", "Customer", "Customers", area="sales",
    fields=[
        f("name", "text", "名称", "Name", required=True, search=True),
        f("industry", "choice", "行业", "Industry",
          choices=choices(("steel", "钢铁", "Steel"), ("retail", "零售", "Retail"), ("software", "软件", "Software"))),
        f("phone", "phone", "电话", "Phone", search=True),
        f("revenue", "money", "营收", "Revenue"),
        f("level", "integer", "级别", "Level"),
        f("growth", "percent", "增长", "Growth"),
        f("note", "long_text", "备注", "Note", search=True),
        f("id_number", "text", "证件号", "Id number", encrypted=True),
        f("founded", "date", "成立", "Founded"),
        f("seen_at", "datetime", "联系时间", "Seen at"),
        f("active", "boolean", "活跃", "Active"),
        f("kinds", "choices", "类别", "Kinds", choices=choices(("a", "甲", "A"), ("b", "乙", "B"), ("c", "丙", "C"))),
        f("labels", "references", "标签", "Labels", target="label"),
        f("address", "address", "地址", "Address"),
        f("files", "file", "附件", "Files"),
        f("extra", "json", "其他", "Extra"),
        f("group", "reference", "集团", "Group", target="customer", acyclic=True),
        f("phone_end", "formula", "尾号", "Phone end", expression="right(phone, 4)"),
        f("big", "formula", "大客户", "Big", expression="revenue > 1000", result="boolean"),
        f("double", "formula", "双倍", "Double", expression="level * 2", result="integer"),
        f("group_industry", "formula", "集团行业", "Group industry", expression="group.industry"),
        f("deal_total", "rollup", "商机总额", "Deal total", object="deal", via="customer", measure="sum",
          field="amount", filter=["outcome", "=", "won"]),
    ],
    list_fields=("name", "industry", "phone", "revenue", "owner", "updated_at"),
)  # fmt: skip

LABEL = object_(
    "label", "标签", "Label", "Labels", area="sales", owned=False,
    fields=[f("name", "text", "名称", "Name", required=True)],
)  # fmt: skip

CONTACT = object_(
    "contact", "联系人", "Contact", "Contacts", area="sales", owned=False, parent="customer",
    fields=[
        f("name", "text", "姓名", "Name", required=True, search=True),
        f("mobile", "phone", "手机", "Mobile", search=True),
        f("customer", "reference", "客户", "Customer", target="customer", required=True),
        f("age", "integer", "年龄", "Age"),
    ],
)  # fmt: skip

STAGE = object_(
    "stage", "阶段", "Stage", "Stages", area="sales", owned=False,
    fields=[f("name", "text", "名称", "Name", required=True), f("position", "integer", "排序", "Position")],
)  # fmt: skip

DEAL = object_(
    "deal", "商机", "Deal", "Deals", area="sales",
    fields=[
        f("name", "text", "名称", "Name", required=True, search=True),
        f("customer", "reference", "客户", "Customer", target="customer"),
        f("stage", "reference", "阶段", "Stage", target="stage"),
        f("amount", "money", "金额", "Amount"),
        f("outcome", "choice", "结果", "Outcome",
          choices=choices(("open", "进行中", "Open"), ("won", "赢单", "Won"), ("lost", "输单", "Lost"))),
        f("closed_at", "datetime", "关闭时间", "Closed at"),
        f("expected", "date", "预计", "Expected"),
        f("customer_phone", "formula", "客户电话", "Customer phone", expression="customer.phone"),
        f("lines", "lines", "明细", "Lines", object="deal_line", via="deal"),
    ],
)  # fmt: skip

DEAL_LINE = object_(
    "deal_line", "明细", "Line", "Lines", area="sales", owned=False, parent="deal",
    fields=[
        f("name", "text", "产品", "Product"),
        f("deal", "reference", "商机", "Deal", target="deal", required=True),
        f("position", "integer", "排序", "Position"),
        f("quantity", "integer", "数量", "Quantity"),
        f("price", "decimal", "单价", "Price"),
        f("secret", "text", "暗号", "Secret", encrypted=True),
    ],
)  # fmt: skip

REMARK = object_(
    "remark", "跟进", "Remark", "Remarks", area="sales", owned=False, parent="about",
    fields=[
        f("name", "text", "内容", "Text"),
        f("about", "reference_any", "关于", "About", targets=["customer", "deal"]),
    ],
)  # fmt: skip

OBJECTS: tuple[Object, ...] = (CUSTOMER, LABEL, CONTACT, STAGE, DEAL, DEAL_LINE, REMARK)


class Rot13:
    """A cipher whose workings a test can see."""

    def encrypt(self, text: str) -> str:
        return "enc:" + text[::-1]

    def decrypt(self, text: str) -> str:
        assert text.startswith("enc:")
        return text[4:][::-1]

    def blind(self, text: str) -> str:
        return "blind:" + text[::-1]


@dataclass(repr=False)
class World:
    """The organisation `test` in a database."""

    url: str
    organisation: Organisation
    cipher: Rot13 = field(default_factory=Rot13)

    @classmethod
    def make(cls, url: str, objects: tuple[Object, ...] = (*IDENTITY, *OBJECTS)) -> World:
        """Make the organisation with its tables."""

        async def work() -> Organisation:
            async with open_pool(url, "cli", size=2) as pool:
                settings = {"time_zone": "Asia/Shanghai", "fiscal_year_start": 4}
                return await Organisations(pool, objects).create("test", "测试", settings)

        return cls(url, asyncio.run(work()))

    @property
    def registry(self) -> Registry:
        """The definitions."""
        return self.organisation.registry

    @property
    def context(self) -> Context:
        """How values are read."""
        return Context(today="2026-06-15", cipher=self.cipher)

    def add(self, object_key: str, *rows: Mapping[str, Any]) -> list[str]:
        """Insert records from values as the API takes them; answers their ids. `deleted_at` and roll-ups may be given."""
        obj = self.registry.objects[object_key]
        made: list[dict[str, Any]] = []
        tokens: list[dict[str, Any]] = []
        for given in rows:
            given = {
                "created_at": "2026-01-01T00:00:00+00:00",
                "updated_at": "2026-01-01T00:00:00+00:00",
                **given,
            }
            row = {"id": given.get("id") or new_id(), "version": given.get("version", 1)}
            row["deleted_at"], found = given.get("deleted_at"), []
            for one in stored_fields(obj):
                kind = field_types.get(one.type)
                value = given.get(one.key)
                if value is not None and one.type != "rollup":
                    value = kind.parse(one, value, self.context)
                row |= kind.encode(one, value, self.context)
                if value is not None and one.search and kind.search_kind:
                    found.append((kind.search_kind, value, None if one.key == "name" else one.key))
            made.append(row)
            tokens.append({"id": row["id"], "tokens": document_tokens(found)})
        with psycopg.connect(self.url) as connection:
            table = f'{self.registry.schema}."{object_key}"'
            names = ", ".join(f'"{n}"' for n in made[0])
            connection.execute(
                f"insert into {table} ({names}) select {names} from json_populate_recordset(null::{table}, %s::json)",
                [msgspec.json.encode(made).decode()],
            )
            if obj.searchable:
                connection.execute(
                    f"insert into {self.registry.schema}.{object_key}__search (id, tokens)"
                    " select x.id, array_to_tsvector(x.tokens) from json_to_recordset(%s::json) as x(id uuid, tokens text[])",
                    [msgspec.json.encode(tokens).decode()],
                )
        return [row["id"] for row in made]

    def grant(self, object_key: str, record: str, grantee: str, **more: Any) -> None:
        """Share a record."""
        row = {"id": new_id(), "object": object_key, "record": record, "grantee": grantee, "grantee_kind": "user",
               "level": "read", **more}  # fmt: skip
        self.insert("grants", row)

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Insert into any table."""
        values = {k: Jsonb(v) if isinstance(v, dict) else v for k, v in row.items()}
        names = ", ".join(f'"{n}"' for n in values)
        holes = ", ".join(f"%({n})s" for n in values)
        self.execute(f"insert into {self.registry.schema}.{table} ({names}) values ({holes})", values)

    def execute(self, statement: str, params: Any = None) -> None:
        """Run a statement."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement, params)

    def fetch(self, statement: Any, params: Any = None) -> list[tuple[Any, ...]]:
        """The rows of a statement (text, or SQLAlchemy's)."""
        if not isinstance(statement, str):
            compiled = compile(statement)
            statement, params = compiled.text, compiled.bind(params)
        with psycopg.connect(self.url, options="-c timezone=UTC") as connection:
            return connection.execute(statement, params).fetchall()

    def person(self, *roles: Mapping[str, Any], user: str | None = None, **more: Any) -> Principal:
        """Somebody with these roles."""
        user = user or new_id()
        defaults: dict[str, Any] = {"people": (user,), "organisation": "test"}
        return Principal(user=user, policy=Policy.from_roles(roles), **{**defaults, **more})


def role(
    permissions: Mapping[str, Any], fields: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A role record. Permissions may name a scope for reading alone."""
    full = {
        k: v if isinstance(v, dict) and "filter" not in v else {"read": v} for k, v in permissions.items()
    }
    return {"administrator": False, "permissions": full, "fields": fields or {}, "capabilities": [], **more}


@contextlib.asynccontextmanager
async def reading(world: World) -> AsyncIterator[Reader]:
    """A connection to read the world with."""
    async with open_pool(world.url, "web", size=2) as pool, pool.connection() as connection:
        yield Reader(world, connection)


class Reader:
    """Reads with short words and counts the statements."""

    def __init__(self, world: World, connection: Any) -> None:
        self.world = world
        self.connection = connection
        self.statements = 0

    async def execute(self, *given: Any, **more: Any) -> Any:
        """What the readers call of a connection."""
        self.statements += 1
        return await self.connection.execute(*given, **more)

    def pipeline(self) -> Any:
        """Statements sent together, as a connection does."""
        return self.connection.pipeline()

    async def page(
        self, who: Principal, object_key: str, **query: Any
    ) -> tuple[list[dict[str, Any]], str | None]:
        """One page of a list, and the cursor of the next."""
        answer = await read.list_records(
            self, self.world.organisation, who, object_key, ListQuery.read(query), cipher=self.world.cipher
        )  # type: ignore[arg-type]
        return msgspec.json.decode(answer.body), answer.next_cursor

    async def list(self, who: Principal, object_key: str, **query: Any) -> list[dict[str, Any]]:
        """The records of one page."""
        return (await self.page(who, object_key, **query))[0]

    async def names(self, who: Principal, object_key: str, **query: Any) -> list[str]:
        """The names of the records of one page."""
        return [r["name"] for r in await self.list(who, object_key, fields="name", **query)]

    async def get(self, who: Principal, object_key: str, record: str, **more: Any) -> dict[str, Any]:
        """One record."""
        answer = await read.get_record(
            self, self.world.organisation, who, object_key, record, cipher=self.world.cipher, **more
        )  # type: ignore[arg-type]
        return msgspec.json.decode(answer.body)

    async def count(self, who: Principal, object_key: str, **query: Any) -> Any:
        """How many."""
        given = ListQuery.read({"count": "exact", **query})
        return await read.count(
            self, self.world.organisation, who, object_key, given, cipher=self.world.cipher
        )  # type: ignore[arg-type]

    async def figures(self, who: Principal, object_key: str, **query: Any) -> list[dict[str, Any]]:
        """The rows of an aggregate."""
        given = AggregateQuery.read(query)
        body = await read.aggregate(
            self, self.world.organisation, who, object_key, given, cipher=self.world.cipher
        )  # type: ignore[arg-type]
        return msgspec.json.decode(body)

    async def search(self, who: Principal, q: str, **query: Any) -> list[dict[str, Any]]:
        """What a search finds."""
        body = await read.search(self, self.world.organisation, who, SearchQuery.read({"q": q, **query}))  # type: ignore[arg-type]
        return msgspec.json.decode(body)


@contextlib.contextmanager
def refused_at(field: str) -> Iterator[None]:
    """What is asked inside is refused as a bad request, at that place of it, in both languages."""
    with pytest.raises(Problem) as refused:
        yield
    assert refused.value.status == 400
    assert refused.value.errors[0].field == field
    for language in LANGUAGES:
        assert refused.value.as_json(language)["errors"]


ADMINISTRATOR = {"administrator": True}
EVERYTHING = role({"*": dict.fromkeys(("create", "read", "edit", "delete", "export"), "all")})
