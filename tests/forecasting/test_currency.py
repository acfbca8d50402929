"""What others got wrong with currencies, and how amounts are shown in another one."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm.access import reach_of
from crm.actions import revise_currency, set_exchange_rate
from crm.calendar import fiscal_calendar, this
from crm.models import Currency, ExchangeRate, User, Workspace
from crm.money import NotConvertible, round_to
from crm.periods import Period, month_of
from crm.rates import set_plan_rate
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.display import Display, display_in, shown_currencies
from forecasting.table import Table, forecast_table
from forecasting.weighting import Row
from pipeline.actions import lose_deal, reopen_deal, revise_deal, win_deal
from pipeline.models import Deal
from pipeline.valuing import Valuing, totals_of
from tests.cast import Cast
from tests.forecasting.world import populate

USD, EUR = "USD", "EUR"


def table(who: User, period: Period | None = None, **asked: Any) -> Table:
    workers.refresh_all()
    return forecast_table(reach_of(who), period or this("quarter"), **asked)


def alices(found: Table) -> Row:
    return next(row for row in found.rows if row.name == "Alice")


def rate(code: str, worth: str, on: date) -> None:
    set_exchange_rate(currency=Currency.objects.get(pk=code), on=on, rate=Decimal(worth), by=None)


# ── Deals ──────────────────────────────────────────────────────────────────────────────────────────


def test_fifty_dollars_and_fifty_euros_are_not_a_hundred(cast: Cast) -> None:
    for currency in (USD, EUR):
        cast.deal(amount=Decimal(50), currency_id=currency)
    assert totals_of(Deal.objects.all(), Valuing.today()).value == 95
    assert alices(table(cast.mia)).figures.open == 95


def test_open_deals_follow_the_newest_rate_that_has_begun(cast: Cast) -> None:
    cast.deal(amount=Decimal(1000), currency_id=USD)
    for worth, days in (("0.7", -2), ("0.8", -1), ("0.5", 1)):
        rate(USD, worth, cast.today + timedelta(days=days))
    assert alices(table(cast.mia)).figures.open == 800


def test_a_rate_that_was_set_ahead_is_taken_up_on_its_day(cast: Cast) -> None:
    cast.deal(amount=Decimal(1000), currency_id=USD)
    workers.refresh_all()
    ExchangeRate.objects.create(
        currency_id=USD, base_id=EUR, on=cast.today, rate=Decimal("0.8"), recorded_at=timezone.now() - timedelta(days=2)
    )
    workers.follow_rates()
    assert alices(table(cast.mia)).figures.open == 800
    assert workers.rebuild().differences == []


def test_history_does_not_move_when_rates_do(cast: Cast) -> None:
    """Neither with a newer rate nor with a correction of the day itself; lost deals keep theirs too."""
    won, lost = (cast.deal(amount=Decimal(1000), currency_id=USD) for _number in range(2))
    win_deal(won, reason=cast.fit, by=cast.alice)
    lose_deal(lost, reason=cast.price, by=cast.alice)
    before = alices(table(cast.mia)).figures
    rate(USD, "0.5", cast.today)
    assert (before.won, alices(table(cast.mia)).figures.won) == (900, 900)
    assert workers.rebuild().differences == []
    assert set(Deal.objects.values_list("base_amount", "base_rate")) == {(Decimal(900), Decimal("0.9"))}
    assert totals_of(Deal.objects.filter(pk=won.pk), Valuing.today()).weighted == 900


def test_who_closes_again_closes_at_that_days_rate(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal(1000), currency_id=USD)
    win_deal(deal, reason=cast.fit, by=cast.alice)
    rate(USD, "0.8", cast.today)
    reopen_deal(deal, by=cast.alice)
    assert alices(table(cast.mia)).figures.open == 800
    win_deal(deal, reason=cast.fit, by=cast.alice)
    assert alices(table(cast.mia)).figures.won == 800


def test_a_currency_to_and_fro_does_not_drift(cast: Cast) -> None:
    """410.00 became 410.49 elsewhere: an amount is never converted in place."""
    deal = cast.deal(amount=Decimal("410.00"), currency_id=USD)
    before = alices(table(cast.mia)).figures.open
    for currency in [EUR, "GBP", USD] * 5:
        deal = revise_deal(deal, currency=Currency.objects.get(pk=currency), by=cast.alice)
    assert (deal.amount, deal.currency_id) == (Decimal("410.00"), USD)
    assert alices(table(cast.mia)).figures.open == before


def test_without_a_rate_a_deal_is_listed_apart_and_never_counted_as_one_to_one(cast: Cast, client: Client) -> None:
    cast.deal(amount=Decimal(70_000), currency_id="JPY")
    win_deal(cast.deal(amount=Decimal(30_000), currency_id="JPY"), reason=cast.fit, by=cast.alice)
    figures = alices(table(cast.mia)).figures
    assert (figures.open, figures.won, figures.weighted, figures.not_convertible) == (0, 0, 0, 2)
    totals = totals_of(Deal.objects.all(), Valuing.today())
    assert (totals.count, totals.value, totals.missing) == (2, 0, 2)
    client.force_login(cast.mia)
    assert "2 deals are not convertible" in client.get("/forecast/").content.decode()


def test_a_currency_out_of_use_still_counts(cast: Cast) -> None:
    cast.deal(amount=Decimal(1000), currency_id=USD)
    revise_currency(Currency.objects.get(pk=USD), is_active=False, by=cast.dana)
    assert alices(table(cast.mia)).figures.open == 900


# ── Quotas ─────────────────────────────────────────────────────────────────────────────────────────


def plan(worth: str | None, period: Period, code: str = USD) -> None:
    amount = None if worth is None else Decimal(worth)
    set_plan_rate(currency=Currency.objects.get(pk=code), period=period, rate=amount, by=None)


def test_attainment_does_not_wobble_with_the_rates(cast: Cast) -> None:
    set_quota(owner=cast.alice, period=this("quarter"), amount=Decimal(1000), currency=USD, by=cast.mia)
    win_deal(cast.deal(amount=Decimal(450)), reason=cast.fit, by=cast.alice)
    before = alices(table(cast.mia)).attainment
    rate(USD, "0.5", this("quarter").start + timedelta(days=1))
    assert (before, alices(table(cast.mia)).attainment) == (Decimal("0.5"), Decimal("0.5"))


def test_the_narrowest_plan_rate_holds(cast: Cast) -> None:
    """A month's own before its quarter's before its year's before the newest rate of its first day."""
    period = month_of(this("quarter").start)
    set_quota(owner=cast.alice, period=period, amount=Decimal(1000), currency=USD, by=cast.mia)

    def quota() -> Decimal | None:
        return alices(table(cast.mia, period)).quota

    found = [quota()]
    for worth, kind in (("0.8", "year"), ("0.7", "quarter"), ("0.6", "month")):
        plan(worth, fiscal_calendar().period_of(kind, period.start))
        found.append(quota())
    for kind in ("month", "quarter", "year"):
        plan(None, fiscal_calendar().period_of(kind, period.start))
        found.append(quota())
    assert found == [900, 800, 700, 600, 700, 800, 900]


