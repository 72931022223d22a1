"""The demo: an invented Chinese maker of automation equipment, its people, customers and deals of the last two years.

    for object_key, records in generate(seed=1, customers=400, opportunities=1200): …

The records are plain dicts as `records.pipeline.create` takes them inside `trusted` work: values in their canonical JSON
form, references by id, `id`, `owner`, `owner_department`, `created_at`, `updated_at`, `created_by` and `updated_by`
included where the object has owners. They come in this order:

    department     name parent position
    user           name login email mobile employee_number title department roles language time_zone active
    user           `manager` of those above: a change, not a new record
    department     `head` of those above: a change, not a new record
    tag            name color managed
    product        name code category specification unit price cost tax_rate active
    competitor     name products strengths weaknesses
    pipeline       name name_en default active position
    stage          name name_en pipeline position kind probability color active stagnation_days required_fields
  and then, again and again:
    lead           name company title mobile wechat email source status score demand industry failed_reason
                   status_changed_at
    customer       name record_type external_code type level status industry source credit_code phone email website
                   address revenue staff year_established invoice_title tax_number invoice_phone tags parent
    contact        name customer primary mobile wechat email department title role stance gender source left reports_to
    opportunity    name customer pipeline stage outcome amount probability expected_close closed_at contact product
                   source competitor lost_reason invalid_reason close_remark next_step stage_entered_at lines
    stage_history  name opportunity from_stage stage entered_at left_at seconds, of the stages that were left; the
                   present one follows from the opportunity
    customer       `status` of those that were lost after they had bought: a change, not a new record
    activity       method content about customer contact opportunity lead happened_at duration outcome next_at next_step
    task           name status priority due_at done_at activity about customer contact opportunity lead

Roles are those that an organisation has (`known` tells their ids). Companies and people are put together from parts and
belong to nobody; domains end in `.example`, telephone numbers are made up to look so."""

from __future__ import annotations

from .generate import MOST, Batch, generate
from .organisation import COMPANY

__all__ = ["COMPANY", "MOST", "Batch", "generate"]
