"""revise_deal: facts, one by one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from contacts.models import Company
from crm.errors import Conflict, Refused
from crm.models import Event
from crm.periods import add_months
from pipeline.actions import Line, move_deal, revise_deal, win_deal
from pipeline.ledger import FIELDS
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Another name"),
        ("amount", Decimal("12345.678")),
        ("amount", Decimal(0)),
        ("amount", None),
        ("currency_id", "USD"),
        ("expected_close_on", None),
        ("probability_override", Decimal("33.33")),
        ("probability_override", Decimal(0)),
        ("category_override", "commit"),
        ("company_id", None),
        ("competitor", "Hydrolog"),
        ("external_id", "CRM-17"),
    ],
)
def test_it_revises(cast: Cast, field: str, value: Any) -> None:
    deal = cast.deal()
    before = getattr(deal, field)
    revised = revise_deal(deal, by=cast.alice, **{field: value})
    deal.refresh_from_db()
    assert getattr(revised, field) == getattr(deal, field) == value
    change = deal.changes.get(version=2)
    assert (change.verb, change.by, change.was.keys()) == ("revised", cast.alice, {field})
    assert FIELDS[field].to_python(change.was[field]) == before


def test_it_leaves_an_event_with_old_and_new(cast: Cast) -> None:
    revise_deal(cast.deal(), amount=Decimal(7), by=cast.mia)
    event = Event.objects.get(kind="deal.revised")
    assert (event.actor, event.data["changed"]) == (cast.mia, {"amount": ["1000.000", "7.000"]})


def test_what_is_the_same_is_no_change(cast: Cast) -> None:
    deal = cast.deal()
    revise_deal(deal, amount=Decimal("1000.00"), company=cast.acme, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.version, deal.changes.count()) == (1, 1)
    assert not Event.objects.filter(kind="deal.revised").exists()


def test_zero_percent_is_respected(cast: Cast) -> None:
    deal = revise_deal(cast.deal(stage="Solution"), probability_override=Decimal(0), by=cast.alice)
    assert (deal.win_probability, deal.weighted.amount) == (0, 0)


def test_the_probability_goes_back_to_the_stages(cast: Cast) -> None:
    deal = cast.deal(stage="Solution", probability_override=Decimal(5))
    assert revise_deal(deal, probability_override=None, by=cast.alice).win_probability == 65


def test_the_category_goes_back_to_the_stages(cast: Cast) -> None:
    deal = cast.deal(stage="Solution", category_override="omitted")
    assert deal.category == "omitted"
    assert revise_deal(deal, category_override="", by=cast.alice).category == "best_case"


def test_a_push_is_counted(cast: Cast) -> None:
    deal = cast.deal()
    deal = revise_deal(deal, expected_close_on=cast.today + timedelta(days=10), by=cast.alice)
    deal = revise_deal(deal, expected_close_on=cast.today + timedelta(days=15), by=cast.alice)
    assert (deal.pushes, deal.pushed_days) == (2, 15)


@pytest.mark.parametrize("days", [-3, 0])
def test_pulling_in_is_no_push(cast: Cast, days: int) -> None:
    deal = revise_deal(cast.deal(), expected_close_on=cast.today + timedelta(days=days), by=cast.alice)
    assert (deal.pushes, deal.pushed_days) == (0, 0)


def test_a_first_date_is_no_push(cast: Cast) -> None:
    deal = cast.deal(expected_close_on=None)
    deal = revise_deal(deal, expected_close_on=add_months(cast.today, 3), by=cast.alice)
    assert (deal.pushes, deal.pushed_days) == (0, 0)


def test_an_amount_by_hand_ends_the_sum_of_the_lines(cast: Cast) -> None:
    deal = cast.deal(amount=None, lines=[Line(cast.pump)])
    deal = revise_deal(deal, amount=Decimal(99), by=cast.alice)
    assert (deal.amount, deal.amount_from_lines) == (99, False)


def test_the_sum_of_the_lines_can_be_asked_for_again(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal(99), lines=[Line(cast.pump, Decimal(3))])
    deal = revise_deal(deal, amount_from_lines=True, by=cast.alice)
    assert (deal.amount, deal.amount_from_lines) == (750, True)


def test_there_and_back_a_currency_changes_no_amount(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal("410.00"))
    deal = revise_deal(deal, currency_id="USD", by=cast.alice)
    deal = revise_deal(deal, currency_id="EUR", by=cast.alice)
    assert (deal.amount, deal.currency_id) == (Decimal("410.00"), "EUR")


def test_the_currency_of_a_closed_deal_is_converted_at_its_close(cast: Cast) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    deal = revise_deal(deal, currency_id="USD", by=cast.alice)
    assert (deal.base_amount, deal.base_rate) == (900, Decimal("0.9"))


@pytest.mark.parametrize("field", ["stage", "stage_id", "owner", "closed_on", "outcome", "rank", "nonsense"])
def test_other_verbs_change_the_rest(cast: Cast, field: str) -> None:
    deal = cast.deal()
    fields: dict[str, Any] = {field: 1}
    with pytest.raises(Refused):
        revise_deal(deal, by=cast.alice, **fields)
    deal.refresh_from_db()
    assert deal.version == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "  "),
        ("amount", Decimal("-0.01")),
        ("probability_override", Decimal(101)),
        ("category_override", "closed"),
        ("competitor", "x" * 121),
        ("external_id", "x" * 121),
    ],
)
def test_it_refuses_bad_values_and_changes_nothing(cast: Cast, field: str, value: Any) -> None:
    deal = cast.deal()
    with pytest.raises(Refused) as refused:
        revise_deal(deal, by=cast.alice, **{field: value, "source": cast.referral})
    assert refused.value.errors.keys() == {field}
    deal.refresh_from_db()
    assert (deal.version, deal.source) == (1, None)


def test_an_external_id_is_one_deals_alone(cast: Cast) -> None:
    cast.deal(external_id="A-1")
    with pytest.raises(Refused) as refused:
        revise_deal(cast.deal(), external_id="A-1", by=cast.alice)
    assert refused.value.errors.keys() == {"external_id"}


def test_the_same_field_changed_by_another_is_a_conflict(cast: Cast) -> None:
    deal = cast.deal()
    revise_deal(deal, version=1, amount=Decimal(5), by=cast.mia)
    with pytest.raises(Conflict) as conflict:
        revise_deal(deal, version=1, amount=Decimal(6), by=cast.alice)
    assert (conflict.value.current.amount, conflict.value.change.was) == (5, {"amount": "1000.000"})
    assert "Mia" in str(conflict.value)
    deal.refresh_from_db()
    assert deal.amount == 5


@pytest.mark.parametrize(
    "names", [("company", "company_id"), ("company_id", "company"), ("external_id", "external_id")]
)
def test_a_conflict_knows_a_field_by_both_its_names(cast: Cast, names: tuple[str, str]) -> None:
    other = Company.objects.create(name="Initech", owner=cast.alice, team=cast.north)
    values: dict[str, Any] = {"company": other, "company_id": None, "external_id": "X"}
    deal = cast.deal()
    revise_deal(deal, version=1, by=cast.mia, **{names[0]: values[names[0]]})
    with pytest.raises(Conflict):
        revise_deal(deal, version=1, by=cast.alice, **{names[1]: (values | {"external_id": "Y"})[names[1]]})


def test_different_fields_do_not_conflict(cast: Cast) -> None:
    deal = cast.deal()
    revise_deal(deal, version=1, amount=Decimal(5), by=cast.mia)
    move_deal(deal, to=cast.stages["Demo"], by=cast.mia)
    revised = revise_deal(deal, version=1, title="Both are kept", by=cast.alice)
    assert (revised.title, revised.amount, revised.stage, revised.version) == (
        "Both are kept",
        5,
        cast.stages["Demo"],
        4,
    )


def test_it_may_be_dated_back_but_not_before_the_last_change(cast: Cast) -> None:
    now = timezone.now()
    deal = cast.deal(at=now - timedelta(days=10))
    deal = revise_deal(deal, amount=Decimal(5), at=now - timedelta(days=20), by=cast.alice)
    opened, revised = deal.changes.order_by("version")
    assert (revised.effective_at, revised.recorded_at >= now) == (opened.effective_at, True)


def test_a_title_is_trimmed(cast: Cast) -> None:
    assert revise_deal(cast.deal(), title="  Pump  ", by=cast.alice).title == "Pump"
