"""The web application with two organisations (see `api_site`), and the organisation of every object (`contract_world`)."""

from __future__ import annotations

from contract_world import world

from api_site import furnished

__all__ = ["furnished", "world"]
