"""The settings of an organisation as rows of its table `setting`; a change raises the policy version, so that every
process notices. Their types and defaults are declared in `schema.settings`."""

from __future__ import annotations

from ..schema.settings import SETTINGS
from ..schema.settings import settings_of as typed

__all__ = ["SETTINGS", "typed"]