def test_a_plan_rate_makes_a_quota_convertible(cast: Cast) -> None:
    set_quota(owner=cast.alice, period=this("quarter"), amount=Decimal(100_000), currency="JPY", by=cast.mia)
    assert alices(table(cast.mia)).quota is None
    plan("0.006", this("year"), "JPY")
    assert alices(table(cast.mia)).quota == 600


def test_the_page_tells_what_quotas_count_at(cast: Cast, client: Client) -> None:
    client.force_login(cast.dana)
    plan("0.8", this("quarter"))
    lines = client.get("/settings/plan-rates/").context["lines"]
    told = {line.period.key: line.cells[0] for line in lines}
    inner, own = month_of(this("quarter").start), told[this("quarter").key]
    assert (own.rate, own.is_own) == (Decimal("0.8"), True)
    assert (told[inner.key].rate, told[inner.key].is_own) == (Decimal("0.8"), False)
    for line in lines:
        if line.period.kind != "year":
            set_quota(owner=cast.alice, period=line.period, amount=Decimal(1), currency=USD, by=cast.mia)
            assert alices(table(cast.mia, line.period)).quota == (line.cells[0].rate and round_to(line.cells[0].rate))


def test_the_page_sets_and_removes_one(cast: Cast, client: Client) -> None:
    client.force_login(cast.dana)
    sent = {"currency": USD, "period": this("quarter").key, "rate": "0.8"}
    for worth, own in (("0.8", [Decimal("0.8")]), ("", [])):
        assert client.post("/settings/plan-rates/", sent | {"rate": worth}).status_code == 302
        lines = client.get("/settings/plan-rates/").context["lines"]
        assert [line.cells[0].rate for line in lines if line.cells[0].is_own] == own
    for wrong, field in (({"rate": "x"}, "rate"), ({"rate": "-1"}, "rate"), ({"currency": EUR}, "currency")):
        answer = client.post("/settings/plan-rates/", sent | wrong)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


