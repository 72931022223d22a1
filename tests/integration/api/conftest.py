"""The web application in this process, for the tests of a module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from api_site import Site, furnish, opened


@pytest.fixture(scope="session")
async def furnished(server: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, Site]]:
    """A database with the organisations `acme` and `other`, to be copied: its name, and what is known of it."""
    with server.database() as url:
        async with opened(url, tmp_path_factory.mktemp("data")) as site:
            for slug in ("acme", "other"):
                await furnish(site, slug)
        with psycopg.connect(url) as connection:
            name = connection.info.dbname
        yield name, site


@pytest.fixture(scope="module")
async def site(
    server: Any, furnished: tuple[str, Site], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """The application on a copy of the furnished database."""
    template, known = furnished
    with server.database(template) as url:
        async with opened(url, tmp_path_factory.mktemp("data")) as site:
            site.users, site.keys, site.url = known.users, known.keys, url
            yield site
