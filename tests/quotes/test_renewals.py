"""A won deal's renewals and upsells: planned by its products or by hand, opened at their time exactly once."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import Refused
from crm.models import Event
from pipeline.actions import Line, archive_deal, reopen_deal, set_lines, set_role, win_deal
from pipeline.models import Deal, Pipeline, Stage
from quotes.actions.renewing import (
    cancel_renewal,
    months_after,
    open_due_renewals,
    open_renewal,
    plan_renewal,
    resume_renewal,
    revise_renewal,
    title_of,
    worths_of,
)
from quotes.aftermath import follow_marked
from quotes.models import QuoteSettings, Renewal, RenewalState, Sending
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(cast: Cast) -> Deal:
    """Won today: a pump, and two sensors that renew after a year."""
    cast.sensor.renews_after = 12
    cast.sensor.save()
    deal = cast.deal(source=cast.referral)
    lines = [Line(cast.pump), Line(cast.sensor, Decimal(2), discount=Decimal(10))]
    deal = set_lines(deal, lines=lines, by=cast.alice)
    set_role(deal, contact=cast.carol, role="decides", by=cast.alice)
    win_deal(deal, reason=cast.fit, by=cast.alice)
    follow_marked()
    deal.refresh_from_db()
    return deal


def worth_of(renewal: Renewal) -> Decimal | None:
    return worths_of([renewal])[renewal.pk]


def due(renewal: Renewal) -> None:
    """Its day has come."""
    Renewal.objects.filter(pk=renewal.pk).update(opens_on=Renewal.objects.get(pk=renewal.pk).deal.closed_on)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 11, 15), 2, date(2027, 1, 15)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
    ],
)
def test_months_are_counted_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


def test_a_product_that_renews_plans_it(cast: Cast, deal: Deal) -> None:
    renewal = Renewal.objects.get()
    due_on = months_after(cast.today, 12)
    assert (renewal.due_on, renewal.opens_on, renewal.months) == (due_on, due_on - timedelta(days=60), 12)
    assert (renewal.state, worth_of(renewal), renewal.currency_id) == ("planned", Decimal("179.82"), "EUR")
    assert Event.objects.get(kind="renewal.planned").owner_ids == [cast.alice.pk]


def test_following_again_plans_nothing_twice(cast: Cast, deal: Deal) -> None:
    win_deal(deal, reason=cast.fit, note="Signed", by=cast.alice)
    follow_marked()
    assert Renewal.objects.count() == 1


def test_its_deal_opens_in_the_renewal_pipeline_linked_both_ways(cast: Cast, deal: Deal) -> None:
    renewal = Renewal.objects.get()
    assert open_due_renewals() == 0
    due(renewal)
    assert open_due_renewals() == 1
    renewal.refresh_from_db()
    made = renewal.opened_deal
    assert made is not None
    assert made.renewal_of == renewal
    assert (made.title, made.pipeline.name, made.stage.name) == (
        f"Pump station, renewal {renewal.due_on.year}",
        "Renewal",
        "Due",
    )
    assert (made.owner, made.team, made.company, made.source) == (cast.alice, cast.north, cast.acme, cast.referral)
    assert (made.expected_close_on, made.amount, made.amount_from_lines) == (renewal.due_on, Decimal("179.82"), True)
    assert [(line.product, line.quantity, line.discount) for line in made.lines.all()] == [
        (cast.sensor, Decimal(2), Decimal(10))
    ]
    assert [(link.contact, link.role) for link in made.people.all()] == [(cast.carol, "decides")]
    assert made.next_step is not None
    assert (made.next_step.owner, made.next_step.due_on) == (cast.alice, cast.today)
    mail = Sending.objects.get()
    assert (mail.to, mail.subject, mail.deal) == ([cast.alice.email], "To be renewed: Pump station", made)
    assert open_due_renewals() == 0
    assert Deal.objects.count() == 2


def test_the_pipeline_of_the_settings_is_taken(cast: Cast, deal: Deal) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"renewal_pipeline": cast.pipeline})
    made = open_renewal(Renewal.objects.get(), by=None)
    assert made is not None
    assert made.pipeline == cast.pipeline
    assert Pipeline.objects.count() == 1


def test_the_pipeline_is_made_once(cast: Cast, deal: Deal) -> None:
    open_renewal(Renewal.objects.get(), by=None)
    later = plan_renewal(deal, due_on=cast.today + timedelta(days=100), by=cast.alice)
    open_renewal(later, by=None)
    assert Pipeline.objects.filter(name="Renewal").count() == 1


def test_prices_are_raised_by_its_percent(cast: Cast, deal: Deal) -> None:
    renewal = revise_renewal(Renewal.objects.get(), uplift=Decimal("3.5"), by=cast.alice)
    assert worth_of(renewal) == Decimal("186.12")  # 2 × 103.40 less a tenth
    made = open_renewal(renewal, by=None)
    assert made is not None
    assert (made.amount, made.lines.get().unit_price) == (Decimal("186.12"), Decimal("103.4"))


def test_the_percent_of_the_settings_is_where_it_begins(cast: Cast) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"renewal_uplift": Decimal(4), "renewal_lead_days": 30})
    cast.pump.renews_after = 24
    cast.pump.save()
    deal = set_lines(cast.deal(), lines=[Line(cast.pump)], by=cast.alice)
    win_deal(deal, reason=cast.fit, by=cast.alice)
    follow_marked()
    renewal = Renewal.objects.get()
    assert (renewal.uplift, (renewal.due_on - renewal.opens_on).days) == (Decimal(4), 30)
    assert worth_of(renewal) == Decimal(260)


def test_by_hand_with_an_amount_and_another_owner(cast: Cast, deal: Deal) -> None:
    renewal = plan_renewal(
        deal,
        kind="upsell",
        title="More sensors",
        due_on=cast.today + timedelta(days=90),
        lead_days=10,
        owner=cast.bob,
        amount=Decimal(5000),
        by=cast.alice,
    )
    assert renewal.opens_on == cast.today + timedelta(days=80)
    made = open_renewal(renewal, by=cast.alice)
    assert made is not None
    assert (made.title, made.owner, made.amount, made.lines.count()) == ("More sensors", cast.bob, Decimal(5000), 0)


def test_without_lines_it_is_worth_what_the_deal_was(cast: Cast) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    renewal = plan_renewal(deal, due_on=cast.today + timedelta(days=365), uplift=Decimal(5), by=cast.alice)
    assert worth_of(renewal) == Decimal(1050)
    made = open_renewal(renewal, by=None)
    assert made is not None
    assert made.amount == Decimal(1050)


def test_the_title_does_not_grow_from_year_to_year(cast: Cast, deal: Deal) -> None:
    made = open_renewal(Renewal.objects.get(), by=None)
    assert made is not None
    won = win_deal(made, reason=cast.fit, by=cast.alice)
    follow_marked()
    again = Renewal.objects.get(deal=won)
    assert title_of(again) == f"Pump station, renewal {again.due_on.year}"


@pytest.mark.parametrize(
    ("field", "value"),
    [("due_on", None), ("due_on", date.min), ("amount", Decimal(-1)), ("uplift", Decimal(-101)), ("lead_days", -1)],
)
def test_it_refuses_what_makes_no_sense(cast: Cast, deal: Deal, field: str, value: object) -> None:
    ahead: dict[str, Any] = {"due_on": cast.today + timedelta(days=9)}
    said = ahead | {field: cast.today if value is None else value}
    with pytest.raises(Refused) as refusal:
        plan_renewal(deal, by=cast.alice, **said)
    assert list(refusal.value.errors) == [field]
    with pytest.raises(Refused) as refusal:
        revise_renewal(plan_renewal(deal, by=cast.alice, **ahead), by=cast.alice, **said)
    assert list(refusal.value.errors) == [field]


def test_an_open_deal_is_not_renewed(cast: Cast) -> None:
    with pytest.raises(Refused):
        plan_renewal(cast.deal(), due_on=cast.today + timedelta(days=9), by=cast.alice)


def test_a_cancelled_one_does_not_open_until_it_is_planned_again(cast: Cast, deal: Deal) -> None:
    renewal = Renewal.objects.get()
    due(renewal)
    cancel_renewal(renewal, by=cast.alice)
    assert (open_due_renewals(), open_renewal(renewal, by=None)) == (0, None)
    with pytest.raises(Refused):
        cancel_renewal(renewal, by=cast.alice)
    resume_renewal(renewal, by=cast.alice)
    assert open_due_renewals() == 1


def test_reopening_the_won_deal_stops_it_and_winning_again_plans_it(cast: Cast, deal: Deal) -> None:
    renewal = Renewal.objects.get()
    due(renewal)
    reopen_deal(deal, by=cast.alice)
    assert open_due_renewals() == 0  # even before the mark is read
    follow_marked()
    renewal.refresh_from_db()
    assert renewal.state == RenewalState.STOPPED
    win_deal(deal, reason=cast.fit, by=cast.alice)
    follow_marked()
    renewal.refresh_from_db()
    assert renewal.state == RenewalState.PLANNED
    assert Renewal.objects.count() == 1


def test_what_a_person_cancelled_stays_cancelled(cast: Cast, deal: Deal) -> None:
    cancel_renewal(Renewal.objects.get(), by=cast.alice)
    reopen_deal(deal, by=cast.alice)
    win_deal(deal, reason=cast.fit, by=cast.alice)
    follow_marked()
    assert Renewal.objects.get().state == RenewalState.CANCELLED


def test_a_deleted_deal_is_not_renewed(cast: Cast, deal: Deal) -> None:
    archive_deal(deal, by=cast.alice)
    follow_marked()
    assert Renewal.objects.get().state == RenewalState.STOPPED


def test_a_line_that_goes_takes_its_renewal_along(cast: Cast, deal: Deal) -> None:
    set_lines(deal, lines=[Line(cast.pump)], by=cast.alice)
    follow_marked()
    assert Renewal.objects.get().state == RenewalState.STOPPED


def test_what_would_have_been_due_already_is_not_planned(cast: Cast) -> None:
    cast.pump.renews_after = 1
    cast.pump.save()
    deal = set_lines(cast.deal(), lines=[Line(cast.pump)], by=cast.alice)
    win_deal(deal, reason=cast.fit, closed_on=cast.today - timedelta(days=40), by=cast.alice)
    follow_marked()
    assert not Renewal.objects.exists()


def test_one_that_cannot_open_says_why_and_holds_up_no_other(cast: Cast, deal: Deal) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"renewal_pipeline": cast.pipeline})
    Stage.objects.filter(pipeline=cast.pipeline, name="Qualify").update(required_fields=["next_step"])
    first = Renewal.objects.get()
    due(first)
    assert open_due_renewals() == 0
    first.refresh_from_db()
    assert (first.state, first.problem) == ("planned", "Qualify needs: Next step.")
    Stage.objects.filter(pipeline=cast.pipeline, name="Qualify").update(required_fields=[])
    assert open_due_renewals() == 1
    first.refresh_from_db()
    assert first.problem == ""


def test_whoever_has_left_is_replaced_by_the_manager(cast: Cast, deal: Deal) -> None:
    renewal = Renewal.objects.get()
    cast.alice.is_active = False
    cast.alice.save()
    made = open_renewal(renewal, by=None)
    assert made is not None
    assert made.owner == cast.mia
