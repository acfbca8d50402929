"""What the page of changes shows beyond the numbers: words, addresses, the drawing, the deals behind one cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from crm.access import Reach, people_in
from crm.models import Currency, User, Workspace
from crm.moment import JUST_BEFORE
from crm.money import NotConvertible
from crm.period_choice import Calendar
from crm.templatetags.penstock import day
from forecasting.display import Display, display_in, shown_currencies
from forecasting.falls import Falls, Part, falls
from forecasting.forms import Asked
from forecasting.movements import BY_SIZE, CAUSES, Entry, Movement, Slippage, Waterfall, ledger, slippage, waterfall
from forecasting.span import Span
from forecasting.templatetags.forecast import compact
from forecasting.tree import Tree
from forecasting.wording import period_label
from pipeline.models import Deal, Pipeline

SIZE = 50  # deals on a page
WIDTH = 1140


def cause_labels() -> dict[str, str]:
    return {
        "created": _("Created"),
        "reopened": _("Reopened"),
        "pulled_in": _("Pulled in"),
        "up": _("Value up"),
        "owner_in": _("Owner in"),
        "pipeline_in": _("Pipeline in"),
        "restored": _("Restored"),
        "fx": _("FX"),
        "down": _("Value down"),
        "pushed_out": _("Pushed out"),
        "lost": _("Lost"),
        "won": _("Won"),
        "owner_out": _("Owner out"),
        "pipeline_out": _("Pipeline out"),
        "deleted": _("Deleted"),
    }


def cause_notes() -> dict[str, str]:
    """What each of them means."""
    return {
        "created": _("Opened with a close date in the period"),
        "reopened": _("Won or lost before, open again"),
        "pulled_in": _("Their close date came into the period"),
        "up": _("Their amount rose, or their currency changed for more"),
        "owner_in": _("Handed over to whom this is about"),
        "pipeline_in": _("Moved into this pipeline"),
        "restored": _("Deleted before, and had back"),
        "fx": _("What exchange rates did while they were open"),
        "down": _("Their amount fell, or their currency changed for less"),
        "pushed_out": _("Their close date left the period"),
        "lost": _("Lost, at their amount when last open"),
        "won": _("Won, at the rate of that moment"),
        "owner_out": _("Handed over to others"),
        "pipeline_out": _("Moved into another pipeline"),
        "deleted": _("Deleted or merged into another"),
    }


def _mostly(cause: str) -> str:
    return {
        "created": _("mostly by new deals"),
        "reopened": _("mostly by deals reopened"),
        "pulled_in": _("mostly by deals pulled in"),
        "up": _("mostly by higher amounts"),
        "owner_in": _("mostly by deals handed over"),
        "pipeline_in": _("mostly by deals of other pipelines"),
        "restored": _("mostly by deals restored"),
        "fx": _("mostly by exchange rates"),
        "down": _("mostly by lower amounts"),
        "pushed_out": _("mostly by deals pushed out"),
        "lost": _("mostly by deals lost"),
        "won": _("mostly by deals won"),
        "owner_out": _("mostly by deals handed over"),
        "pipeline_out": _("mostly by deals moved to other pipelines"),
        "deleted": _("mostly by deals deleted"),
    }[cause]


@dataclass(frozen=True)
class Figure:
    """The drawing with its finding and its table: for the page of changes and for a dashboard."""

    found: Waterfall
    display: Display
    base: str  # the address of the page of changes, to which a cause is added
    width: int = 640

    @cached_property
    def values(self) -> dict[str, Decimal]:
        """In the currency shown, so that they add up to the end exactly."""
        names = ["start", *self.found.causes]
        parts = self.display.parts([self.found.of(name).value for name in names])
        return dict(zip(names, parts, strict=True)) | {"end": self.display.show(self.found.end.value)}

    @property
    def finding(self) -> str:
        asked, change = self.found.movement, self.values["end"] - self.values["start"]
        period = period_label(asked.period)
        words = {"period": period, "amount": compact(abs(change)), "since": day(_shown_day(asked.since, starts=True))}
        if self.found.is_empty:
            return _("No open deals in %(period)s since %(since)s") % words
        moved = {cause: self.values[cause] * change for cause in self.found.causes}
        if not change:
            return _("The %(period)s pipeline is worth the same as on %(since)s") % words
        words["mostly"] = _mostly(max(moved, key=lambda cause: moved[cause]))
        text = (
            _("The %(period)s pipeline grew by %(amount)s since %(since)s, %(mostly)s")
            if change > 0
            else _("The %(period)s pipeline fell by %(amount)s since %(since)s, %(mostly)s")
        )
        return text % words

    @property
    def drawing(self) -> Falls:
        return falls([Part(row.cause, row.value, row.label, row.url) for row in self.rows], self.width)

    @property
    def end_labels(self) -> dict[str, str]:
        asked = self.found.movement
        return {
            "start": _("Open %(day)s") % {"day": day(_shown_day(asked.since, starts=True))},
            "end": _("Open %(day)s") % {"day": day(_shown_day(asked.until))},
        }

    @property
    def rows(self) -> list["Row"]:
        labels, notes = cause_labels() | self.end_labels, cause_notes()
        return [
            Row(name, labels[name], notes.get(name, ""), self.found.of(name).deals, value, self.url(name))
            for name, value in self.values.items()
        ]

    def url(self, cause: str) -> str:
        return f"{self.base}&{urlencode({'cause': cause})}#deals"


class Row(NamedTuple):
    cause: str
    label: str
    note: str
    deals: int
    value: Decimal
    url: str

    @property
    def is_end(self) -> bool:
        return self.cause in {"start", "end"}


def _shown_day(at: datetime, *, starts: bool = False) -> date:
    """Its day in the company's zone; what stood just before a day began stood as that day began."""
    return (at + (JUST_BEFORE if starts else timedelta())).astimezone(Workspace.current().zone).date()


