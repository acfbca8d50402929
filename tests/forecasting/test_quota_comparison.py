"""What became of a year's quotas between two instants."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from crm.access import reach_of
from crm.models import User
from crm.periods import Period, month_of, quarter_of, year_of
from forecasting.actions import set_quota
from forecasting.comparing import compared
from forecasting.types import COUNT, REVENUE
from tests.cast import Cast


@pytest.fixture
def year(cast: Cast) -> Period:
    return year_of(cast.today)


def told(user: User, year: Period, first: datetime) -> list[tuple[object, ...]]:
    found = compared(reach_of(user), year, REVENUE, first, timezone.now() + timedelta(seconds=1))
    return [(each.subject.name, each.period.key, each.amount, each.revisions) for each in found.differences]


def test_what_was_set_revised_and_removed(cast: Cast, year: Period) -> None:
    months = [month_of(start) for start in year.months[:4]]
    for month in months:
        set_quota(owner=cast.alice, period=month, amount=Decimal(100), by=cast.mia)
    first = timezone.now()
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(130), by=cast.mia)
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(120), note="Less", by=cast.mia)
    set_quota(owner=cast.alice, period=months[1], amount=None, by=cast.mia)
    set_quota(owner=cast.alice, period=months[2], amount=Decimal(7), by=cast.mia)
    set_quota(owner=cast.alice, period=months[2], amount=Decimal(100), by=cast.mia)
    set_quota(owner=cast.alice, period=months[3], amount=Decimal(100), currency="USD", by=cast.mia)
    set_quota(owner=cast.bob, period=quarter_of(year.start), amount=Decimal(5), by=cast.mia)
    set_quota(owner=cast.bob, period=months[0], amount=Decimal(5), type=COUNT, by=cast.mia)
    assert told(cast.mia, year, first) == [
        ("Alice", months[0].key, 20, 2),
        ("Alice", months[1].key, -100, 1),
        ("Alice", months[3].key, None, 1),
        ("Bob", quarter_of(year.start).key, 5, 1),
    ]
    assert told(cast.mia, year, timezone.now()) == []


def test_it_tells_nobody_what_they_may_not_read(cast: Cast, year: Period) -> None:
    first = timezone.now()
    set_quota(owner=cast.alice, period=quarter_of(year.start), amount=Decimal(5), by=cast.mia)
    set_quota(team=cast.south, period=quarter_of(year.start), amount=Decimal(5), by=cast.dana)
    assert [name for name, *_ in told(cast.max, year, first)] == ["South"]
    assert [name for name, *_ in told(cast.mia, year, first)] == ["Alice"]
    assert [name for name, *_ in told(cast.dana, year, first)] == ["South", "Alice"]


def test_the_page_takes_two_instants(cast: Cast, year: Period) -> None:
    set_quota(owner=cast.alice, period=quarter_of(year.start), amount=Decimal(5), by=cast.mia)
    client = Client()
    client.force_login(cast.mia)
    where = f"/forecast/quotas/comparison/?period={year.key}"
    assert len(client.get(where).context["found"].differences) == 1
    early = client.get(f"{where}&since=2020-01-01T10:00&until=2020-02-01T10:00")
    assert early.context["found"].differences == []
    refused = client.get(f"{where}&since=soon")
    assert refused.status_code == 422
    assert 'value="soon"' in refused.content.decode()
    assert "Enter a valid date/time." in refused.content.decode()
