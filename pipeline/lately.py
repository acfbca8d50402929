"""The deals that were closed last, beside how many there are and what they are worth."""

from collections.abc import Callable, Hashable
from typing import Any

from django.db.models import QuerySet

from crm.rows import fetched
from pipeline.models import Deal

COLUMNS = (
    "id", "title", "stage_id", "outcome", "owner", "reason", "competitor", "closed_on", "amount", "currency_id",
    "all_count", "all_value",
)  # fmt: skip
# Counted first, so that names are looked up for the few that are shown.
LATEST_CLOSED = """
WITH closed AS MATERIALIZED ({rows})
SELECT d.id, d.title, d.stage_id, d.outcome, u.name, r.name, d.competitor, d.closed_on, d.amount, d.currency_id,
       sums.all_count, sums.all_value
FROM (SELECT stage_id, count(*) AS all_count, sum(base_amount) AS all_value FROM closed GROUP BY stage_id) AS sums
CROSS JOIN LATERAL (
    SELECT id FROM closed WHERE stage_id = sums.stage_id ORDER BY closed_on DESC, id DESC LIMIT %s
) AS latest
CROSS JOIN LATERAL (SELECT * FROM pipeline_deal WHERE id = latest.id LIMIT 1) AS d
JOIN crm_user u ON u.id = d.owner_id LEFT JOIN pipeline_lossreason r ON r.id = d.loss_reason_id
ORDER BY d.stage_id, d.closed_on DESC, d.id DESC
"""


def latest(closed: Callable[[], QuerySet[Deal, Any]], known: Hashable | None, size: int) -> list[dict[str, Any]]:
    """Of each stage its last `size` closed deals, with the count and the sum of all; phrased once if `known`."""
    found = fetched(closed, known=known, within=LATEST_CLOSED, behind=[size])
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]
