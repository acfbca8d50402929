"""Every day's end is locked: each cell as it then stood, once, and nothing of it can be changed."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from crm.past import looking_back
from crm.periods import month_of
from forecasting.models import (
    Adjustment,
    AdjustmentSnapshot,
    FamilyCell,
    ForecastCell,
    ForecastSnapshot,
    Measure,
    SnapshotDay,
)
from forecasting.snapshots import end_of, lock_day, lock_days
from forecasting.tasks import lock_days as lock_days_task
from pipeline.models import Deal, DealChange
from tests.cast import Cast
from tests.forecasting.histories import live_through

pytestmark = pytest.mark.django_db
KEY = ("family", "owner_id", "team_id", "node_id", "pipeline_id", "month", "currency_id", "category")
VALUES = ("deals", "weighted_deals", "amount", "base_amount", "base_weighted", "not_convertible")


def known(deal: Deal, at: Any, **facts: Any) -> None:
    """A change of a deal that was learnt at that instant."""
    values = {
        "pipeline_id": deal.pipeline_id, "stage_id": deal.stage_id, "outcome": "open", "owner_id": deal.owner_id,
        "team_id": deal.team_id, "amount": deal.amount, "currency_id": deal.currency_id,
        "expected_close_on": deal.expected_close_on,
    } | facts  # fmt: skip
    DealChange.objects.create(
        deal=deal, version=0, verb="revised", effective_at=at, recorded_at=at, known_at=at, **values
    )


def locked_on(day: date) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What the rows up to that day say of its end."""
    rows = ForecastSnapshot.objects.filter(day__lte=day).order_by("day", "pk").values_list(*KEY, *VALUES)
    newest = {row[: len(KEY)]: row[len(KEY) :] for row in rows}
    return {key: values for key, values in newest.items() if values[0]}


def counted_on(day: date) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What the cells said then."""
    with looking_back(end_of(day)):
        whole = ForecastCell.objects.values_list(*KEY[1:], *VALUES)
        cells = {("", *row[:7]): row[7:] for row in whole}
        families = FamilyCell.objects.values_list(*KEY, *VALUES)
        return cells | {row[:8]: row[8:] for row in families}


def test_a_day_that_ended_is_locked_once(cast: Cast) -> None:
    yesterday = cast.today - timedelta(days=1)
    deal = cast.deal()
    known(deal, timezone.now() - timedelta(days=2))
    assert lock_days() == [yesterday]
    assert lock_days() == []
    assert lock_day(cast.today) is None
    (row,) = ForecastSnapshot.objects.values_list("day", "owner_id", "category", "deals", "base_amount")
    assert row == (yesterday, cast.alice.pk, "pipeline", 1, Decimal(1000))
    assert SnapshotDay.objects.get().cells == 1


def test_days_that_were_missed_are_locked_from_what_was_known_at_their_end(cast: Cast) -> None:
    first = cast.today - timedelta(days=4)
    deal = cast.deal()
    known(deal, end_of(first - timedelta(days=1)).at)
    lock_day(first)
    known(deal, end_of(first + timedelta(days=2)).at, amount=Decimal(1500))
    assert lock_days() == [first + timedelta(days=number) for number in range(1, 4)]
    assert [(row.day, row.base_amount) for row in ForecastSnapshot.objects.order_by("day")] == [
        (first, 1000), (first + timedelta(days=2), 1500),
    ]  # fmt: skip


def test_a_cell_that_is_no_more_is_written_once_with_nothing(cast: Cast) -> None:
    first = cast.today - timedelta(days=3)
    deal = cast.deal()
    known(deal, end_of(first).at)
    known(deal, end_of(first + timedelta(days=1)).at, outcome="lost", closed_on=first)
    for number in range(3):
        lock_day(first + timedelta(days=number))
    rows = ForecastSnapshot.objects.order_by("day").values_list("day", "deals", "base_amount")
    assert list(rows) == [(first, 1, Decimal(1000)), (first + timedelta(days=1), 0, Decimal(0))]


def test_nobody_changes_what_is_locked(cast: Cast) -> None:
    known(cast.deal(), timezone.now() - timedelta(days=2))
    lock_days()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL penstock.may_truncate = off")  # as in every session but that of the tests
    for model in (ForecastSnapshot, SnapshotDay):
        with pytest.raises(DatabaseError), transaction.atomic():
            model._default_manager.update(day=cast.today)
        with pytest.raises(DatabaseError), transaction.atomic():
            model._default_manager.all().delete()


def test_any_history_day_by_day(cast: Cast) -> None:
    """Only what changed is written, and it says of every day what the cells said then."""
    random = Random(7)
    live_through(cast, random, deals=25)
    days = sorted({cast.today - timedelta(days=random.randint(1, 100)) for _number in range(4)})
    for day in days:
        assert lock_day(day)
    for day in days:
        assert locked_on(day) == counted_on(day)
        assert locked_on(day)


def test_what_adjustments_did_to_a_line_is_locked_too(cast: Cast) -> None:
    yesterday = cast.today - timedelta(days=1)
    period = month_of(cast.today)
    deal = cast.deal()
    known(deal, timezone.now() - timedelta(days=2), probability_override=Decimal(50))
    Adjustment.objects.create(
        owner=cast.alice, team=cast.north, starts_on=period.start, ends_on=period.end, measure=Measure.FORECAST,
        is_own=True, amount=Decimal(800), currency_id="EUR", raw=Decimal(500), raw_currency_id="EUR", by=cast.alice,
        recorded_at=timezone.now() - timedelta(days=2),
    )  # fmt: skip
    lock_day(yesterday)
    rows = AdjustmentSnapshot.objects.values_list("day", "owner_id", "team_id", "difference")
    lines = {(owner, team): difference for day, owner, team, difference in rows if day == yesterday}
    assert lines[cast.alice.pk, cast.north.pk] == lines[None, cast.north.pk] == Decimal(300)


def test_the_worker_does_it(cast: Cast) -> None:
    lock_days_task()
    assert SnapshotDay.objects.get().day == cast.today - timedelta(days=1)
