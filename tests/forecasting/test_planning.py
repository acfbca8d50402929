"""Planning backwards: the definitions, the golden numbers, and slow second opinions."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, isclose, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.planning import QUANTILE, Aged, Curve, Question, Share, Size, Verdict, plan_back

MAVEN = Question(
    target=Decimal(1_000_000),
    days_left=365,
    within=Decimal(4238) / 6711,
    eventual=Decimal(4238) / 6711,
    size=Decimal(10_005_534) / 4238,
    cycle=Decimal(57),
)


def question(**fields: object) -> Question:
    known = {
        "target": Decimal(1000), "days_left": 70, "within": Decimal("0.25"), "eventual": Decimal("0.5"),
        "size": Decimal(100), "cycle": Decimal(60), "usual": Decimal(10),
    }  # fmt: skip
    return Question(**known | fields)  # type: ignore[arg-type]


# ── The definitions ────────────────────────────────────────────────────────────────────────────────


def test_a_million_on_the_maven_data_takes_424_wins_of_671_closed() -> None:
    plan = plan_back(MAVEN)
    assert (plan.wins.needed, plan.closed) == (424, 671)


def test_what_is_won_and_what_is_open_need_not_be_won_again() -> None:
    plan = plan_back(question(won=Decimal(300), open_expected=Decimal(250)))
    assert (plan.missing, plan.wins.needed, plan.created.needed) == (450, 5, 18)  # 4.5 wins, 4.5 ÷ 0.25


def test_each_step_is_rounded_up_from_the_exact_figures() -> None:
    plan = plan_back(
        question(target=Decimal(101), lead_rate=Decimal("0.5"), of_stage=[Decimal("0.25"), Decimal("0.9")])
    )
    assert (plan.wins.needed, plan.created.needed, plan.leads.needed) == (2, 5, 9)  # 1.01, 4.04, 8.08
    assert [step.needed for step in plan.stages] == [5, 2]


def test_it_is_spread_over_the_days_left() -> None:
    plan = plan_back(question())
    assert plan.created.a_week(plan.weeks) == 4  # 40 in ten weeks
    assert plan.effort == Decimal("0.4")


def test_never_the_eventual_rate_when_the_time_left_is_shorter_than_the_cycle() -> None:
    plan = plan_back(question(days_left=59))
    assert (plan.verdict, plan.is_possible, plan.closed) == (Verdict.LATE, False, None)
    assert plan.created.needed == 40  # by those that were quicker


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"won": Decimal(1000)}, Verdict.REACHED),
        ({"won": Decimal(1000), "days_left": -5}, Verdict.REACHED),
        ({"days_left": -1}, Verdict.OVER),
        ({"open_expected": Decimal(1000)}, Verdict.COVERED),
        ({"size": None}, Verdict.UNKNOWN),
        ({"within": None}, Verdict.UNKNOWN),
        ({"within": Decimal(0), "days_left": 90}, Verdict.IMPOSSIBLE),
        ({"days_left": 60}, Verdict.USUAL),
        ({"usual": Decimal(3)}, Verdict.MORE),
        ({"usual": Decimal(1)}, Verdict.FAR_MORE),
    ],
)
def test_whether_it_can_be_done(fields: dict[str, object], verdict: Verdict) -> None:
    assert plan_back(question(**fields)).verdict == verdict


def test_without_rates_nothing_is_invented() -> None:
    plan = plan_back(question(within=None, size=None, eventual=None, of_stage=[None]))
    assert (plan.wins, plan.created, plan.leads, plan.stages, plan.closed) == (
        (None, None), (None, None), (None, None), [(None, None)], None,
    )  # fmt: skip


# ── 80 % ───────────────────────────────────────────────────────────────────────────────────────────


def margin(asked: Question, deals: int) -> float:
    assert asked.within is not None
    assert asked.size is not None
    p, m, s = float(asked.within), float(asked.size), float(asked.deviation)
    spread = deals * (p * (s * s + m * m) - (p * m) ** 2) + float(asked.open_variance)
    need = float(asked.target - asked.won - asked.open_expected)
    return deals * p * m - QUANTILE * sqrt(spread) - need


AMOUNTS = st.decimals(0, 10_000, places=2)


@settings(max_examples=150)
@given(
    target=AMOUNTS, won=AMOUNTS, open_expected=AMOUNTS, deviation=AMOUNTS, open_deviation=AMOUNTS,
    within=st.decimals("0.05", 1, places=3), size=st.decimals(200, 5000, places=2),
)  # fmt: skip
def test_for_80_percent_it_is_the_fewest_deals_that_do(open_deviation: Decimal, **fields: Decimal) -> None:
    asked = question(**fields, open_variance=open_deviation**2)
    sure = plan_back(asked).created.sure
    assert sure is not None
    slow = next(
        deals for deals in range(10**6) if margin(asked, deals) >= 0 or isclose(margin(asked, deals), 0, abs_tol=1e-6)
    )
    assert abs(sure - slow) <= (1 if isclose(margin(asked, slow), 0, abs_tol=1e-6) else 0)


@given(
    target=st.decimals(1, 10**6, places=2),
    within=st.decimals("0.01", 1, places=3),
    size=st.decimals(1, 10**5, places=2),
)
def test_certainty_is_never_cheaper_than_even_odds(**fields: Decimal) -> None:
    created = plan_back(question(**fields)).created
    assert created.needed is not None
    assert created.sure is not None
    assert created.sure >= created.needed


@given(
    target=st.decimals(1, 10**6, places=2), within=st.decimals("0.01", 1, places=3),
    size=st.decimals(1, 10**5, places=2), lead_rate=st.decimals("0.01", 1, places=2),
)  # fmt: skip
def test_what_is_needed_brings_the_target(target: Decimal, within: Decimal, size: Decimal, lead_rate: Decimal) -> None:
    plan = plan_back(question(target=target, within=within, size=size, lead_rate=lead_rate))
    wins = Fraction(target) / Fraction(size)
    assert plan.wins.needed == ceil(wins)
    assert plan.created.needed == ceil(wins / Fraction(within))
    assert plan.leads.needed == ceil(wins / Fraction(within) / Fraction(lead_rate))


# ── The chance to be won by an age ─────────────────────────────────────────────────────────────────


def test_with_all_deals_closed_it_is_the_share_that_was_won_by_then() -> None:
    curve = Curve.of([Aged(3, won=2, lost=1), Aged(10, won=1, lost=4), Aged(40, won=2)], 20)
    assert curve.within() == Share(Decimal("0.3"), 10)


def test_open_deals_leave_at_their_age_and_count_until_then() -> None:
    """One of four won on day 2; two still open on day 5; the last one won on day 8: the chance is then certain."""
    curve = Curve.of([Aged(2, won=1), Aged(5, open=2), Aged(8, won=1)], 10)
    assert [round(curve.chances[day], 4) for day in (1, 2, 5, 7, 8)] == [
        0,
        Decimal("0.25"),
        Decimal("0.25"),
        Decimal("0.25"),
        1,
    ]
    assert curve.within() == Share(Decimal(1), 2)


def test_without_deals_there_is_no_chance() -> None:
    assert Curve.of([], 10).within() is None


LIVES = st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["won", "lost", "open"])), min_size=1, max_size=40)


def incidence(lives: list[tuple[int, str]], days: int) -> Fraction:
    """Aalen–Johansen, deal by deal, in fractions."""
    still, chance = Fraction(1), Fraction(0)
    for age in range(days + 1):
        at_risk = sum(1 for end, _fate in lives if end >= age)
        if at_risk:
            won = sum(1 for end, fate in lives if (end, fate) == (age, "won"))
            lost = sum(1 for end, fate in lives if (end, fate) == (age, "lost"))
            chance += still * Fraction(won, at_risk)
            still *= 1 - Fraction(won + lost, at_risk)
    return chance


def counted(lives: list[tuple[int, str]]) -> list[Aged]:
    ages = {age for age, _fate in lives}
    return [Aged(age, *(lives.count((age, fate)) for fate in ("won", "lost", "open"))) for age in ages]


@given(LIVES, st.integers(0, 40))
def test_the_curve_is_that_of_a_slow_count(lives: list[tuple[int, str]], days: int) -> None:
    curve = Curve.of(counted(lives), days)
    for day, chance in enumerate(curve.chances):
        assert isclose(float(chance), float(incidence(lives, day)), abs_tol=1e-12)
    assert all(before <= after for before, after in pairwise(curve.chances))
    assert curve.evenly() <= curve.chances[-1] <= 1


def test_intervals() -> None:
    low, high = Share(Decimal("0.8"), 10).interval or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert Size(Decimal(100), Decimal(50), 25).interval == (
        pytest.approx(Decimal("80.40"), abs=Decimal("0.01")), pytest.approx(Decimal("119.60"), abs=Decimal("0.01")),
    )  # fmt: skip
    assert Size(Decimal(100), Decimal(0), 1).interval is None
