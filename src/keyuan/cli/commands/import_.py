"""`keyuan import`: load files, either by a plan or one file into one object."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import msgspec

from ...access import system_principal
from ...domains.runtime import open_runtime
from ...kernel.errors import Problem
from ...kernel.i18n import Language, message
from ...kernel.ids import new_id
from ...kernel.startup import CannotStart
from ...records.unit_of_work import UnitOfWork
from ...records.unit_of_work import run as in_unit
from ...services.imports import mapping
from ...services.imports.mapping import Plan
from ...services.imports.reading import open_table
from ...services.imports.report import StepReport
from ...services.imports.run import run_plan
from ...storage.database import database
from ..organisation import add_organisation, chosen
from ..terminal import SHOWN, parts, say, tell

NAME = "import"
HELP = "import files: a PLAN.yaml with --from DIR, or OBJECT FILE"
_COUNTS = ("read", "created", "updated", "unchanged", "skipped", "refused")


class DryRun(Exception):
    """Raised inside the unit of work so that nothing of a dry run is kept."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A plan and its folder, or an object, a file and how its columns map."""
    parser.add_argument("what", metavar="PLAN.yaml|OBJECT")
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="the file, if an object was named")
    parser.add_argument("--from", dest="folder", metavar="DIR", type=Path, help="where the plan's files lie")
    parser.add_argument(
        "--map", metavar="M.yaml", type=Path, help="how columns become fields (default: by their names)"
    )
    parser.add_argument("--key", metavar="FIELD", default="", help="find existing records by this field")
    parser.add_argument("--dry-run", action="store_true", help="show what would happen and keep nothing")
    parser.add_argument("--language", choices=("zh", "en"), default="en", help="language of messages")
    add_organisation(parser)


def run(args: argparse.Namespace) -> int:
    """Import in one operation and print what was done, and the operation's id."""
    with database(args.settings, what="keyuan import", say=say) as url:
        try:
            return asyncio.run(_import(args, url))
        except Problem as problem:
            return tell(problem, args.language)


async def _import(args: argparse.Namespace, url: str) -> int:
    async with open_runtime(url, args.settings, "cli") as runtime:
        slug = await chosen(runtime, args.organisation)
        async with runtime.pool.connection() as connection:
            organisation = await runtime.organisations.get(connection, slug)
        if args.file is not None and args.what not in organisation.registry.objects:
            raise CannotStart(message("import.no_object", args.language, object=args.what))
        known = {
            f.key: (f.label.zh, f.label.en)
            for f in (
                organisation.registry.fields(args.what).values()
                if args.what in organisation.registry.objects
                else ()
            )
        }
        plan, folder = _plan(args, known)
        operation = new_id()
        reports: list[StepReport] = []

        async def work(uow: UnitOfWork) -> None:
            reports[:] = await run_plan(uow, plan, folder)
            uow.detail["files"] = [r.source for r in reports]
            if args.dry_run:
                raise DryRun

        try:
            await in_unit(
                runtime, system_principal(slug), work, kind="import", operation=operation, trusted=True,
                detail={"files": [s.file for s in plan.steps]},
            )  # fmt: skip
        except DryRun:
            print(message("import.dry_run", args.language))
    for report in reports:
        _show(report, args.language)
    if not args.dry_run:
        wrote = any(r.created or r.updated for r in reports)
        code = "import.operation" if wrote else "import.nothing"
        print(message(code, args.language, operation=operation))
    return 0


def _plan(args: argparse.Namespace, known: dict[str, tuple[str, str]]) -> tuple[Plan, Path]:
    if args.file is None:
        path = Path(args.what)
        if path.suffix not in (".yaml", ".yml"):
            raise CannotStart(message("import.how", args.language))
        return mapping.read_plan(mapping.read_yaml(path)), args.folder or path.parent
    if args.map:
        step = mapping.read_mapping({"object": args.what, **mapping.read_yaml(args.map)})
    else:
        columns = open_table(args.file).columns
        step = mapping.by_headers(args.what, columns, known)
        left_out = [c for c in columns if c not in step.fields.values()]
        if left_out:
            print(message("import.left_out", args.language, columns=", ".join(left_out)))
    step = msgspec.structs.replace(step, file=args.file.name, key=args.key or step.key)
    return Plan(steps=[step]), args.file.parent


def _show(report: StepReport, language: Language) -> None:
    counts = {k: getattr(report, k) for k in _COUNTS}
    print(message("import.step", language, object=report.object, source=report.source, **counts))
    for row in report.errors[:SHOWN]:
        for error in row.errors:
            told = error.as_json(language)
            code = "import.line" if told["field"] else "import.whole_line"
            print(message(code, language, line=row.line, **parts(told)))