# ── The deals behind a cause ───────────────────────────────────────────────────────────────────────


class Behind(NamedTuple):
    """A deal's row; `deal` is None where the reader may not see it any more."""

    entry: Entry
    deal: Deal | None
    label: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Behinds:
    label: str
    rows: list[Behind]
    count: int
    total: Decimal
    next_url: str


def behind(figure: Figure, cause: str, offset: int, address: str) -> Behinds | None:
    """One page of the ledger: of one cause by size, of all in the order in which they happened."""
    asked, labels = figure.found.movement, cause_labels() | figure.end_labels
    if cause not in (*labels, "all"):
        return None
    causes = CAUSES if cause == "all" else (cause,)
    entries = ledger(asked, causes, **({} if cause == "all" else {"order": BY_SIZE}), limit=SIZE + 1, offset=offset)
    more = f"{address}&{urlencode({'cause': cause, 'after': offset + SIZE})}#deals" if len(entries) > SIZE else ""
    entries = entries[:SIZE]
    seen = Deal.objects.visible_to(asked.reach).select_related("company", "owner")
    deals = seen.in_bulk([entry.deal_id for entry in entries])
    sums = [figure.found.of(each) for each in causes]
    return Behinds(
        label=_("All changes, in their order") if cause == "all" else labels[cause],
        rows=[
            Behind(entry, deals.get(entry.deal_id), labels[entry.cause], figure.display.show(entry.value))
            for entry in entries
        ],
        count=sum(each.deals for each in sums),
        total=sum((figure.values.get(each, Decimal(0)) for each in causes), Decimal(0)),
        next_url=more,
    )


# ── The whole ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Screen:
    figure: Figure
    behind: Behinds | None
    slipped: Sequence[Slippage]
    names: dict[int, str]
    calendar: Calendar
    people: Any
    tree: Tree
    span: Span
    is_unconverted: bool  # no rate for the currency that was asked for

    @property
    def currency(self) -> str:
        return self.figure.display.currency

    @property
    def today(self) -> date:
        return Workspace.current().today

    @property
    def pipelines(self) -> list[Pipeline]:
        return list(Pipeline.objects.all())

    @property
    def currencies(self) -> list[Currency]:
        return shown_currencies()

    @property
    def slippage(self) -> list[tuple[str, Slippage]]:
        nobody = _("Somebody else")
        return [(self.names.get(row.owner or 0, nobody) if row.owner else "", row) for row in self.slipped]

    @property
    def slip_finding(self) -> str:
        whole = self.slipped[0]
        words = {"n": whole.slipped, "due": whole.due, "pushes": whole.pushes}
        if not whole.due:
            return _("No deal was expected at the beginning")
        return _("%(n)d of %(due)d deals expected at the beginning are still open, after %(pushes)d pushes") % words


def movement_of(reach: Reach, asked: Asked, span: Span) -> Movement:
    return Movement(reach, asked.period, span.since, span.until, **asked.narrowed)


def figure_of(reach: Reach, asked: Asked, span: Span, base: str, *, width: int = 640) -> Figure:
    """The waterfall of what was asked."""
    try:
        display = display_in(asked.currency)
    except NotConvertible:
        display = display_in(None)
    return Figure(waterfall(movement_of(reach, asked, span)), display, base, width)


def screen_of_changes(reach: Reach, asked: Asked, span: Span, query: QueryDict) -> Screen:
    address = f"{asked.address}&{urlencode(span.params)}" if span.params else asked.address
    figure = figure_of(reach, asked, span, address, width=WIDTH)
    after = query.get("after", "")
    offset = int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0
    slipped = slippage(figure.found.movement)
    owners = [row.owner for row in slipped if row.owner]
    return Screen(
        figure=figure,
        behind=behind(figure, query.get("cause", ""), offset, address),
        slipped=slipped,
        names=dict(User.objects.filter(pk__in=owners).values_list("pk", "name")),
        calendar=Calendar(query, asked.period),
        people=people_in(reach),
        tree=Tree(reach, asked.period),
        span=span,
        is_unconverted=bool(asked.currency) and figure.display.currency != asked.currency,
    )
