"""`keyuan doctor`: says where the database differs from the definitions, and mends what is safe to mend."""

from __future__ import annotations

import argparse
import asyncio

from ...domains.runtime import open_runtime
from ...kernel.i18n import Language, message
from ...services.doctor import Finding, examine, mend
from ...storage.database import database
from ..organisation import add_organisation
from ..terminal import say

NAME = "doctor"
HELP = "hold the database against the definitions, and mend what is safe to mend"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to mend, in which language to tell, and which organisation (all of them if none is named)."""
    parser.add_argument("--fix", action="store_true", help="mend what is safe to mend")
    parser.add_argument("--language", choices=("zh", "en"), default="en", help="of the report")
    add_organisation(parser)


def run(args: argparse.Namespace) -> int:
    """Print a line for each finding. The exit code is 1 while any is left."""
    with database(args.settings, what="keyuan doctor", say=say) as url:
        return asyncio.run(_doctor(args, url))


async def _doctor(args: argparse.Namespace, url: str) -> int:
    language: Language = args.language
    left = 0
    async with open_runtime(url, args.settings, "cli") as runtime:
        for listed in await runtime.organisations.list():
            if listed.database_url is not None or (args.organisation and args.organisation != listed.slug):
                continue
            found = await examine(runtime, listed.slug)
            remaining = await mend(runtime, listed.slug, found) if args.fix and found else found
            _print(found, remaining, language, fixed=args.fix)
            if not remaining:
                print(f"{listed.slug}: {message('doctor.ok', language)}")
            left += len(remaining)
    return 1 if left else 0


def _print(found: list[Finding], remaining: list[Finding], language: Language, *, fixed: bool) -> None:
    """Every finding, with what became of it."""
    still = {f.key for f in remaining}
    before = {f.key for f in found}
    for finding in found:
        result = ""
        if fixed:
            result = f" – {message('doctor.left' if finding.key in still else 'doctor.mended', language)}"
        print(finding.line(language) + result)
    for finding in remaining:
        if finding.key not in before:
            print(finding.line(language))
