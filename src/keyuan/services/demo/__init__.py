"""The demo: an invented Chinese maker of automation equipment, its people, customers and deals of the last two years.

    for object_key, records in generate(seed=1, customers=400, opportunities=1200): …

The records are plain dicts as `records.pipeline.create` takes them inside `trusted` work: values in their canonical JSON
form, references by id, `id`, `owner`, `owner_department`, `created_at`, `updated_at`, `created_by` and `updated_by`
included where the object has owners. They come in this order:

    department     name parent position
    user           name login email mobile employee_number title department roles language time_zone active
    user           `manager` of those above: a change
    department     `head` of those above: a change
    tag            name color managed
    product        name code category specification unit price cost tax_rate active
    competitor     name products strengths weaknesses
    pipeline       name name_en default active position
    stage          name name_en pipeline position kind probability color active stagnation_days required_fields
  and then, again and again:
    lead           name company title mobile wechat email source status score demand industry failed_reason
                   status_changed_at
    lead           changes of `status` and what goes with it, `owner`
    customer       name record_type external_code type level status industry source credit_code phone email website
                   address revenue staff year_established invoice_title tax_number invoice_phone tags parent
    customer       changes of `status` (but for the last one), `owner`, `name`, `level` and others
    contact        name customer primary mobile wechat email department title role stance gender source left reports_to
    contact        changes of `owner`
    opportunity    name customer pipeline stage outcome amount probability expected_close closed_at contact product
                   source competitor lost_reason invalid_reason close_remark next_step stage_entered_at lines
    opportunity    changes of `stage` and what goes with it, of amount, lines, owner, expectations; the end
    customer       `status` of those that were lost after they had bought: a change
    activity       method content about customer contact opportunity lead happened_at duration outcome next_at next_step
    task           name status priority due_at done_at activity about customer contact opportunity lead

Changes are a batch of their own, of the class `Changes`, with `id`, what changes, `updated_at` and `updated_by`. The stage
history of an opportunity follows from its changes.

Roles are those that an organisation has (`known` tells their ids). Companies and people are put together from parts and
belong to nobody; domains end in `.example`, telephone numbers are made up to look so."""

from __future__ import annotations

from .changes import Changes
from .generate import MOST, Batch, generate
from .organisation import COMPANY

__all__ = ["COMPANY", "MOST", "Batch", "Changes", "generate"]
