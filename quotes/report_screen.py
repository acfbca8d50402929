"""What the report on quotes shows beyond its numbers: addresses, drawings, a sentence; and its rows as a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import Reach, people_in
from crm.forms import Form
from crm.period_choice import Calendar, asked_period
from crm.periods import Period, parse
from crm.sheets import Value
from crm.templatetags.penstock import percent
from pipeline.forms import teams_in
from quotes.ageing import Age, Ageing, ageing, unpaid
from quotes.days import Days
from quotes.listing import ANSWERED, NONE
from quotes.models import Status
from quotes.report import DIMENSIONS, Count, Report, Row, quote_report


@dataclass(frozen=True, slots=True)
class Asked:
    period: Period
    by: str
    owner: int | None
    team: int | None

    @property
    def address(self) -> str:
        said = {"period": self.period.key, "by": self.by, "owner": self.owner or "", "team": self.team or ""}
        return f"?{urlencode({name: value for name, value in said.items() if value}, safe='.')}"


class AskForm(Form):
    """`?period=&by=person|team|product|month&owner=&team=`; what is not understood is left out."""

    by = forms.ChoiceField(choices=[(each, "") for each in DIMENSIONS], required=False)
    owner = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    team = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def asked(self) -> Asked:
        self.is_valid()
        known = self.cleaned_data
        return Asked(asked_period(self.data), known.get("by") or DIMENSIONS[0], known.get("owner"), known.get("team"))


@dataclass(frozen=True, slots=True)
class Cell:
    """How many, what they come to, and the list of them."""

    count: Count
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    row: Row
    sent: Cell
    accepted: Cell
    declined: Cell
    expired: Cell
    answered: str  # the address of those that acceptance is a share of


@dataclass(frozen=True, slots=True)
class Screen:
    asked: Asked
    calendar: Calendar
    report: Report
    ageing: Ageing
    by: list[tuple[str, str]]
    people: Any
    teams: Any
    lines: list[Line]
    total: Line
    ages: list[tuple[Age, str, str]]  # with its address and the width of its bar
    overdue_query: str
    unpaid_query: str
    finding: str

    @property
    def by_label(self) -> str:
        return dict(self.by)[self.asked.by]


def screen_of(reach: Reach, query: QueryDict) -> Screen:
    asked = AskForm(query).asked()
    report = quote_report(reach, asked.period, by=asked.by, owner=asked.owner, team=asked.team)
    owed = ageing(reach, owner=asked.owner, team=asked.team)
    most = max((age.owed for age in owed.ages), default=Decimal(0))
    return Screen(
        asked=asked,
        calendar=Calendar(query, asked.period),
        report=report,
        ageing=owed,
        by=[(each, names_of()[each]) for each in DIMENSIONS],
        people=people_in(reach),
        teams=teams_in(reach),
        lines=[_line(row, asked) for row in report.rows],
        total=_line(report.total, asked, is_total=True),
        ages=[(age, _invoices(age, asked), f"{age.owed / most * 100 if most else 0:.1f}%") for age in owed.ages],
        overdue_query=_invoices(owed.overdue, asked),
        unpaid_query=_invoices(owed.total, asked),
        finding=_finding(report),
    )


def names_of() -> dict[str, str]:
    return {"person": _("Person"), "team": _("Team"), "product": _("Product"), "month": _("Month")}


def _line(row: Row, asked: Asked, *, is_total: bool = False) -> Line:
    return Line(
        row,
        Cell(row.sent, _quotes("sent", "", row, asked, is_total)),
        Cell(row.accepted, _quotes("answered", Status.ACCEPTED, row, asked, is_total)),
        Cell(row.declined, _quotes("answered", Status.DECLINED, row, asked, is_total)),
        Cell(row.expired, _quotes("answered", Status.EXPIRED, row, asked, is_total)),
        _quotes("answered", ANSWERED, row, asked, is_total),
    )


def _quotes(event: str, status: str, row: Row, asked: Asked, is_total: bool) -> str:
    """The list of just the quotes that a number counts."""
    period = parse(row.key) if asked.by == "month" and not is_total else asked.period
    owner = row.key if asked.by == "person" and not is_total else asked.owner
    product = (row.key or NONE) if asked.by == "product" and not is_total else ""
    team = (row.key or NONE) if asked.by == "team" and not is_total else asked.team
    said = {event: Days(period.start, period.last_day), "status": status, "owner": owner, "product": product}
    said["team"] = team
    query = urlencode({name: value for name, value in said.items() if value}, safe=".")
    return f"{reverse('quotes:quotes')}?{query}"


def _invoices(age: Age, asked: Asked) -> str:
    """The address of the list of invoices, after its path."""
    said: dict[str, Any] = {"status": "owing", "due_from": age.first, "due_until": age.last}
    said |= {"owner": asked.owner, "team": asked.team}
    return f"?{urlencode({name: value for name, value in said.items() if value})}"


def _finding(report: Report) -> str:
    total = report.total
    if not total.sent.quotes and not total.answered:
        return _("Nothing was sent")
    if total.acceptance is None:
        return _("No answer yet")
    words = {"rate": percent(total.acceptance), "n": total.answered}
    return _("%(rate)s of %(n)s decided quotes were accepted") % words


# ── Files ──────────────────────────────────────────────────────────────────────────────────────────


def report_rows(report: Report) -> Iterator[Sequence[Value]]:
    yield [
        names_of()[report.by],
        _("Sent"), _("Sent, value"), _("Accepted"), _("Accepted, value"), _("Declined"), _("Declined, value"),
        _("Expired"), _("Expired, value"), _("Acceptance, %"), _("Days to accept, median"), _("List value"),
        _("Discount"), _("Discount, %"), _("Without a rate"), _("Currency"),
    ]  # fmt: skip
    above: list[str] = []
    for row in [*report.rows, report.total]:
        above = [*above[: row.depth], row.label]
        counts = [row.sent, row.accepted, row.declined, row.expired]
        yield [
            " › ".join(above), *(value for count in counts for value in (count.quotes, count.value)),
            _percent(row.acceptance), row.days, row.listed, row.discount, _percent(row.given), row.missing,
            report.currency,
        ]  # fmt: skip


def _percent(ratio: Decimal | None) -> Decimal | None:
    return None if ratio is None else round(ratio * 100, 2)


def unpaid_rows(reach: Reach, owner: int | None, team: int | None) -> Iterator[Sequence[Value]]:
    yield [
        _("Number"), _("Company"), _("Deal"), _("Owner"), _("Date"), _("Due"), _("Total"), _("Paid"), _("Credited"),
        _("Owed"), _("Currency"),
    ]  # fmt: skip
    for each in unpaid(reach, owner=owner, team=team).select_related("company", "deal__owner"):
        yield [
            each.number, each.company.name if each.company else "", each.deal.title, each.deal.owner.name,
            each.issued_on, each.due_on, each.total, each.paid, each.credited, each.owed, each.currency_id,
        ]  # fmt: skip
