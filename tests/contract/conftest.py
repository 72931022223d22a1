"""The web application with two organisations (see `api_site`), and those of every object (`contract_world`)."""

from __future__ import annotations

from contract_world import elsewhere, world

from api_site import furnished

__all__ = ["elsewhere", "furnished", "world"]
