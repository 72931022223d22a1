"""The web application in this process, for the tests of a module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from api_site import Site, opened


@pytest.fixture(scope="module")
async def site(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """The application with the organisations `acme` and `other`."""
    async with opened(module_database_url, tmp_path_factory.mktemp("data")) as site:
        yield site
