"""The dashboard: every figure is the sum of the deals it opens, its drawings stay in their frames."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from crm.access import Reach, reach_of
from crm.models import User
from crm.periods import month_of, quarter_of
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.dashboard import Dashboard, dashboard_of
from forecasting.drawings import BOTTOM, LEFT, RIGHT, TOP, Sum, bars, run_up, scale, spark
from forecasting.forms import AskForm
from forecasting.reports import win_loss
from pipeline.actions import lose_deal, win_deal
from tests.cast import Cast
from tests.forecasting.world import listed, populate


def dashboard(user: User, query: str = "") -> Dashboard:
    workers.refresh_all()
    asked = QueryDict(query)
    return dashboard_of(reach_of(user), AskForm(asked).asked(), asked)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def count(address: str, reach: Reach) -> int:
    return listed(address, reach).count


# ── Every figure opens its deals ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["dana", "mia", "alice"])
@pytest.mark.parametrize("kind", ["month", "quarter"])
def test_every_figure_is_the_sum_of_the_deals_it_opens(cast: Cast, who: str, kind: str) -> None:
    populate(cast, Random(3), count=40)
    period = {"month": month_of, "quarter": quarter_of}[kind](cast.today)
    reader = getattr(cast, who)
    found, reach = dashboard(reader, f"period={period.key}"), reach_of(reader)
    row = found.scope.row
    assert found.by_day.won == row.figures.won
    assert sum(day.deals for day in found.by_day.days) == row.figures.won_deals
    for day in found.by_day.days:
        assert (count(day.url, reach), listed(day.url, reach).value) == (day.deals, day.value)
    for column in found.by_period.columns:
        assert listed(column.url, reach).value == column.won
    for rung in found.funnel.rungs:
        assert (listed(rung.url, reach).count, listed(rung.url, reach).value) == (rung.open.count, rung.open.value)
    for side in found.reasons.sides:
        for reason in side.reasons:
            assert (count(reason.url, reach), listed(reason.url, reach).value) == (reason.deals, reason.value)
    for line in found.standings.lines:
        assert listed(line.to.won, reach).value == line.row.figures.won


def test_the_strip_says_what_the_report_says(cast: Cast) -> None:
    populate(cast, Random(4), count=40)
    found, reach = dashboard(cast.dana), reach_of(cast.dana)
    report = win_loss(reach, quarter_of(cast.today)).total
    rate, average, cycle, velocity, new, open_deals = found.strip.tiles
    assert rate.value == f"{round((report.win_rate or 0) * 100)}%"
    assert average.value == f"€{round(report.average_won or 0):,}"
    assert count(rate.url, reach) == report.closed_deals
    assert (cycle.value, velocity.value) == ("–", "–")  # all of them closed before they were opened
    assert (count(new.url, reach), count(open_deals.url, reach)) == (int(new.value), int(open_deals.value))


def test_velocity_is_open_deals_by_win_rate_by_size_by_cycle(cast: Cast) -> None:
    opened = datetime.combine(cast.today - timedelta(days=20), time(9), cast.workspace.zone)
    win_deal(cast.deal(at=opened, amount=Decimal(3000)), reason=cast.fit, by=cast.alice)
    lose_deal(cast.deal(), reason=cast.price, by=cast.alice)
    cast.deal()
    cast.deal()
    assert dashboard(cast.mia).strip.tiles[3].value == "€150"  # 2 open × 50 % × 3,000 ÷ 20 days


# ── Findings ───────────────────────────────────────────────────────────────────────────────────────


def test_it_says_where_one_is_against_the_pace(cast: Cast) -> None:
    period = month_of(cast.today)
    assert dashboard(cast.mia, f"period={period.key}").by_day.finding == "0 won; no quota is set"
    set_quota(team=cast.north, period=period, amount=Decimal(100_000), by=cast.dana)
    assert "behind the even pace: 0.0% of the quota won" in dashboard(cast.mia, f"period={period.key}").by_day.finding
    win_deal(cast.deal(amount=Decimal(137_000)), reason=cast.fit, by=cast.alice)
    found = dashboard(cast.mia, f"period={period.key}")
    assert found.by_day.finding == "The quota is reached: 137.0%"
    assert found.standings.finding == "Nobody below has a quota"


def test_months_are_held_against_their_own_quotas(cast: Cast) -> None:
    period = month_of(cast.today)
    set_quota(owner=cast.alice, period=period, amount=Decimal(500), by=cast.mia)
    win_deal(cast.deal(amount=Decimal(1000)), reason=cast.fit, by=cast.alice)
    for who, query in ((cast.mia, ""), (cast.alice, ""), (cast.dana, f"owner={cast.alice.pk}")):
        columns = dashboard(who, query).by_period.columns
        assert len(columns) == 12
        this = next(column for column in columns if column.is_current)
        assert (this.period, this.quota, this.won, this.is_reached) == (period, 500, 1000, True)


def test_the_waterfall_ends_with_what_is_open(cast: Cast) -> None:
    cast.deal(amount=Decimal(700))
    cast.deal(amount=Decimal(50), owner=cast.bob)
    for who, worth in ((cast.mia, 750), (cast.alice, 700)):
        found = dashboard(who)
        assert found.waterfall.found.end.value == worth == found.scope.row.figures.open
        assert found.waterfall.url("lost").startswith("/forecast/changes/?period=")


def test_where_only_quarters_have_quotas_it_shows_quarters(cast: Cast) -> None:
    set_quota(team=cast.north, period=quarter_of(cast.today), amount=Decimal(500), by=cast.dana)
    columns = dashboard(cast.mia).by_period.columns
    assert [column.period.kind for column in columns] == ["quarter"] * 4
    assert [column.quota for column in columns if column.is_current] == [500]


# ── The page ───────────────────────────────────────────────────────────────────────────────────────


def test_it_wants_a_sign_in(client: Client, db: None) -> None:
    assert client.get("/forecast/dashboard/")["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("query", ["", "?period=2024-01", "?period=2031", "?period=2026-07..2026-12"])
def test_any_period_has_one(cast: Cast, query: str) -> None:
    populate(cast, Random(5), count=20)
    answer = sign_in(cast.mia).get(f"/forecast/dashboard/{query}")
    assert answer.status_code == 200
    assert answer.content.decode().count("<figure") == 6


def test_another_teams_dashboard_is_not_there(cast: Cast) -> None:
    assert sign_in(cast.max).get(f"/forecast/dashboard/?team={cast.north.pk}").status_code == 404


@pytest.mark.parametrize("where", ["dashboard", "plan"])
def test_it_can_be_looked_back_upon(cast: Cast, where: str) -> None:
    win_deal(cast.deal(amount=Decimal(700)), reason=cast.fit, by=cast.alice)
    workers.refresh_all()
    client, yesterday = sign_in(cast.mia), cast.today - timedelta(days=1)

    def row(query: str) -> Any:
        answer: Any = client.get(f"/forecast/{where}/?period={quarter_of(cast.today).key}{query}")
        assert answer.status_code == 200
        return answer.context["screen"].scope.row

    assert row("").figures.won == row(f"&as_of={cast.today}").figures.won == 700
    assert row(f"&as_of={yesterday}").figures.won == 0


def test_marks_link_to_the_list(cast: Cast) -> None:
    win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    workers.refresh_all()
    page: Any = sign_in(cast.mia).get("/forecast/dashboard/")
    (day,) = page.context["screen"].by_day.days
    assert urlsplit(day.url).path == "/deals/"
    assert day.url.replace("&", "&amp;") in page.content.decode()


def test_the_questions_do_not_grow(cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    populate(cast, Random(6), count=30)
    client = sign_in(cast.dana)
    with django_assert_max_num_queries(54):
        client.get("/forecast/dashboard/")


# ── The drawings ───────────────────────────────────────────────────────────────────────────────────

AMOUNTS = st.decimals(0, 10**9, places=2)


@given(st.floats(0, 1e12))
def test_a_scale_reaches_its_top_in_four_steps_at_most(top: float) -> None:
    marks = scale(top)
    assert marks[0] == 0
    assert marks[-1] >= top * 0.999999
    assert 2 <= len(marks) <= 5


@given(st.lists(st.tuples(st.integers(0, 91), AMOUNTS), max_size=20), st.none() | AMOUNTS, AMOUNTS)
def test_a_run_stays_in_its_frame(days: list[tuple[int, Decimal]], quota: Decimal | None, forecast: Decimal) -> None:
    sums, won = [], Decimal(0)
    for day, value in sorted(dict(days).items()):
        won += value
        sums.append(Sum(day, won))
    drawing = run_up(sums, days=92, today=92, quota=quota, forecast=forecast)
    points = [tuple(map(float, point.split(","))) for point in drawing.line.split()]
    assert all(LEFT <= x <= RIGHT and TOP - 0.1 <= y <= BOTTOM for x, y in points)
    assert all(before[0] <= after[0] and before[1] >= after[1] for before, after in pairwise(points))
    assert len(drawing.marks) == len(sums)


@given(st.lists(st.tuples(AMOUNTS, st.none() | AMOUNTS), min_size=1, max_size=12))
def test_bars_stand_on_the_ground(pairs: list[tuple[Decimal, Decimal | None]]) -> None:
    for bar in bars(pairs):
        assert 26 <= float(bar.y) <= 196
        assert abs(float(bar.y) + float(bar.height) - 196) < 0.2


@given(st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=12))
def test_a_spark_ends_at_its_last_value(values: list[int | None]) -> None:
    drawing = spark(values)
    assert (drawing.end is None) == all(value is None for value in values)
    for segment in drawing.segments:
        for point in segment.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 72
            assert 0 <= y <= 24
