"""The deals that were closed last, beside how many there are and what they are worth."""

from collections.abc import Callable, Hashable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from crm.rows import phrased, prepared
from pipeline.models import Deal

# Counted first, so that names are looked up for the few that are shown.
LATEST_CLOSED = """
WITH closed AS MATERIALIZED ({deals})
SELECT d.id, d.title, d.stage_id, d.outcome, u.name AS owner, r.name AS reason, d.competitor, d.closed_on, d.amount,
       d.currency_id, sums.all_count, sums.all_value
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
    try:
        sql, params = phrased(closed, known=known)
    except EmptyResultSet:
        return []
    with prepared() if known else connection.cursor() as cursor:
        cursor.execute(LATEST_CLOSED.format(deals=sql), [*params, size])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
