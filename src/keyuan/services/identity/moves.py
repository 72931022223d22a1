"""When people move to another department, what they own moves with them.

`owner_department` follows from the owner as a roll-up follows from its children: records get neither a new version nor
history from it. Roll-ups made from it follow. Records that stand in another department than their owner's (imported so)
stay there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ...records import rollups
from ...records.statements import qualified
from ...records.unit_of_work import UnitOfWork


async def follow(uow: UnitOfWork, moved: Mapping[str, tuple[str | None, str | None]]) -> None:
    """Take the records of users from one department to another: `moved` is user → (from, to)."""
    users: dict[tuple[str | None, str | None], list[str]] = defaultdict(list)
    for user, way in moved.items():
        if way[0] != way[1]:
            users[way].append(user)
    for (before, after), people in users.items():
        for key, obj in uow.registry.objects.items():
            if not obj.owned:
                continue
            table = qualified(uow.registry.tables[key].main)
            # two statements, because the index on owners holds only what is not deleted
            for state in ("is null", "is not null"):
                await uow.execute(
                    f"update {table} set owner_department = %(after)s where owner = any(%(people)s::uuid[])"  # noqa: S608
                    f" and owner_department is not distinct from %(before)s::uuid and deleted_at {state}",
                    {"after": after, "before": before, "people": people},
                )
            owned = uow.registry.tables[key].main.c.owner.in_(people)
            held = {d for d in (before, after) if d is not None}
            await rollups.follow(uow, key, "owner_department", owned, held)
