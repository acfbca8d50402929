"""What is owed: invoices by how long they are due, in the workspace's currency at today's rates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from crm.access import Reach, teams_below
from crm.models import Workspace
from crm.money import Money
from pipeline.valuing import Valuing
from quotes.models import Invoice, InvoiceQuerySet

AGES = [0, 30, 60, 90]  # days overdue: up to and with


@dataclass(slots=True)
class Age:
    """Invoices whose due day is in `[first, last]`; None: no bound."""

    key: str
    label: str
    first: date | None
    last: date | None
    invoices: int = 0
    owed: Decimal = Decimal(0)
    missing: int = 0

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def add(self, owed: Decimal | None) -> None:
        self.invoices += 1
        self.owed += owed or 0
        self.missing += owed is None


@dataclass(frozen=True, slots=True)
class Ageing:
    currency: str
    ages: list[Age]
    overdue: Age
    total: Age


def ageing(reach: Reach, *, owner: int | None = None, team: int | None = None) -> Ageing:
    today, valuing = Workspace.current().today, Valuing.today()
    ages, total = list(_ages(today)), Age("all", _("All"), None, None)
    overdue = Age("overdue", _("Overdue"), None, today - timedelta(days=1))
    for due_on, currency, owed in unpaid(reach, owner=owner, team=team).values_list("due_on", "currency_id", "owed"):
        worth = valuing.convert(Money(owed, currency))
        for age in (*ages, overdue, total):
            if age is total or due_on in age:
                age.add(worth)
    return Ageing(valuing.currency, ages, overdue, total)


def unpaid(reach: Reach, *, owner: int | None = None, team: int | None = None) -> InvoiceQuerySet:
    """Issued and not settled, the longest due first; `team` is that one and those below it."""
    found = Invoice.objects.visible_to(reach).owing().order_by("due_on", "pk")
    found = found.filter(deal__team__in=teams_below(team)) if team else found
    return found.filter(deal__owner=owner) if owner else found


def _ages(today: date) -> Iterator[Age]:
    """Not due yet, 1–30 days overdue, 31–60, 61–90, longer."""
    yield Age("not-due", _("Not due yet"), today, None)
    for above, most in pairwise(AGES):
        label = _("%(first)d–%(last)d days overdue") % {"first": above + 1, "last": most}
        yield Age(f"{above + 1}-{most}", label, today - timedelta(days=most), today - timedelta(days=above + 1))
    last = AGES[-1]
    label = _("More than %(days)d days overdue") % {"days": last}
    yield Age(f"over-{last}", label, None, today - timedelta(days=last + 1))
