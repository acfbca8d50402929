"""Months, quarters and years of any fiscal calendar."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from crm.periods import BadPeriod, Period, add_months, month_of, month_start, parse, period_of, quarter_of, year_of
from forecasting.wording import period_label, short_label

days = st.dates(date(1901, 1, 1), date(2198, 12, 31))
starts = st.integers(1, 12)
kinds = st.sampled_from(["month", "quarter", "year"])
LENGTH = {"month": 1, "quarter": 3, "year": 12}


@given(days, starts, kinds)
def test_a_period_holds_its_day_and_begins_on_a_first(day: date, fiscal_start: int, kind: str) -> None:
    period = period_of(kind, day, fiscal_start)
    assert day in period
    assert (period.start.day, period.end.day) == (1, 1)
    assert len(period.months) == LENGTH[kind]
    assert add_months(period.start, LENGTH[kind]) == period.end
    assert period.days == (period.end - period.start).days
    assert period.last_day + timedelta(days=1) == period.end


@given(days, starts, kinds)
def test_a_key_is_read_back(day: date, fiscal_start: int, kind: str) -> None:
    period = period_of(kind, day, fiscal_start)
    assert parse(period.key, fiscal_start) == period


@given(days, st.integers(1, 40), starts)
def test_the_key_of_a_range_is_read_back(day: date, months: int, fiscal_start: int) -> None:
    start = month_start(day) if day.year < 2190 else date(2190, 1, 1)
    period = Period(start, add_months(start, months), "range", fiscal_start)
    assert parse(period.key, fiscal_start) == period


@given(days, starts, kinds, st.integers(-20, 20))
def test_shifting_there_and_back_changes_nothing(day: date, fiscal_start: int, kind: str, steps: int) -> None:
    period = period_of(kind, day.replace(year=min(max(day.year, 1930), 2170)), fiscal_start)
    there = period.shift(steps)
    assert there.shift(-steps) == period
    assert there == period_of(kind, there.start, fiscal_start)
    assert period.shift(1).start == period.end


@given(days, starts)
def test_quarters_and_months_tile_the_year(day: date, fiscal_start: int) -> None:
    year = year_of(day, fiscal_start)
    quarters = [quarter_of(month, fiscal_start) for month in year.months[::3]]
    assert [quarter.quarter for quarter in quarters] == [1, 2, 3, 4]
    assert {quarter.fiscal_year for quarter in quarters} == {year.fiscal_year}
    assert [quarters[0].start, *(quarter.end for quarter in quarters)] == [
        year.start, *(quarter.start for quarter in quarters[1:]), year.end,
    ]  # fmt: skip
    assert year.parts() == quarters


@given(days, starts, st.integers(1, 30))
def test_parts_make_the_whole(day: date, fiscal_start: int, months: int) -> None:
    start = month_start(day) if day.year < 2190 else date(2190, 1, 1)
    parts = Period(start, add_months(start, months), "range", fiscal_start).parts()
    assert (parts[0].start, parts[-1].end) == (start, add_months(start, months))
    assert all(one.end == other.start for one, other in pairwise(parts))


def test_a_fiscal_year_is_named_by_the_year_it_ends_in() -> None:
    year = year_of(date(2026, 5, 1), 4)
    assert (year.start, year.end, year.key) == (date(2026, 4, 1), date(2027, 4, 1), "2027")
    assert quarter_of(date(2026, 5, 1), 4).key == "2027-Q1"
    assert quarter_of(date(2027, 2, 1), 4).key == "2027-Q4"
    assert year_of(date(2026, 5, 1), 1).key == "2026"


@pytest.mark.parametrize(
    "text",
    ["", "2026-Q5", "2026-13", "2026-00", "26", "2026-Q4\n", "2026-12..2026-07", "2026..", "..2026", "0001-01", "9999",
     "2026-07..2026-08..2026-09", "2026-1", "٢٠٢٦"],
)  # fmt: skip
def test_what_names_no_period_is_refused(text: str) -> None:
    with pytest.raises(BadPeriod):
        parse(text)


@pytest.mark.parametrize(
    ("language", "key", "fiscal_start", "label"),
    [
        ("en", "2026-Q4", 1, "Q4 2026"),
        ("en", "2026-11", 1, "Nov 2026"),
        ("en", "2026", 1, "2026"),
        ("en", "2027", 4, "FY 2027"),
        ("en", "2027-Q1", 4, "Q1 2027"),
        ("bg", "2026-Q4", 1, "4. трим. 2026\N{NO-BREAK SPACE}г."),
        ("zh-hans", "2026-Q4", 1, "2026年第4季度"),
    ],
)
def test_labels_are_the_readers(language: str, key: str, fiscal_start: int, label: str) -> None:
    with translation.override(language):
        assert (
            period_label(parse(key, fiscal_start)).replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}") == label
        )


@pytest.mark.parametrize("language", ["en", "bg", "ru", "zh-hans", "vi"])
def test_every_period_has_a_label_in_every_language(language: str) -> None:
    with translation.override(language):
        labels = [period_label(parse(key)) for key in ("2026-01", "2026-Q1", "2026", "2026-01..2026-05")]
        labels += [short_label(month_of(date(2026, month, 1))) for month in range(1, 13)]
        assert all(labels)
        assert len(set(labels)) == len(labels)
