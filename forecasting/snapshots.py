"""Every forecast cell as it stood at the end of each day, locked: what a forecast is measured by later.

A day is locked once, after it has ended, from what was known at its end: late or not, the same rows come out, and what
was dated back afterwards is not among them. Only what differs from the day locked before is written.
"""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from crm.access import Reach
from crm.models import Workspace
from crm.moment import JUST_BEFORE, Moment
from crm.past import looking_back, then
from crm.periods import Period
from forecasting.adjustments import standing
from forecasting.models import Adjustment, AdjustmentSnapshot, ForecastSnapshot, Measure, SnapshotDay
from forecasting.recount import family_query, forecast_query
from forecasting.table import forecast_table

LOCKING = 0x6C6F636B  # advisory lock: one day at a time
MOST = 31  # days in one run
ROOM = "128MB"
KEY = "family, owner_id, team_id, node_id, pipeline_id, month, currency_id, category"
VALUES = "deals, weighted_deals, amount, base_amount, base_weighted, not_convertible"
TYPED = (
    "deals::bigint AS deals, weighted_deals::numeric(14, 4) AS weighted_deals, amount::numeric(20, 3) AS amount,"
    " base_amount::numeric(20, 3) AS base_amount, base_weighted::numeric(20, 3) AS base_weighted,"
    " not_convertible::bigint AS not_convertible"
)
EVERYONE = Reach(user_id=0, reads=None, writes=frozenset(), may_write=False)

LOCKED = f"""
CREATE TEMP TABLE locked ON COMMIT DROP AS
SELECT * FROM (
    SELECT DISTINCT ON ({KEY}) {KEY}, {VALUES} FROM forecasting_forecastsnapshot ORDER BY {KEY}, day DESC
) AS newest WHERE deals > 0"""
CHANGED = f"""
INSERT INTO forecasting_forecastsnapshot (day, {KEY}, {VALUES})
SELECT %(day)s, * FROM (SELECT {KEY}, {VALUES} FROM counted EXCEPT ALL SELECT {KEY}, {VALUES} FROM locked) AS changed
UNION ALL
SELECT %(day)s, *, 0, 0, 0, 0, 0, 0 FROM (SELECT {KEY} FROM locked EXCEPT ALL SELECT {KEY} FROM counted) AS gone"""


def lock_days() -> list[date]:
    """Lock every day that has ended since the last one that is locked; at first only yesterday."""
    yesterday = Workspace.current().today - timedelta(days=1)
    last = SnapshotDay.objects.order_by("-day").values_list("day", flat=True).first()
    first = max(last + timedelta(days=1), yesterday - timedelta(days=MOST - 1)) if last else yesterday
    days = [first + timedelta(days=number) for number in range((yesterday - first).days + 1)]
    return [day for day in days if lock_day(day)]


@transaction.atomic
def lock_day(day: date) -> SnapshotDay | None:
    """None if it is locked already, or has not ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCKING])
        newest = SnapshotDay.objects.order_by("-day").first()
        if day >= Workspace.current().today or (newest and newest.day >= day):
            return None
        cursor.execute(f"SET LOCAL work_mem = '{ROOM}'")
        moment = end_of(day)
        _count(cursor, moment)
        cursor.execute(LOCKED)
        cursor.execute("ANALYZE counted")
        cursor.execute(CHANGED, {"day": day})
        written = cursor.rowcount
        cursor.execute("DROP TABLE counted, locked")
    _lock_adjustments(day, moment)
    return SnapshotDay.objects.create(day=day, cells=written)


def end_of(day: date) -> Moment:
    at = datetime.combine(day + timedelta(days=1), time(), Workspace.current().zone) - JUST_BEFORE
    return Moment(at, day.isoformat())


def _count(cursor: Any, moment: Moment) -> None:
    """All cells as they stood, into a table of their own."""
    with looking_back(moment):
        whole, params = forecast_query()
        families, also = family_query()
        selects = [
            then(whole, params), then(families, also),
        ]  # fmt: skip
    texts = [
        f"SELECT {KEY}, {TYPED} FROM (SELECT '' AS family, c.* FROM ({selects[0]}) c) AS cell",
        f"SELECT {KEY}, {TYPED} FROM ({selects[1]}) AS cell",
    ]
    cursor.execute(f"CREATE TEMP TABLE counted ON COMMIT DROP AS {' UNION ALL '.join(texts)}", params | also)


# ── Adjustments ────────────────────────────────────────────────────────────────────────────────────


def _lock_adjustments(day: date, moment: Moment) -> None:
    """By how much each line's forecast was adjusted, of every period that had not ended."""
    found: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    with looking_back(moment):
        for start, end in _adjusted_periods(day):
            period = Period(start, end)
            if not standing(period):
                continue
            for row in forecast_table(EVERYONE, period).rows:
                if each := row.adjusted.get(Measure.FORECAST):
                    owner = row.id if row.kind == "person" else None
                    team = row.team_id if owner else (row.id or None)
                    found[start, end, owner, team] = each.difference
    key = ("starts_on", "ends_on", "owner_id", "team_id")
    newest = AdjustmentSnapshot.objects.filter(ends_on__gt=day).order_by(*key, "-day").distinct(*key)
    locked = {row[:4]: row[4] for row in newest.values_list(*key, "difference")}
    changed = {each for each in {*found, *locked} if found[each] != locked.get(each, 0)}
    AdjustmentSnapshot.objects.bulk_create(
        AdjustmentSnapshot(day=day, difference=found[each], **dict(zip(key, each, strict=True)))
        for each in sorted(changed, key=str)
    )


def _adjusted_periods(day: date) -> list[tuple[date, date]]:
    made = Adjustment.objects.filter(measure=Measure.FORECAST, ends_on__gt=day)
    return list(made.order_by("starts_on", "ends_on").values_list("starts_on", "ends_on").distinct())


# ── Reading ────────────────────────────────────────────────────────────────────────────────────────


def locked_cells(day: date, period: Period) -> Any:
    """The newest rows not later than `day` of the cells of the period's months, those of whole deals."""
    key = ("owner_id", "month", "team_id", "node_id", "pipeline_id", "currency_id", "category", "family")
    rows = ForecastSnapshot.objects.filter(day__lte=day, month__gte=period.start, month__lt=period.end, family="")
    return rows.order_by(*key, "-day").distinct(*key)
