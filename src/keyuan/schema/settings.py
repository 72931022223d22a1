"""The settings of an organisation: each with its type, default and words. What differs from the default is a row of the
table `setting`; `settings_of` gives all of them."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from ..kernel.errors import FieldError
from ..kernel.i18n import Label
from .field_types.base import FieldProblem
from .field_types.numeric import read_decimal

Kind = Literal["text", "integer", "choice", "boolean", "currency", "time_zone", "rates"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `shared` ones are told to everybody who signed in, the others to those who may change them."""

    key: str
    kind: Kind
    default: Any
    label: Label
    help: Label | None = None
    minimum: int = 0
    maximum: int = 0
    choices: tuple[str, ...] = ()
    shared: bool = False

    def parse(self, value: Any) -> Any:
        """The value as it is kept. Raises `FieldProblem`."""
        return _READERS[self.kind](self, value)

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of the value."""
        match self.kind:
            case "integer":
                return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
            case "boolean":
                return {"type": "boolean"}
            case "choice":
                return {"type": "string", "enum": list(self.choices)}
            case "currency":
                return {"type": "string", "pattern": "^[A-Z]{3}$"}
            case "rates":
                return {
                    "type": "object",
                    "propertyNames": {"pattern": "^[A-Z]{3}$"},
                    "additionalProperties": {"type": "string"},
                }
            case _:
                return {"type": "string", "minLength": 1, "maxLength": self.maximum or 100}


def _whole(
    key: str, default: int, minimum: int, maximum: int, zh: str, en: str, *, shared: bool = False
) -> Setting:
    return Setting(key, "integer", default, Label(zh, en), minimum=minimum, maximum=maximum, shared=shared)


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        setting.key: setting
        for setting in (
            Setting("name", "text", "Keyuan", Label("组织名称", "Name of the organisation"), maximum=100, shared=True),
            Setting("currency", "currency", "CNY", Label("本位币", "Base currency"), shared=True),
            Setting("time_zone", "time_zone", "Asia/Shanghai", Label("时区", "Time zone"), shared=True),
            Setting("language", "choice", "zh", Label("语言", "Language"), choices=("zh", "en"), shared=True),
            _whole("fiscal_year_start", 1, 1, 12, "财年起始月", "First month of the fiscal year", shared=True),
            Setting(
                "exchange_rates", "rates", {}, Label("汇率", "Exchange rates"),
                help=Label("一单位外币合多少本位币", "Units of the base currency for one of the other"), shared=True,
            ),
            _whole("password_length", 10, 8, 64, "密码最短长度", "Least length of passwords", shared=True),
            _whole("password_classes", 3, 1, 4, "密码字符种类", "Kinds of characters in passwords", shared=True),
            _whole("session_idle_minutes", 720, 5, 43_200, "闲置多久后退出（分钟）", "Sign out after minutes without use"),
            _whole("session_hours", 336, 1, 8_760, "最长登录时间（小时）", "Sign out after hours in any case"),
            _whole("sign_in_attempts_account", 10, 3, 1_000, "每个账号 15 分钟内可失败次数",
                   "Failed sign-ins of one account in 15 minutes"),
            _whole("sign_in_attempts_address", 100, 3, 100_000, "每个地址 15 分钟内可失败次数",
                   "Failed sign-ins from one address in 15 minutes"),
            _whole("file_megabytes", 50, 1, 500, "单个文件上限（MB）", "Largest file (MB)", shared=True),
        )
    }
)  # fmt: skip


def settings_of(rows: Iterable[tuple[str, Any]]) -> Mapping[str, Any]:
    """All settings, from the rows (key, value) of the table; what is missing or no longer valid has its default. Rows
    with other keys belong to services of their own and are left as they are."""
    values = {key: setting.default for key, setting in SETTINGS.items()}
    for key, value in rows:
        setting = SETTINGS.get(key)
        try:
            values[key] = setting.parse(value) if setting else value
        except FieldProblem:
            continue
    return MappingProxyType(values)


def check(changes: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """The changes as they are kept, and what is wrong with them. None puts a setting back to its default."""
    kept: dict[str, Any] = {}
    errors: list[FieldError] = []
    for key, value in changes.items():
        setting = SETTINGS.get(key)
        if setting is None:
            errors.append(FieldError(str(key)[:100], "unknown"))
            continue
        try:
            kept[key] = None if value is None else setting.parse(value)
        except FieldProblem as problem:
            errors.append(problem.at(key))
    return kept, errors


def _text(setting: Setting, value: Any) -> str:
    if not isinstance(value, str):
        raise FieldProblem("type", expected=Label("文本", "a text"))
    text = value.strip()
    if not text:
        raise FieldProblem("required")
    if len(text) > (setting.maximum or 100):
        raise FieldProblem("too_long", limit=setting.maximum or 100)
    if not text.isprintable() or any("\ud800" <= c <= "\udfff" for c in text):
        raise FieldProblem("characters")
    return text


def _integer(setting: Setting, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise FieldProblem("type", expected=Label("整数", "a whole number"))
    if not setting.minimum <= value <= setting.maximum:
        raise FieldProblem("between", minimum=setting.minimum, maximum=setting.maximum)
    return value


def _boolean(setting: Setting, value: Any) -> bool:
    if not isinstance(value, bool):
        raise FieldProblem("type", expected=Label("true 或 false", "true or false"))
    return value


def _choice(setting: Setting, value: Any) -> str:
    if value not in setting.choices:
        raise FieldProblem("one_of", values=", ".join(setting.choices))
    return str(value)


def _currency(setting: Setting, value: Any) -> str:
    if not (
        isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()
    ):
        raise FieldProblem("currency")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_time_zone(value: object) -> bool:
    """Whether the value names a time zone of the IANA list."""
    return isinstance(value, str) and value in _zones()


def _time_zone(setting: Setting, value: Any) -> str:
    if not is_time_zone(value):
        raise FieldProblem("time_zone")
    return str(value)


def _rates(setting: Setting, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or len(value) > 200:
        raise FieldProblem("type", expected=Label("币种到汇率的对象", "an object from currency to rate"))
    rates = {}
    for code, given in value.items():
        rate = read_decimal(given)
        if rate <= 0 or rate > Decimal(10) ** 9 or rate < Decimal(10) ** -9:
            raise FieldProblem("rate", code)
        rates[_currency(setting, code)] = format(rate, "f")
    return rates


_READERS: Mapping[Kind, Callable[[Setting, Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "boolean": _boolean,
    "choice": _choice,
    "currency": _currency,
    "time_zone": _time_zone,
    "rates": _rates,
}


def as_json(setting: Setting, value: Any) -> dict[str, Any]:
    """A setting as the API shows it."""
    shown: dict[str, Any] = {
        "key": setting.key,
        "type": setting.kind,
        "label": setting.label.as_json(),
        "help": setting.help.as_json() if setting.help else None,
        "value": value,
        "default": setting.default,
    }
    if setting.kind == "integer":
        shown |= {"minimum": setting.minimum, "maximum": setting.maximum}
    if setting.choices:
        shown["choices"] = list(setting.choices)
    return msgspec.to_builtins(shown)  # type: ignore[no-any-return]
