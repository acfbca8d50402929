"""What quotes tell: an approval that waits for somebody, and a step of a delivery that is late."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from crm.alerts import choose_alerts, raise_alerts, read_alerts, told
from crm.models import Alert
from crm.settings import LANGUAGES
from pipeline.actions import archive_deal, reopen_deal, win_deal
from pipeline.activities import complete_activity, replan_activity
from pipeline.models import Activity, Deal
from quotes.actions import ask_approval, grant, withdraw
from quotes.actions.delivering import StepDraft, save_template
from quotes.aftermath import follow_marked
from quotes.models import Assignee, Quote
from tests.cast import Cast
from tests.quotes.offers import again, drafted

pytestmark = pytest.mark.django_db


def raised(kind: str) -> dict[str, list[str]]:
    """Who knows what of this kind that holds."""
    raise_alerts(["quotes"])
    found: dict[str, list[str]] = {}
    for alert in Alert.objects.filter(kind=kind, settled_at=None).select_related("user").order_by("user__name", "id"):
        found.setdefault(alert.user.name, []).append(told(alert).said.title)
    return found


@pytest.fixture
def asked(cast: Cast) -> Quote:
    """12 % off; the limit is 10."""
    return ask_approval(drafted(cast, discount=Decimal(12)), remark="A large account", by=cast.alice)


def test_an_approval_that_waits_is_told_to_the_nearest_who_may_decide(cast: Cast, asked: Quote) -> None:
    assert raised("approval") == {"Mia": [f"Quote {asked} waits for your approval"]}
    said = told(Alert.objects.get()).said
    assert said.text == f"Alice asks for “{asked.deal.title}”: 12.0% discount in all. “A large account”"
    assert said.url == f"/quotes/{asked.pk}/"
    assert raised("quota") == {}


def test_whoever_made_the_quote_does_not_decide_so_those_above_are_told(cast: Cast, asked: Quote) -> None:
    Quote.objects.update(made_by=cast.mia)
    assert set(raised("approval")) == {"Dana"}


@pytest.mark.parametrize("how", ["granted", "withdrawn", "deleted"])
def test_it_is_settled_once_it_no_longer_waits(cast: Cast, asked: Quote, how: str) -> None:
    raised("approval")
    cast.mia.refresh_from_db()
    assert cast.mia.unread_alerts == 1
    if how == "granted":
        grant(again(asked), by=cast.mia)
    elif how == "withdrawn":
        withdraw(again(asked), by=cast.alice)
    else:
        archive_deal(Deal.objects.get(pk=asked.deal_id), by=cast.alice)
    assert raised("approval") == {}
    cast.mia.refresh_from_db()
    assert cast.mia.unread_alerts == 0


def test_asked_once_more_it_is_told_once_more(cast: Cast, asked: Quote) -> None:
    raised("approval")
    read_alerts(by=cast.mia)
    ask_approval(withdraw(again(asked), by=cast.alice), by=cast.alice)
    raised("approval")
    assert Alert.objects.filter(kind="approval", read_at=None).count() == 1


@pytest.fixture
def deal(cast: Cast) -> Deal:
    """Won 20 days ago; Bob was to ship two days ago, and she is to train them tomorrow."""
    steps = [StepDraft("Ship", 18, assignee=Assignee.PERSON, person=cast.bob), StepDraft("Train", 21)]
    save_template(name="Pumps", steps=steps, by=cast.dana)
    deal = win_deal(cast.deal("Big"), reason=cast.fit, closed_on=cast.today - timedelta(days=20), by=cast.alice)
    follow_marked()
    return deal


def test_a_late_step_is_told_to_who_has_it_and_to_whose_deal_it_is(cast: Cast, deal: Deal) -> None:
    assert raised("late") == {"Alice": ["“Ship” is late"], "Bob": ["“Ship” is late"]}
    said = told(Alert.objects.filter(user=cast.bob).get()).said
    assert said.text.startswith("Delivery of “Big”: Bob was to do it by ")
    assert said.url == f"/deals/{deal.pk}/"


def test_late_by_more_than_a_week_who_leads_the_team_knows_too(cast: Cast, deal: Deal) -> None:
    ship = Activity.objects.get(subject="Ship")
    replan_activity(ship, due_on=cast.today - timedelta(days=8), by=cast.bob)
    assert set(raised("late")) == {"Alice", "Bob", "Mia"}


@pytest.mark.parametrize("how", ["done", "put off", "reopened"])
def test_it_is_settled_once_nothing_is_late(cast: Cast, deal: Deal, how: str) -> None:
    raised("late")
    ship = Activity.objects.get(subject="Ship")
    if how == "done":
        complete_activity(ship, by=cast.bob)
    elif how == "put off":
        replan_activity(ship, due_on=cast.today, by=cast.bob)
    else:
        reopen_deal(deal, by=cast.alice)
        follow_marked()
    assert raised("late") == {}


def test_what_one_does_not_want_is_not_told(cast: Cast, deal: Deal, asked: Quote) -> None:
    choose_alerts({"late": (False, False)}, by=cast.bob)
    assert set(raised("late")) == {"Alice"}


def test_a_round_of_one_app_leaves_the_others_alone(cast: Cast, deal: Deal) -> None:
    raise_alerts()
    standing = Alert.objects.filter(settled_at=None).exclude(kind="late").count()
    raise_alerts(["quotes"])
    assert Alert.objects.filter(settled_at=None).exclude(kind="late").count() == standing > 0


def test_it_is_said_in_every_language(cast: Cast, deal: Deal, asked: Quote) -> None:
    raised("late")
    for language, _name in LANGUAGES:
        with translation.override(language):
            assert all("%(" not in "".join(told(alert).said) for alert in Alert.objects.all())
