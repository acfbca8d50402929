"""Workers that meet: a renewal opens once, a delivery starts once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from crm.models import Event
from pipeline.actions import win_deal
from pipeline.models import Activity, Deal, Pipeline
from quotes.actions.delivering import StepDraft, save_template, start_delivery
from quotes.actions.renewing import open_due_renewals, plan_renewal
from quotes.aftermath import follow_marked
from quotes.models import Delivery, FollowMark, Renewal
from tests.cast import Cast, make_cast
from tests.conftest import settle
from tests.crowd import Elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 12


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    yield make_cast()
    settle()


def test_renewals_open_once_in_one_pipeline(cast: Cast) -> None:
    for number in range(3):
        deal = win_deal(cast.deal(f"Pumps {number}"), reason=cast.fit, by=cast.alice)
        plan_renewal(deal, due_on=cast.today + timedelta(days=9), lead_days=9, by=cast.alice)
    workers = [Elsewhere(open_due_renewals) for _ in range(MANY)]
    assert sum(worker.done() for worker in workers) == 3
    assert Deal.objects.filter(renewal_of__isnull=False).count() == 3
    assert Deal.objects.count() == 6
    assert set(Renewal.objects.values_list("state", flat=True)) == {"opened"}
    assert Pipeline.objects.filter(name="Renewal").count() == 1
    assert Event.objects.filter(kind="renewal.opened").count() == 3


def test_a_delivery_starts_once(cast: Cast) -> None:
    save_template(name="Pumps", steps=[StepDraft("Kick-off"), StepDraft("Ship", 5)], by=cast.dana)
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    workers = [Elsewhere(lambda: start_delivery(deal, by=cast.alice)) for _ in range(MANY // 2)]
    workers += [Elsewhere(follow_marked) for _ in range(MANY // 2)]
    for worker in workers:
        assert not isinstance(worker.done(), Exception)
    follow_marked()
    assert Delivery.objects.count() == 1
    assert Activity.objects.filter(deal=deal).count() == 2
    assert not FollowMark.objects.exists()
