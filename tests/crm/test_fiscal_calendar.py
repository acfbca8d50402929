"""The fiscal calendar in its rows: another start rewrites nothing that began or that something is attached to."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from crm.actions import revise_workspace
from crm.calendar import fiscal_calendar, keep, keep_ahead, this
from crm.models import Currency, FiscalPeriod, Workspace
from crm.period_words import period_label, short_label
from crm.periods import BadPeriod, FiscalCalendar, Period, add_months, year_of
from crm.rates import set_plan_rate
from forecasting.actions import set_quota
from forecasting.models import Quota
from forecasting.quotas import PeriodQuotas
from tests.cast import Cast

months = st.integers(1, 12)
days = st.dates(date(2015, 1, 1), date(2040, 12, 31))


def calendar_of_turns(first: int, turns: list[tuple[date, int]]) -> FiscalCalendar:
    calendar = FiscalCalendar([], first)
    for until, start in sorted(turns):
        calendar = calendar.turned(start, until)
    return calendar


calendars = st.builds(calendar_of_turns, months, st.lists(st.tuples(days, months), max_size=4))

# ── Arithmetic ─────────────────────────────────────────────────────────────────────────────────────


@given(calendars)
def test_every_month_is_in_one_quarter_and_one_year_however_often_the_start_changed(calendar: FiscalCalendar) -> None:
    for kind in ("quarter", "year"):
        periods = [calendar.period_of(kind, date(2014, 1, 1))]
        while periods[-1].end < date(2042, 1, 1):
            periods.append(calendar.period_of(kind, periods[-1].end))
        assert all(before.end == after.start for before, after in pairwise(periods))
        assert len({period.key for period in periods}) == len(periods)
        for period in periods:
            assert all(calendar.period_of(kind, month) == period for month in period.months)
            assert period.in_short_year or len(period.months) == {"quarter": 3, "year": 12}[kind]


@given(calendars, days, st.sampled_from(["month", "quarter", "year"]))
def test_a_key_is_read_back_to_the_same_days(calendar: FiscalCalendar, day: date, kind: str) -> None:
    period = calendar.period_of(kind, day)
    assert day in period
    assert calendar.parse(period.key)[:2] == period[:2]
    assert calendar.at(period.start, period.end)[:2] == period[:2]
    assert calendar.beside(calendar.beside(period, 1), -1) == period


@given(months, days, months)
def test_a_turn_keeps_every_day_up_to_the_end_of_its_year(first: int, until: date, start: int) -> None:
    before = FiscalCalendar([], first)
    after = before.turned(start, until)
    end = before.year_of(until).end
    for kind in ("month", "quarter", "year"):
        assert after.period_of(kind, until) == before.period_of(kind, until)
        assert after.period_of(kind, end - timedelta(days=1)) == before.period_of(kind, end - timedelta(days=1))
        assert after.period_of(kind, date(2015, 1, 1)) == before.period_of(kind, date(2015, 1, 1))
    later = add_months(end, 24)
    assert after.year_of(later) == year_of(later, start)


@pytest.mark.parametrize(("first", "start", "keys"), [
    (1, 4, ["2026", "2027-01..2027-03", "2028", "2029"]),
    (4, 1, ["2027", "2027-04..2027-12", "2028", "2029"]),
    (4, 7, ["2027", "2027-04..2027-06", "2028", "2029"]),
    (1, 2, ["2026", "2027-01..2027-01", "2028", "2029"]),
])  # fmt: skip
def test_the_months_between_are_a_short_year_called_by_them(first: int, start: int, keys: list[str]) -> None:
    calendar = FiscalCalendar([], first).turned(start, date(2026, 11, 22))
    year = calendar.year_of(date(2026, 11, 22))
    assert [calendar.beside(year, step).key for step in range(4)] == keys


def test_a_short_year_has_quarters_of_its_own() -> None:
    calendar = FiscalCalendar([], 2).turned(1, date(2026, 11, 22))
    short = calendar.year_of(date(2027, 6, 1))
    quarters = [calendar.quarter_of(month) for month in short.months[::3]]
    assert [quarter.key for quarter in quarters] == [
        "2027-02..2027-04", "2027-05..2027-07", "2027-08..2027-10", "2027-11..2027-12",
    ]  # fmt: skip
    assert calendar.parse("2027-05..2027-07").kind == "quarter"
    assert calendar.parse("2027-05..2027-08").kind == "range"
    assert [period_label(short), period_label(quarters[0]), short_label(quarters[0])] == [
        "Feb\u2009–\u2009Dec 2027, short year", "Feb\u2009–\u2009Apr 2027", "Feb\u2009–\u2009Apr",
    ]  # fmt: skip


def test_a_name_that_no_year_has_is_no_period() -> None:
    calendar = FiscalCalendar([], 1).turned(4, date(2026, 11, 22))
    for text in ("2027", "2027-Q1", "2027-13", "nonsense"):
        with pytest.raises(BadPeriod):
            calendar.parse(text)
    assert calendar.parse("2026-Q4..2028-Q1") == Period(date(2026, 10, 1), date(2027, 7, 1), "range", 4)


# ── Rows ───────────────────────────────────────────────────────────────────────────────────────────


def kept() -> list[str]:
    return [str(row) for row in FiscalPeriod.objects.filter(kind="year")]


def test_what_a_quota_is_set_for_is_written_down(cast: Cast) -> None:
    quarter = fiscal_calendar().parse("2030-Q2")
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(1), by=cast.mia)
    assert [str(row) for row in FiscalPeriod.objects.filter(kind="quarter")] == [f"2030-Q{n}" for n in (1, 2, 3, 4)]
    assert (kept(), FiscalPeriod.objects.filter(kind="month").count()) == (["2030"], 12)
    keep(fiscal_calendar().parse("2032-05"))
    assert kept() == ["2030", "2031", "2032"]


def test_two_years_are_written_down_ahead_once(cast: Cast) -> None:
    keep_ahead()
    rows = FiscalPeriod.objects.count()
    keep_ahead()
    year = cast.today.year
    assert (kept(), FiscalPeriod.objects.count()) == ([str(year), str(year + 1), str(year + 2)], rows)


def test_an_empty_company_chooses_its_start_freely(cast: Cast) -> None:
    keep_ahead()
    revise_workspace(fiscal_start=4, by=cast.dana)
    assert this("year") == year_of(cast.today, 4)
    assert kept() == []


def test_years_that_have_begun_keep_their_days(cast: Cast) -> None:
    before = this("year")
    cast.deal()
    revise_workspace(fiscal_start=4, by=cast.dana)
    assert this("year") == before
    assert fiscal_calendar().year_of(before.end).in_short_year
    assert fiscal_calendar().year_of(add_months(before.end, 3)) == year_of(add_months(before.end, 3), 4)


def test_a_changed_start_rewrites_no_quota(cast: Cast) -> None:
    """Elsewhere, changing the period resets the goals."""
    calendar = fiscal_calendar()
    periods = [calendar.beside(this("quarter"), step) for step in (-5, 0, 9)]
    for amount, period in enumerate(periods, 1):
        set_quota(owner=cast.alice, period=period, amount=Decimal(amount), by=cast.mia)
    revise_workspace(fiscal_start=2, by=cast.dana)
    assert [quota.period for quota in Quota.objects.order_by("starts_on")] == periods
    assert [fiscal_calendar().parse(period.key) for period in periods] == periods
    assert [PeriodQuotas(period).of(("person", cast.alice.pk))[0].amount for period in periods] == [1, 2, 3]
    last = calendar.year_of(periods[-1].start)
    assert fiscal_calendar().year_of(last.end).months == [last.end]  # January alone
    assert set_quota(owner=cast.alice, period=fiscal_calendar().quarter_of(last.end), amount=Decimal(1), by=cast.mia)


def test_a_start_that_is_taken_back_leaves_no_short_year(cast: Cast) -> None:
    cast.deal()
    before = [fiscal_calendar().year_of(add_months(cast.today, 12 * step)) for step in range(5)]
    for month in (7, 3, 1):
        revise_workspace(fiscal_start=month, by=cast.dana)
    assert [fiscal_calendar().year_of(add_months(cast.today, 12 * step)) for step in range(5)] == before


def test_a_plan_rate_holds_its_year(cast: Cast) -> None:
    year = fiscal_calendar().beside(this("year"), 3)
    set_plan_rate(currency=Currency.objects.get(pk="USD"), period=year, rate=Decimal("0.9"), by=cast.dana)
    revise_workspace(fiscal_start=7, by=cast.dana)
    assert fiscal_calendar().year_of(year.start) == year
    assert fiscal_calendar().year_of(year.end).in_short_year


def test_the_years_come_with_the_company(cast: Cast, django_assert_num_queries: object) -> None:
    keep(this("year"))
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert fiscal_calendar().years == [year_of(cast.today)]


# ── The page ───────────────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_what_would_change_and_changes_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.dana)
    cast.deal()
    year = cast.today.year
    answer = client.get("/settings/fiscal-year/?fiscal_start=4")
    assert [(line.label.replace("\u2009", " "), line.months, line.is_new) for line in answer.context["planned"]] == [
        (str(year - 1), 12, False),
        (str(year), 12, False),
        (f"Jan – Mar {year + 1}, short year", 3, True),
        (f"FY {year + 2}", 12, True),
    ]
    assert Workspace.objects.get().fiscal_start == 1
    assert client.post("/settings/fiscal-year/", {"fiscal_start": "4"}).status_code == 302
    assert Workspace.objects.get().fiscal_start == 4
    assert client.get("/settings/fiscal-year/").context["planned"] == []
    assert client.post("/settings/fiscal-year/", {"fiscal_start": "13"}).status_code == 422


def test_the_forecast_walks_through_a_short_year(cast: Cast, client: Client) -> None:
    client.force_login(cast.dana)
    cast.deal()
    revise_workspace(fiscal_start=4, by=cast.dana)
    short = fiscal_calendar().year_of(this("year").end)
    for path in ("/forecast/", "/forecast/quotas/", "/reports/win-loss/"):
        assert client.get(f"{path}?period={short.key}").status_code == 200
    screen = client.get(f"/forecast/?period={short.key}").context["screen"]
    assert screen.table.period[:2] == short[:2]
    assert screen.calendar.next.url.endswith(f"period={short.end.year + 1}-Q1")
