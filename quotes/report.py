"""What became of quotes: sent, accepted, declined, expired, how soon, and what was given away for it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import DateField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from crm.access import Reach, teams_below
from crm.models import ExchangeRate, Team, Workspace
from crm.money import apportion, round_to
from crm.period_words import month_label
from crm.periods import Period
from quotes.days import instants
from quotes.models import ANSWERS, COUNTING, LineItem, Quote, QuoteQuerySet, Status

DIMENSIONS = ["person", "team", "product", "month"]
HUNDRED = Decimal(100)


@dataclass(slots=True)
class Count:
    """Quotes, and what they come to without tax in the workspace's currency; `missing` have no rate and no value."""

    quotes: int = 0
    value: Decimal = Decimal(0)
    missing: int = 0

    def add(self, value: Decimal | None) -> None:
        self.quotes += 1
        self.value += value or 0
        self.missing += value is None


@dataclass(slots=True)
class Row:
    """Quotes that share one value of the dimension. Discounts are those of what was sent. A team has those of the teams
    below it too; `above` is the one it is shown below, at that `depth`."""

    key: str
    label: str
    above: str = ""
    depth: int = 0
    sent: Count = field(default_factory=Count)
    accepted: Count = field(default_factory=Count)
    declined: Count = field(default_factory=Count)
    expired: Count = field(default_factory=Count)
    waits: list[Decimal] = field(default_factory=list)  # days from sending to acceptance
    listed: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)

    @property
    def answered(self) -> int:
        return self.accepted.quotes + self.declined.quotes + self.expired.quotes

    @property
    def acceptance(self) -> Decimal | None:
        """Accepted ÷ (accepted + declined + expired) by count; null where nothing was decided."""
        return Decimal(self.accepted.quotes) / self.answered if self.answered else None

    @property
    def days(self) -> Decimal | None:
        """The median wait."""
        return round_to(median(self.waits), 1) if self.waits else None

    @property
    def given(self) -> Decimal | None:
        """Discounts of all kinds ÷ list value."""
        return self.discount / self.listed if self.listed else None

    @property
    def missing(self) -> int:
        return self.sent.missing + self.accepted.missing + self.declined.missing + self.expired.missing

    def of(self, status: str) -> Count:
        return {Status.ACCEPTED: self.accepted, Status.DECLINED: self.declined}.get(Status(status), self.expired)


@dataclass(frozen=True, slots=True)
class Report:
    period: Period
    by: str
    currency: str
    rows: list[Row]
    total: Row


@dataclass(frozen=True, slots=True)
class _Part:
    """What one product, or all of them, are of a quote; in its currency, as priced."""

    key: str
    label: str
    amount: Decimal
    listed: Decimal
    discount: Decimal


def quote_report(
    reach: Reach, period: Period, *, by: str = "person", owner: int | None = None, team: int | None = None
) -> Report:
    """A quote counts once, by its newest version that was sent: as sent in the period when it was, as accepted,
    declined or expired when that was. Each event has the rate of its day.

    By product a quote counts once for each of its products, with its part of the value; by team for its deal's and for
    each above it that one may read. The total is of quotes. `team` is that one and those below it.
    """
    maker = _Maker(period, by, _Teams(reach, team) if by == "team" else None)
    for quote in maker.quotes(reach, owner, team):
        maker.take(quote)
    return Report(period, by, maker.workspace.currency_id, maker.sorted_rows(), maker.total)


class _Teams:
    """The teams a quote counts for: its deal's, and those above it as far as one may read, or up to `top`."""

    def __init__(self, reach: Reach, top: int | None) -> None:
        self.reads, self.top = reach.reads, top
        self.known = {pk: (name, above) for pk, name, above in Team.objects.values_list("pk", "name", "parent_id")}

    def rows_of(self, team: int | None) -> Iterator[Row]:
        if team is None:
            yield Row("", _("Without a team"))
        while team is not None:
            name, above = self.known[team]
            is_last = team == self.top or (self.reads is not None and above not in self.reads)
            team, key = (None if is_last else above), str(team)
            yield Row(key, name, str(team or ""))


