"""The objects of identity: user, department, role."""

from __future__ import annotations

from ...schema.declare import action, choices, field, object_, section

USER = object_(
    "user", "用户", "User", "Users",
    area="settings", icon="user", owned=False, administrative=True, features=("search",),
    fields=[
        field("name", "text", "姓名", "Name", required=True, search=True),
        field("login", "text", "账号", "Account name", unique=True, search=True, length=60, pattern=r"[^\s@]+"),
        field("email", "email", "邮箱", "Email", unique=True, search=True, personal=True),
        field("mobile", "phone", "手机", "Mobile", unique=True, search=True, personal=True),
        field("employee_number", "text", "工号", "Employee number", unique=True, length=60),
        field("title", "text", "职务", "Title"),
        field("department", "department", "主部门", "Department"),
        field("departments", "references", "兼任部门", "Other departments", target="department"),
        field("manager", "user", "直属上级", "Reports to", acyclic=True, on_delete="clear"),
        field("roles", "references", "角色", "Roles", target="role", on_delete="restrict"),
        field("language", "choice", "语言", "Language", fixed_choices=True,
              choices=choices(("zh", "中文", "Chinese"), ("en", "英文", "English"))),
        field("time_zone", "text", "时区", "Time zone", length=60),
        field("active", "boolean", "启用", "Active", default=True, index=True),
    ],
    list_fields=("name", "title", "department", "manager", "roles", "mobile", "email", "active"),
    sections=(
        section("基本信息", "Details", "name", "login", "email", "mobile", "employee_number", "title", "language",
                "time_zone", "active"),
        section("组织与权限", "Organisation and rights", "department", "departments", "manager", "roles"),
    ),
    default_sort=("name",),
    actions=(action("reset_password", "重置密码", "Reset password"),),
)  # fmt: skip

DEPARTMENT = object_(
    "department", "部门", "Department", "Departments",
    area="settings", icon="apartment", owned=False, administrative=True, features=("search",),
    fields=[
        field("name", "text", "部门名称", "Name", required=True, search=True),
        field("parent", "department", "上级部门", "Parent department", acyclic=True),
        field("head", "user", "部门负责人", "Head", on_delete="clear"),
        field("position", "integer", "排序", "Position", default=0),
    ],
    unique=(("parent", "name"),),
    list_fields=("name", "parent", "head"),
    sections=(section("基本信息", "Details", "name", "parent", "head", "position"),),
    default_sort=("position", "name"),
)  # fmt: skip

ROLE = object_(
    "role", "角色", "Role", "Roles",
    area="settings", icon="safety", owned=False, administrative=True,
    fields=[
        field("name", "text", "角色名称", "Name", required=True, unique=True, search=True),
        field("key", "text", "标识", "Key", unique=True, length=60, pattern=r"[a-z][a-z0-9_]*"),
        field("description", "long_text", "说明", "Description"),
        field("administrator", "boolean", "管理员", "Administrator", default=False),
        field("permissions", "json", "对象权限", "Object permissions"),
        field("fields", "json", "字段权限", "Field permissions"),
        field("capabilities", "json", "功能权限", "Capabilities"),
    ],
    list_fields=("name", "key", "administrator", "description"),
    sections=(section("基本信息", "Details", "name", "key", "description", "administrator", "permissions", "fields",
                      "capabilities"),),
    default_sort=("name",),
)  # fmt: skip

OBJECTS = (USER, DEPARTMENT, ROLE)
