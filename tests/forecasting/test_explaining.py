"""Every number says what makes it: deals with rate, day and chance, quotas, the lines below; and it adds up."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.access import reach_of
from crm.models import ExchangeRate, User
from crm.periods import Period, month_of, quarter_of
from crm.templatetags.penstock import day
from forecasting import explaining, workers
from forecasting.actions import set_quota
from forecasting.cell_screen import CellScreen, cell_of
from forecasting.explaining import DealLine, explain
from forecasting.forms import AskForm
from forecasting.models import StaleCell
from forecasting.screen import opening_of
from forecasting.table import forecast_table
from forecasting.types import ForecastType
from forecasting.weighting import MEASURES
from pipeline.actions import Line, open_deal, revise_deal, set_lines, win_deal
from pipeline.models import Product
from tests.cast import Cast
from tests.forecasting.world import populate

pytestmark = pytest.mark.django_db
CENT = Decimal("0.01")


@pytest.fixture
def quarter(cast: Cast) -> Period:
    return quarter_of(cast.today)


def explained(who: User, key: str, measure: str, **query: str) -> CellScreen:
    workers.refresh_all()
    found = cell_of(reach_of(who), AskForm(query).asked(), key, measure)
    assert found is not None
    return found


def of_alice(cast: Cast, measure: str, **query: str) -> CellScreen:
    return explained(cast.mia, f"person-{cast.alice.pk}-{cast.north.pk}", measure, **query)


def page(who: User, address: str, **headers: str) -> Any:
    client = Client()
    client.force_login(who)
    return client.get(address, headers=headers)


# ── It adds up ─────────────────────────────────────────────────────────────────────────────────────


def by_hand(line: DealLine, rates: dict[str, Decimal], *, is_weighted: bool) -> Decimal:
    """What one deal adds, from what is written beside it."""
    if line.worth is None:
        return Decimal(0)
    rate = line.rate.rate if line.rate else Decimal(1)
    worth = (line.amount * rate).quantize(CENT, ROUND_HALF_UP)
    assert worth == line.worth
    assert line.rate is None or line.is_won or line.rate.rate == rates[line.currency]
    chance = line.chance if is_weighted else Decimal(100)
    return (worth * chance / 100).quantize(CENT, ROUND_HALF_UP)


@pytest.mark.parametrize("cumulative", [True, False])
@pytest.mark.parametrize(("who", "seed"), [("dana", 0), ("mia", 1), ("alice", 2), ("ravi", 3)])
def test_the_deals_beneath_every_number_make_it_to_the_cent(
    cast: Cast, quarter: Period, who: str, seed: int, cumulative: bool
) -> None:
    populate(cast, Random(seed))
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(1000), currency="USD", by=cast.mia)
    set_quota(team=cast.north, period=month_of(cast.today), amount=Decimal(7), by=cast.dana)
    reach = reach_of(getattr(cast, who))
    table = forecast_table(reach, quarter)
    rates = {rate.currency_id: rate.rate for rate in ExchangeRate.objects.order_by("on", "id")}
    for row in table.rows:
        for measure in MEASURES:
            opening = opening_of(row, quarter, None)
            found = explain(table, row, measure, reach=reach, opening=opening, cumulative=cumulative)
            assert found.adds_up, (row.name, measure)
            for part in found.deals:
                assert part.total == sum(by_hand(line, rates, is_weighted=part.is_weighted) for line in part.lines)
                assert part.count == len(part.lines)
            if measure not in {"quota", "gap", "attainment", "coverage"}:
                assert found.value == found.summed


@pytest.mark.parametrize("type", ["count", "family-Hardware", "count-family-Hardware"])
@pytest.mark.parametrize("limit", [explaining.MOST, 3])
def test_so_they_do_for_every_forecast_type(
    cast: Cast, quarter: Period, type: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "MOST", limit)
    populate(cast, Random(6))
    kind, reach = ForecastType.read(type), reach_of(cast.dana)
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(5), type=kind, by=cast.mia)
    table = forecast_table(reach, quarter, type=kind)
    assert table.total.quota == 5
    assert table.total.figures.open > 0
    for row in table.rows:
        for measure in MEASURES:
            opening = opening_of(row, quarter, None, family=kind.family)
            found = explain(table, row, measure, reach=reach, opening=opening)
            assert found.adds_up, (row.name, measure)
            assert found.is_ratio or measure in {"quota", "gap"} or found.value == found.summed


def test_a_family_counts_the_part_of_its_lines(cast: Cast) -> None:
    seal = Product.objects.create(name="Seal", unit_price=Decimal(100), currency_id="EUR", family="Parts")
    deal = cast.deal(amount=Decimal(1000), stage="Demo")
    set_lines(deal, [Line(cast.pump, Decimal(1)), Line(seal, Decimal(5))], by=cast.alice)
    (line,) = of_alice(cast, "open", type="family-Parts").found.deals[0].lines
    assert (line.worth, line.share, line.counts) == (1000, Decimal("666.67"), Decimal("666.67"))
    (other,) = of_alice(cast, "open", type="family-Hardware").found.deals[0].lines
    assert other.counts == Decimal("333.33")


def test_shown_in_another_currency_it_says_at_which_rate(cast: Cast) -> None:
    cast.deal(amount=Decimal(900))
    found = of_alice(cast, "open", currency="USD")
    assert (found.value, found.shown) == ("900.00", "USD\N{NO-BREAK SPACE}1,000.00")
    assert "1 USD = 0.9000 EUR" in page(cast.mia, found.address).content.decode()
    table = forecast_table(reach_of(cast.mia), found.table.period, currency="USD")
    assert (table.currency, table.total.figures.open) == ("USD", 1000)


@pytest.mark.parametrize("who", ["dana", "mia"])
def test_a_number_over_many_deals_is_told_by_the_lines_below(
    cast: Cast, quarter: Period, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "MOST", 3)
    populate(cast, Random(5))
    reach = reach_of(getattr(cast, who))
    table = forecast_table(reach, quarter)
    for row in table.rows:
        found = explain(table, row, "forecast", reach=reach, opening=opening_of(row, quarter, None))
        assert found.adds_up
        assert bool(found.below) == (row.kind != "person" and row.figures.won_deals + row.figures.open_deals > 3)
        for part in found.deals:
            assert len(part.lines) == min(part.count, 3)
            assert part.left == part.count - len(part.lines)


# ── What stands beside a deal ──────────────────────────────────────────────────────────────────────


def test_an_open_deal_says_its_rate_and_day_and_where_its_chance_comes_from(cast: Cast) -> None:
    rate_on = cast.today - timedelta(days=365)
    deal = cast.deal(amount=Decimal(1000), currency_id="USD", expected_close_on=cast.today)
    (line,) = of_alice(cast, "weighted").found.deals[0].lines
    assert (line.pk, line.amount, line.currency, line.rate, line.worth) == (
        deal.pk, 1000, "USD", (Decimal("0.9"), rate_on), 900,
    )  # fmt: skip
    assert (line.chance, line.own_chance, line.stage, line.day) == (10, False, "Qualify", cast.today)
    revise_deal(deal, probability_override=Decimal(80), by=cast.bob)
    found = of_alice(cast, "weighted")
    (line,) = found.found.deals[0].lines
    assert (line.chance, line.own_chance, line.counts) == (80, True, 720)
    assert found.chances[deal.pk].by == "Bob"


def test_a_chance_given_when_the_deal_was_opened_is_told_too(cast: Cast) -> None:
    deal = cast.deal(probability_override=Decimal(55))
    assert of_alice(cast, "forecast").chances[deal.pk].by == "Alice"


def test_a_won_deal_keeps_the_rate_of_its_day(cast: Cast, quarter: Period) -> None:
    deal = cast.deal(amount=Decimal(1000), currency_id="USD")
    win_deal(deal, reason=cast.fit, by=cast.alice)
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.5"))
    (line,) = of_alice(cast, "won").found.deals[0].lines
    assert (line.rate, line.worth, line.counts) == ((Decimal("0.9"), cast.today), 900, 900)


def test_a_category_says_whether_somebody_set_it(cast: Cast) -> None:
    cast.deal("By stage", stage="Demo", amount=Decimal(1))
    set_by_hand = cast.deal("By hand", amount=Decimal(2), category_override="commit")
    found = of_alice(cast, "commit", view="single")
    lines = {line.title: line for part in found.found.deals for line in part.lines}
    assert (lines["By hand"].own_category, lines["By hand"].category_label) == (True, "Commit")
    assert found.categories[set_by_hand.pk].by == "Alice"


def test_what_has_no_rate_is_listed_and_adds_nothing(cast: Cast) -> None:
    cast.deal("Yen", currency_id="JPY", amount=Decimal(5000))
    cast.deal("Euro", amount=Decimal(10))
    found = of_alice(cast, "open").found
    lines = {line.title: line for line in found.deals[0].lines}
    assert (lines["Yen"].worth, lines["Yen"].counts, lines["Yen"].rate) == (None, 0, None)
    assert (found.value, found.missing, found.adds_up) == (10, 1, True)
    text = page(cast.mia, of_alice(cast, "open").address).content.decode()
    assert "not convertible" in text


# ── Quotas and ratios ──────────────────────────────────────────────────────────────────────────────


def test_a_quota_is_told_by_the_quotas_that_make_it(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(1000), currency="USD", by=cast.mia)
    set_quota(owner=cast.bob, period=month_of(quarter.start), amount=Decimal(70), by=cast.mia)
    found = explained(cast.mia, f"company-{cast.north.pk}", "quota").found
    assert found.quotas is not None
    assert [(row.name, part.set_amount, part.amount) for row, part in found.quotas.lines] == [
        ("Alice", 1000, 900), ("Bob", 70, 70),
    ]  # fmt: skip
    assert (found.quotas.total, found.value, found.adds_up) == (970, 970, True)


def test_a_teams_own_quota_stands_in_the_place_of_its_members(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    set_quota(team=cast.north, period=quarter, amount=Decimal(150), by=cast.dana)
    found = explained(cast.dana, f"team-{cast.north.pk}", "gap").found
    assert found.quotas is not None
    assert [(row.name, part.amount) for row, part in found.quotas.lines] == [("North", 150)]


def test_ratios_say_how_they_are_made(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(1000), by=cast.mia)
    win_deal(cast.deal(amount=Decimal(250)), reason=cast.fit, by=cast.alice)
    cast.deal(amount=Decimal(1500))
    attainment, coverage = of_alice(cast, "attainment"), of_alice(cast, "coverage")
    assert (attainment.figures, attainment.value) == ("250.00 ÷ 1,000.00", "25.0%")
    assert (coverage.figures, coverage.value) == ("1,500.00 ÷ (1,000.00 − 250.00)", "2.0×")
    assert (of_alice(cast, "gap").figures, of_alice(cast, "gap").value) == ("1,000.00 − 250.00", "750.00")


# ── The page ───────────────────────────────────────────────────────────────────────────────────────


def test_it_is_a_page_and_for_htmx_the_panel(cast: Cast) -> None:
    cast.deal("Pump station Ω", expected_close_on=cast.today - timedelta(days=cast.today.day - 1))
    address = of_alice(cast, "forecast").address
    whole, panel = page(cast.mia, address), page(cast.mia, address, **{"HX-Target": "panel-host"})
    for answer in (whole, panel):
        assert "Pump station Ω" in answer.content.decode()
        assert "Adds up, to the cent" in answer.content.decode()
    assert "<html" in whole.content.decode()
    assert panel.content.decode().startswith("<aside") or "<html" not in panel.content.decode()
    assert "HX-Target" in whole["Vary"]


def test_the_table_opens_with_it_beside(cast: Cast) -> None:
    cast.deal("Pump station Ω")
    found = of_alice(cast, "forecast")
    text = page(cast.mia, found.table_url).content.decode()
    assert 'data-cell="' + f"{found.found.row.key}.forecast" in text
    assert "Pump station Ω" in text


def test_another_teams_number_is_not_found(cast: Cast) -> None:
    cast.deal(owner=cast.charlie)
    workers.refresh_all()
    for key in (f"person-{cast.charlie.pk}-{cast.south.pk}", f"team-{cast.south.pk}", "person-1-1", "nonsense"):
        assert page(cast.mia, f"/forecast/cell/{key}/won/").status_code == 404
    assert page(cast.dana, f"/forecast/cell/team-{cast.south.pk}/won/").status_code == 200
    assert page(cast.dana, f"/forecast/cell/team-{cast.south.pk}/nonsense/").status_code == 404


def test_while_a_change_waits_to_be_counted_it_says_so(cast: Cast) -> None:
    cast.deal(amount=Decimal(10))
    workers.refresh_all()
    cast.deal(amount=Decimal(5))
    assert StaleCell.objects.exists()
    asked = AskForm({}).asked()
    found = cell_of(reach_of(cast.mia), asked, f"person-{cast.alice.pk}-{cast.north.pk}", "open")
    assert found is not None
    assert (found.found.value, found.found.summed, found.found.adds_up) == (10, 15, False)
    assert "A change waits to be counted" in page(cast.mia, found.address).content.decode()


def test_it_costs_the_same_number_of_queries_whatever_it_lists(
    cast: Cast, quarter: Period, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    address = f"/forecast/cell/company-{cast.company_team.pk}/forecast/?period={quarter.key}"
    client = Client()
    client.force_login(cast.dana)

    def count() -> int:
        workers.refresh_all()
        with django_assert_max_num_queries(20) as asked:
            assert client.get(address).status_code == 200
        return len(asked.captured_queries)

    for number in range(6):
        _mixed(cast, number)
    before = count()
    for number in range(20):
        _mixed(cast, number)
    assert count() == before


def _mixed(cast: Cast, number: int) -> None:
    deal = open_deal(
        title=f"Deal {number}", owner=[cast.alice, cast.charlie][number % 2], stage=cast.stages["Demo"], by=None,
        amount=Decimal(100), currency_id=["EUR", "USD", "JPY"][number % 3], expected_close_on=cast.today,
        category_override=["", "commit"][number % 2], probability_override=[None, Decimal(30)][number % 2],
    )  # fmt: skip
    if number % 3 == 1:
        win_deal(deal, reason=cast.fit, by=cast.dana)


def test_days_are_written_as_the_reader_writes_them(cast: Cast) -> None:
    win_deal(cast.deal(amount=Decimal(10)), reason=cast.fit, by=cast.alice)
    assert day(cast.today) in page(cast.mia, of_alice(cast, "won").address).content.decode()
