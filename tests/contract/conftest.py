"""The web application with two organisations (see `api_site`)."""

from __future__ import annotations

from api_site import furnished

__all__ = ["furnished"]
