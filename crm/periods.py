"""Months, quarters and years of a fiscal calendar. A period is [start, end). No Django.

A fiscal year is named by the calendar year in which it ends; with a start in January it is the calendar year.
Where the company has changed its start, the months between the last old year and the first new one are a short year,
which has no such name: it and its quarters are called by their months.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

Kind = Literal["month", "quarter", "year", "range"]
YEARS = range(1900, 2200)


class BadPeriod(ValueError):
    """Text that names no period."""


def month_start(day: date) -> date:
    return day.replace(day=1)


def add_months(start: date, months: int) -> date:
    """The first of the month `months` later than the month of `start`."""
    index = start.year * 12 + start.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


class Period(NamedTuple):
    start: date
    end: date
    kind: Kind = "range"
    fiscal_start: int = 1  # the month in which its fiscal year starts; 0: in a short year between two starts

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end

    @property
    def months(self) -> list[date]:
        """First days of the months inside."""
        months, month = [], month_start(self.start)
        while month < self.end:
            months.append(month)
            month = add_months(month, 1)
        return months

    @property
    def last_day(self) -> date:
        return date.fromordinal(self.end.toordinal() - 1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def in_short_year(self) -> bool:
        return self.fiscal_start == 0

    @property
    def fiscal_year(self) -> int:
        return self.start.year + (self.fiscal_start > 1 and self.start.month >= self.fiscal_start)

    @property
    def quarter(self) -> int:
        return (self.start.month - self.fiscal_start) % 12 // 3 + 1

    @property
    def key(self) -> str:
        """`2026-11`, `2026-Q4`, `2026` or `2026-07..2026-12`: what `parse` reads back."""
        if self.kind == "month":
            return f"{self.start:%Y-%m}"
        if self.kind == "quarter" and not self.in_short_year:
            return f"{self.fiscal_year}-Q{self.quarter}"
        if self.kind == "year" and not self.in_short_year:
            return f"{self.fiscal_year}"
        return f"{self.start:%Y-%m}..{self.last_day:%Y-%m}"

    def shift(self, steps: int) -> "Period":
        months = len(self.months) * steps
        return self._replace(start=add_months(self.start, months), end=add_months(self.end, months))

    def parts(self) -> list["Period"]:
        """The whole quarters and single months that make this period, in order."""
        parts, start = [], self.start
        while start < self.end:
            quarter = quarter_of(start, self.fiscal_start)
            part = quarter if quarter.start == start and quarter.end <= self.end else month_of(start, self.fiscal_start)
            parts.append(part)
            start = part.end
        return parts


def month_of(day: date, fiscal_start: int = 1) -> Period:
    start = month_start(day)
    return Period(start, add_months(start, 1), "month", fiscal_start)


def quarter_of(day: date, fiscal_start: int = 1) -> Period:
    start = add_months(day, -((day.month - fiscal_start) % 3))
    return Period(start, add_months(start, 3), "quarter", fiscal_start)


def year_of(day: date, fiscal_start: int = 1) -> Period:
    start = add_months(day, -((day.month - fiscal_start) % 12))
    return Period(start, add_months(start, 12), "year", fiscal_start)


def period_of(kind: str, day: date, fiscal_start: int = 1) -> Period:
    return {"month": month_of, "quarter": quarter_of, "year": year_of}[kind](day, fiscal_start)


def parse(text: str, fiscal_start: int = 1) -> Period:
    """Read a period's key. Raises BadPeriod."""
    first, _, last = text.partition("..")
    if last:
        start, end = parse(first, fiscal_start).start, parse(last, fiscal_start).end
        if start >= end or ".." in last:
            raise BadPeriod(text)
        return Period(start, end, "range", fiscal_start)
    if not (match := re.fullmatch(r"([0-9]{4})(?:-(?:Q([1-4])|([0-9]{2})))?", text)):
        raise BadPeriod(text)
    year, quarter, month = match.groups()
    if int(year) not in YEARS:
        raise BadPeriod(text)
    try:
        if month:
            return month_of(date(int(year), int(month), 1), fiscal_start)
        first_month = date(int(year) - (fiscal_start > 1), fiscal_start, 1)
        if quarter:
            return quarter_of(add_months(first_month, 3 * int(quarter) - 3), fiscal_start)
        return year_of(first_month, fiscal_start)
    except ValueError:
        raise BadPeriod(text) from None


