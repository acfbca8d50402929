"""Cells follow the deals."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm.models import Currency
from crm.periods import add_months, month_start
from forecasting import workers
from forecasting.models import ForecastCell, Recount, StaleCell, WinLossCell
from pipeline.actions import Line, archive_deal, hand_over_deal, lose_deal, move_deal, revise_deal, set_lines, win_deal
from pipeline.structure import revise_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def cells() -> dict[tuple[str, str], Decimal]:
    """(owner, category) → base amount, after a refresh."""
    workers.refresh_all()
    rows = ForecastCell.objects.values_list("owner__name", "category", "base_amount")
    return {(owner, category): amount for owner, category, amount in rows}


def test_an_open_deal_stands_in_the_month_of_its_expected_close(cast: Cast) -> None:
    cast.deal(amount=Decimal(1000))
    assert cells() == {("Alice", "pipeline"): Decimal(1000)}
    cell = ForecastCell.objects.get()
    assert (cell.month, cell.deals, cell.base_weighted, cell.team) == (
        month_start(cast.today),
        1,
        Decimal(100),
        cast.north,
    )


def test_a_move_changes_the_weight_and_the_category(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal(1000))
    workers.refresh_all()
    move_deal(deal, to=cast.stages["Solution"], by=cast.alice)
    assert cells() == {("Alice", "best_case"): Decimal(1000)}
    assert ForecastCell.objects.get().base_weighted == Decimal(650)


def test_a_won_deal_stands_in_the_month_it_really_closed(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal(1000), expected_close_on=add_months(cast.today, 2))
    win_deal(deal, reason=cast.fit, by=cast.alice)
    assert cells() == {("Alice", "won"): Decimal(1000)}
    assert ForecastCell.objects.get().month == month_start(cast.today)


def test_a_lost_deal_adds_nothing_to_any_forecast_figure(cast: Cast) -> None:
    lose_deal(cast.deal(), reason=cast.price, by=cast.alice)
    assert cells() == {}


def test_an_archived_deal_is_in_no_cell(cast: Cast) -> None:
    archive_deal(cast.deal(), by=cast.alice)
    assert cells() == {}


def test_a_hand_over_refreshes_both_forecasts(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal(1000))
    assert cells() == {("Alice", "pipeline"): Decimal(1000)}
    hand_over_deal(deal, to=cast.charlie, by=cast.dana)
    assert cells() == {("Charlie", "pipeline"): Decimal(1000)}
    assert ForecastCell.objects.get().team == cast.south


def test_a_deal_without_a_close_date_is_kept_apart(cast: Cast) -> None:
    cast.deal(expected_close_on=None)
    workers.refresh_all()
    assert ForecastCell.objects.get().month is None


def test_currencies_are_never_added_as_if_they_were_one(cast: Cast) -> None:
    cast.deal(amount=Decimal(50), currency_id="EUR")
    cast.deal(amount=Decimal(50), currency_id="USD")
    workers.refresh_all()
    amounts = dict(ForecastCell.objects.values_list("currency_id", "base_amount"))
    assert amounts == {"EUR": Decimal(50), "USD": Decimal(45)}


def test_a_missing_rate_is_listed_never_taken_as_one(cast: Cast) -> None:
    assert Currency.objects.filter(code="JPY").exists()
    cast.deal(amount=Decimal(5000), currency_id="JPY")
    workers.refresh_all()
    cell = ForecastCell.objects.get()
    assert (cell.amount, cell.base_amount, cell.not_convertible) == (Decimal(5000), Decimal(0), 1)


def test_each_deal_is_rounded_on_its_own_so_that_they_add_up(cast: Cast) -> None:
    for _ in range(3):
        cast.deal(amount=Decimal("0.05"), currency_id="USD")  # 0.045 each: 0.05 three times, not 0.135
    assert cells() == {("Alice", "pipeline"): Decimal("0.15")}


def test_zero_percent_is_a_value(cast: Cast) -> None:
    cast.deal(amount=Decimal(1000), probability_override=Decimal(0))
    workers.refresh_all()
    assert ForecastCell.objects.get().base_weighted == 0


def test_a_revised_stage_reweighs_its_open_deals(cast: Cast) -> None:
    cast.deal(amount=Decimal(1000))
    cast.deal(amount=Decimal(1000), probability_override=Decimal(90))
    workers.refresh_all()
    revise_stage(cast.stages["Qualify"], probability=Decimal(20), by=cast.dana)
    workers.refresh_all()
    assert ForecastCell.objects.get().base_weighted == Decimal(200 + 900)


def test_a_pushed_deal_leaves_its_month(cast: Cast) -> None:
    deal = cast.deal()
    workers.refresh_all()
    revise_deal(deal, expected_close_on=add_months(cast.today, 1), by=cast.alice)
    workers.refresh_all()
    assert [cell.month for cell in ForecastCell.objects.all()] == [add_months(month_start(cast.today), 1)]


def test_win_and_loss_are_counted_by_every_dimension(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal(100), source=cast.referral)
    set_lines(deal, [Line(cast.pump, Decimal(1), Decimal(1)), Line(cast.sensor, Decimal(1), Decimal(2))], by=cast.alice)
    win_deal(deal, reason=cast.fit, by=cast.alice)
    lose_deal(cast.deal(amount=Decimal(70)), reason=cast.competitor, competitor="Hydrolog", by=cast.alice)
    workers.refresh_all()
    rows = WinLossCell.objects.exclude(dimension="country").values_list("dimension", "outcome", "key", "deals", "value")
    assert sorted(rows) == sorted(
        [
            ("all", "won", "", 1, Decimal(100)),
            ("all", "lost", "", 1, Decimal(70)),
            ("reason", "won", str(cast.fit.pk), 1, Decimal(100)),
            ("reason", "lost", str(cast.competitor.pk), 1, Decimal(70)),
            ("product", "won", str(cast.pump.pk), 1, Decimal("33.33")),
            ("product", "won", str(cast.sensor.pk), 1, Decimal("66.67")),
            ("product", "lost", "", 1, Decimal(70)),
            ("sector", "won", "Water", 1, Decimal(100)),
            ("sector", "lost", "Water", 1, Decimal(70)),
            ("source", "won", str(cast.referral.pk), 1, Decimal(100)),
            ("source", "lost", "", 1, Decimal(70)),
            ("competitor", "won", "", 1, Decimal(100)),
            ("competitor", "lost", "Hydrolog", 1, Decimal(70)),
        ]
    )


def test_a_rebuild_finds_nothing_where_nothing_drifted(cast: Cast) -> None:
    win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    cast.deal()
    cells()
    assert workers.rebuild().differences == []


def test_a_rebuild_mends_and_reports_what_drifted(cast: Cast) -> None:
    cast.deal(amount=Decimal(1000))
    cells()
    ForecastCell.objects.update(base_amount=Decimal(1))
    recount = workers.rebuild()
    assert [(row["base_amount"], row["was"]["base_amount"]) for row in recount.differences] == [(1000.0, 1.0)]
    assert cells() == {("Alice", "pipeline"): Decimal(1000)}
    assert Recount.objects.latest().finished_at is not None


def test_a_rebuild_leaves_waiting_marks_to_the_refresh(cast: Cast) -> None:
    cast.deal(amount=Decimal(1000))
    assert workers.rebuild().differences == []
    assert StaleCell.objects.count() == 1


def test_won_deals_do_not_move_with_later_rates(cast: Cast) -> None:
    from crm.models import ExchangeRate

    deal = cast.deal(amount=Decimal(100), currency_id="USD")
    win_deal(deal, reason=cast.fit, closed_on=cast.today - timedelta(days=2), by=cast.alice)
    ExchangeRate.objects.create(
        currency_id="USD", base_id="EUR", on=cast.today - timedelta(days=1), rate=Decimal("0.5")
    )
    assert cells() == {("Alice", "won"): Decimal(90)}
    assert workers.rebuild().differences == []


def test_months_are_those_of_the_company(cast: Cast) -> None:
    cast.deal(expected_close_on=date(2026, 1, 31))
    workers.refresh_all()
    assert ForecastCell.objects.get().month == date(2026, 1, 1)