class _Maker:
    def __init__(self, period: Period, by: str, teams: _Teams | None) -> None:
        self.workspace, self.teams = Workspace.current(), teams
        self.by, self.inside = by, instants(period.start, period.last_day)
        self.rows: dict[str, Row] = {}
        self.total = Row("", _("All"))
        self.parts: dict[int, list[_Part]] = {}

    def quotes(self, reach: Reach, owner: int | None, team: int | None) -> list[Any]:
        inside = self.inside
        found = Quote.objects.visible_to(reach).newest_sent()
        found = found.filter(Q(sent_at__range=inside) | Q(answered_at__range=inside, status__in=ANSWERS))
        found = found.filter(deal__owner=owner) if owner else found
        found = found.filter(deal__team__in=teams_below(team)) if team else found
        self.parts = _parts_of(found, by_product=self.by == "product")
        return list(_with_rates(found, self.workspace).select_related("deal__owner"))

    def take(self, quote: Any) -> None:
        since, until = self.inside
        if since <= quote.sent_at <= until:
            self.count("sent", quote, quote.sent_at, quote.sent_rate)
        if quote.status in ANSWERS and since <= quote.answered_at <= until:
            self.count(quote.status, quote, quote.answered_at, quote.answered_rate)

    def count(self, event: str, quote: Any, at: datetime, rate: Decimal | None) -> None:
        if quote.currency_id == self.workspace.currency_id:
            rate = Decimal(1)
        digits = self.workspace.currency.digits
        parts = self.parts.get(quote.pk) or [_Part("", "", quote.net, Decimal(0), Decimal(0))]
        worth = None if rate is None else round_to(quote.net * rate, digits)
        worths = [None] * len(parts) if worth is None else apportion(worth, [part.amount for part in parts], digits)
        untaxed = quote.net / quote.total if quote.includes_tax and quote.total else Decimal(1)
        for part, value in zip(parts, worths, strict=True):
            for row in self.rows_of(quote, at, part):
                self.add(row, event, quote, value)
        self.add(self.total, event, quote, worth)
        if event == "sent" and rate is not None:
            for part in parts:
                for row in (*self.rows_of(quote, at, part), self.total):
                    row.listed += round_to(part.listed * untaxed * rate, digits)
                    row.discount += round_to(part.discount * untaxed * rate, digits)

    def add(self, row: Row, event: str, quote: Any, value: Decimal | None) -> None:
        (row.sent if event == "sent" else row.of(event)).add(value)
        if event == Status.ACCEPTED:
            seconds = max(0, int((quote.answered_at - quote.sent_at).total_seconds()))
            row.waits.append(Decimal(seconds) / 86_400)

    def rows_of(self, quote: Any, at: datetime, part: _Part) -> list[Row]:
        made = self.teams.rows_of(quote.deal.team_id) if self.teams else [self.row(quote, at, part)]
        return [self.rows.setdefault(row.key, row) for row in made]

    def row(self, quote: Any, at: datetime, part: _Part) -> Row:
        if self.by == "product":
            key, label = part.key, part.label or _("Without a product")
        elif self.by == "person":
            owner = quote.deal.owner
            key, label = str(owner.pk), owner.name
        else:
            month = at.astimezone(self.workspace.zone).date()
            key, label = f"{month:%Y-%m}", month_label(month)
        return Row(key, label)

    def sorted_rows(self) -> list[Row]:
        if self.by == "month":
            return [self.rows[key] for key in sorted(self.rows)]
        ranked = sorted(self.rows.values(), key=lambda row: (-row.accepted.value, -row.sent.value, row.label))
        return list(_as_tree(ranked)) if self.teams else ranked


def _as_tree(rows: list[Row], above: str = "", depth: int = 0) -> Iterator[Row]:
    for row in rows:
        if row.above == above:
            row.depth = depth
            yield row
            if row.key:
                yield from _as_tree(rows, row.key, depth + 1)


def _with_rates(quotes: QuoteQuerySet, workspace: Workspace) -> QuerySet[Quote]:
    def rate(of: str) -> Subquery:
        known = ExchangeRate.objects.filter(base=workspace.currency_id, currency=OuterRef("currency"))
        return Subquery(known.filter(on__lte=OuterRef(of)).order_by("-on", "-id").values("rate")[:1])

    def day(of: str) -> TruncDate:
        return TruncDate(of, tzinfo=workspace.zone, output_field=DateField())

    dated = quotes.annotate(sent_on=day("sent_at"), answered_on=day("answered_at"))
    return dated.annotate(sent_rate=rate("sent_on"), answered_rate=rate("answered_on"))


def _parts_of(quotes: QuoteQuerySet, *, by_product: bool) -> dict[int, list[_Part]]:
    """By quote: what its lines that count come to, and what was given away of their list value."""
    lines = LineItem.objects.filter(COUNTING, quote__in=quotes)
    keys = ("product_id", "product__name") if by_product else ()
    sums = {"amount": Sum("net"), "listed": Sum(F("quantity") * F("unit_price"))}
    found: dict[int, list[_Part]] = defaultdict(list)
    rows = lines.order_by().values("quote_id", "quote__lines_total", "quote__discount_total", *keys).annotate(**sums)
    for row in rows:
        whole = row["quote__lines_total"]
        share = row["amount"] * row["quote__discount_total"] / whole if whole else Decimal(0)
        found[row["quote_id"]].append(
            _Part(
                str(row.get("product_id") or ""), row.get("product__name") or "", row["amount"],
                row["listed"], row["listed"] - row["amount"] + share,
            )
        )  # fmt: skip
    return found
