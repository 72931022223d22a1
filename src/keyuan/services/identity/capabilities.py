"""What roles allow beside the records of objects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ...kernel.i18n import Label

CAPABILITIES: Mapping[str, Label] = MappingProxyType(
    {
        "users": Label("管理用户、部门和角色", "Manage users, departments and roles"),
        "definitions": Label("定义对象和字段", "Define objects and fields"),
        "settings": Label("修改组织设置", "Change the organisation's settings"),
        "imports": Label("导入数据", "Import data"),
        "operations.undo_any": Label("撤销他人的操作", "Undo what others did"),
        "records.purge": Label("彻底删除记录", "Remove records for good"),
        "tags": Label("维护受管标签", "Keep the managed tags"),
        "api_keys": Label("创建 API 密钥", "Make API keys"),
    }
)
"""The capabilities there are. Administrators have all of them."""
