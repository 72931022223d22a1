"""Who may do what: principals, policies, and the predicate that every query carries. Runs no query."""

from __future__ import annotations

from .policy import ACTIONS, LEVELS, SCOPES, Access, Policy
from .predicate import grants_table, predicate
from .principal import Principal, binds, environment, system_principal
from .rights import Rights, can, field_access, rights

__all__ = [
    "ACTIONS",
    "LEVELS",
    "SCOPES",
    "Access",
    "Policy",
    "Principal",
    "Rights",
    "binds",
    "can",
    "environment",
    "field_access",
    "grants_table",
    "predicate",
    "rights",
    "system_principal",
]
