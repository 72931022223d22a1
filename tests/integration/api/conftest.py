"""The web application with two organisations, for the tests of a module (see `api_site`)."""

from __future__ import annotations

from api_site import furnished, site

__all__ = ["furnished", "site"]
