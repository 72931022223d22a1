"""The objects of the sales domain."""

from __future__ import annotations

from .definitions.leads import LEAD
from .definitions.opportunities import OPPORTUNITY, OPPORTUNITY_LINE
from .definitions.pipelines import PIPELINE, STAGE, STAGE_HISTORY
from .definitions.products import COMPETITOR, PRODUCT

OBJECTS = (LEAD, OPPORTUNITY, OPPORTUNITY_LINE, STAGE_HISTORY, PIPELINE, STAGE, PRODUCT, COMPETITOR)