class FiscalCalendar:
    """Which periods there are: the `years` that are written down, one after the other, keep their dates.

    Before them it goes on as the first of them began, after them by `fiscal_start`.
    """

    def __init__(self, years: Sequence[Period], fiscal_start: int) -> None:
        self.years, self.fiscal_start = list(years), fiscal_start

    def year_of(self, day: date) -> Period:
        if not self.years:
            return year_of(day, self.fiscal_start)
        if day < self.years[0].start:
            return year_of(day, self.years[0].fiscal_start)
        if day < self.years[-1].end:
            return next(year for year in reversed(self.years) if year.start <= day)
        year, turn = year_of(day, self.fiscal_start), self.years[-1].end
        return year if year.start >= turn else Period(turn, year.end, "year", 0)

    def quarter_of(self, day: date) -> Period:
        """Of a short year the last quarter may be short too."""
        year = self.year_of(day)
        if not year.in_short_year:
            return quarter_of(day, year.fiscal_start)
        start = add_months(year.start, (day.month - year.start.month) % 12 // 3 * 3)
        return Period(start, min(add_months(start, 3), year.end), "quarter", 0)

    def month_of(self, day: date) -> Period:
        return month_of(day, self.year_of(day).fiscal_start)

    def period_of(self, kind: str, day: date) -> Period:
        return {"month": self.month_of, "quarter": self.quarter_of, "year": self.year_of}[kind](day)

    def at(self, start: date, end: date) -> Period:
        """The month, quarter or year of exactly these days; a range where there is none."""
        for kind in ("month", "quarter", "year"):
            period = self.period_of(kind, start)
            if (period.start, period.end) == (start, end):
                return period
        return Period(start, end, "range", self.fiscal_start)

    def parse(self, text: str) -> Period:
        """Read a period's key. Raises BadPeriod."""
        first, _, last = text.partition("..")
        if last:
            start, end = self.parse(first).start, self.parse(last).end
            if start >= end or ".." in last:
                raise BadPeriod(text)
            whole = [self.quarter_of(start), self.year_of(start)]
            spans = Period(start, end, "range", self.fiscal_start)
            return next((each for each in whole if each.in_short_year and each.key == spans.key), spans)
        for month in dict.fromkeys([self.fiscal_start, *(year.fiscal_start or 1 for year in self.years)]):
            named = parse(text, month)
            found = self.period_of(named.kind, named.start)
            if (found.start, found.end) == (named.start, named.end) and found.key == text:
                return found
        raise BadPeriod(text)

    def beside(self, period: Period, steps: int) -> Period:
        """The period of its kind that many steps later, or earlier."""
        if period.kind == "range":
            return period.shift(steps)
        for _step in range(abs(steps)):
            period = self.period_of(period.kind, period.end if steps > 0 else period.start - timedelta(days=1))
        return period

    def reaching(self, day: date) -> list[Period]:
        """The years that are written down, and those to write so that `day` lies in one."""
        years = self.years or [self.year_of(day)]
        while years[-1].end <= day:
            years = [*years, self.year_of(years[-1].end)]
        while years[0].start > day:
            years = [self.year_of(years[0].start - timedelta(days=1)), *years]
        return years

    def turned(self, fiscal_start: int, until: date | None) -> "FiscalCalendar":
        """With another start: the years up to that of `until` stay as they are; None: there is nothing to keep."""
        if until is None:
            return FiscalCalendar([], fiscal_start)
        return FiscalCalendar([year for year in self.reaching(until) if year.start <= until], fiscal_start)
