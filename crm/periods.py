"""Months, quarters and years of a fiscal calendar. A period is [start, end). No Django.

A fiscal year is named by the calendar year in which it ends; with a start in January it is the calendar year.
"""

import re
from datetime import date
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
    fiscal_start: int = 1

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
        if self.kind == "quarter":
            return f"{self.fiscal_year}-Q{self.quarter}"
        if self.kind == "year":
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