def test_the_page_costs_the_same_however_many_rates_there_are(cast: Cast, client: Client) -> None:
    client.force_login(cast.dana)
    with CaptureQueriesContext(connection) as few:
        client.get("/settings/plan-rates/")
    for code in ("GBP", "CHF", "JPY"):
        rate(code, "0.5", cast.today)
        plan("0.5", this("year"), code)
    with CaptureQueriesContext(connection) as many:
        client.get("/settings/plan-rates/")
    assert len(many) == len(few)


# ── Shown in another currency ──────────────────────────────────────────────────────────────────────

amounts = st.decimals(-(10**10), 10**10, places=2)
worths = st.decimals("0.0000100000", "5000", places=10).filter(lambda worth: worth > 0)


@given(amounts, worths)
def test_there_and_back_is_the_identity(amount: Decimal, worth: Decimal) -> None:
    there = Display(USD, 2, EUR, worth, date(2026, 1, 1))
    assert round_to(there.back(there.exact(amount)), 2) == amount


@given(st.lists(amounts, max_size=12), worths, st.sampled_from([0, 2, 3]))
def test_parts_add_up_to_what_is_shown_of_their_sum(parts: list[Decimal], worth: Decimal, digits: int) -> None:
    there = Display(USD, digits, EUR, worth, date(2026, 1, 1))
    shown = there.parts(parts)
    assert sum(shown, Decimal(0)) == there.show(sum(parts, Decimal(0)))
    for part, exact in zip(shown, map(there.exact, parts), strict=True):
        assert abs(part - exact) <= Decimal(1).scaleb(-digits)


def test_the_companys_own_currency_is_shown_as_it_is(cast: Cast) -> None:
    here = display_in(EUR)
    assert (here, here.is_foreign, here.on) == (display_in(None), False, None)
    assert (here.exact(Decimal("1.005")), here.parts([Decimal("0.1")])) == (Decimal("1.005"), [Decimal("0.1")])


def test_a_currency_is_shown_at_the_newest_rate_not_later_than_the_day(cast: Cast) -> None:
    rate(USD, "0.8", cast.today)
    assert (display_in(USD).rate, display_in(USD).on) == (Decimal("0.8"), cast.today)
    assert display_in(USD, cast.today - timedelta(days=1)).rate == Decimal("0.9")
    with pytest.raises(NotConvertible):
        display_in("JPY")
    assert [each.pk for each in shown_currencies()] == [EUR, USD]


def test_the_whole_table_is_shown_at_one_rate(cast: Cast) -> None:
    populate(cast, Random(5), count=25)
    set_quota(owner=cast.alice, period=this("quarter"), amount=Decimal(90_000), by=cast.mia)
    here, there = table(cast.dana), table(cast.dana, currency=USD)
    exact = there.display.exact
    assert (there.currency, here.currency) == (USD, Workspace.current().currency_id)
    for one, other in zip(here.rows, there.rows, strict=True):
        assert (other.attainment, other.figures.open_deals) == (one.attainment, one.figures.open_deals)
        for name in ("won", "open", "weighted", "commit"):
            assert round_to(getattr(other.figures, name)) == round_to(exact(getattr(one.figures, name)))
        assert other.quota == (None if one.quota is None else exact(one.quota))
