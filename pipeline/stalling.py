"""Stalled: open, longer in its stage than the stage's limit, untouched since it passed it, nothing planned."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DateField, ExpressionWrapper, F, Q
from django.db.models.functions import TruncDate

from pipeline.models import Outcome


def stalled(today: date) -> Q:
    """Of deals with `stall_days_of`."""
    untouched = Q(touched_on=None) | Q(touched_on__lte=F("limit_on"))
    return Q(outcome=Outcome.OPEN, next_step=None, limit_on__lt=today) & untouched


def stall_days_of(zone: ZoneInfo) -> dict[str, Any]:
    """What `stalled` compares: the last day within the stage's limit, and the day of the last touch."""
    limit = TruncDate("stage_since", tzinfo=zone) + F("stage__stall_days")
    return {
        "limit_on": ExpressionWrapper(limit, output_field=DateField()),
        "touched_on": TruncDate("touched_at", tzinfo=zone),
    }


def is_stalled(entered_on: date, limit: int | None, touched_on: date | None, today: date) -> bool:
    """The same rule for an open deal without a next step, in memory."""
    if limit is None or (today - entered_on).days <= limit:
        return False
    return touched_on is None or touched_on <= entered_on + timedelta(days=limit)
