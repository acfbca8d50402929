"""What became of a year's quotas between two instants: those that were set, revised or removed, and by how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.access import Reach
from crm.calendar import fiscal_calendar
from crm.models import Team, User
from crm.periods import Period
from forecasting.models import QuotaChange
from forecasting.setting import KEY, Key, key_of
from forecasting.tree import Tree
from forecasting.types import ForecastType


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` and `after`: the newest revision at either instant; None, or without an amount: no quota then."""

    subject: User | Team
    period: Period
    before: QuotaChange | None
    after: QuotaChange
    revisions: int

    @property
    def amount(self) -> Decimal | None:
        """Signed; None where the currency is another one."""
        was, now = self.before.amount if self.before else None, self.after.amount
        if self.before and None not in (was, now) and self.before.currency_id != self.currency:
            return None
        return (now or Decimal(0)) - (was or Decimal(0))

    @property
    def currency(self) -> str:
        return self.after.currency_id

    @property
    def was_set(self) -> bool:
        return self.before is not None and self.before.amount is not None


@dataclass(frozen=True, slots=True)
class Comparison:
    first: datetime
    last: datetime
    differences: Sequence[Difference]


def compared(reach: Reach, year: Period, type: ForecastType, first: datetime, last: datetime) -> Comparison:
    """Of everybody whose quotas may be read, from one instant to a later one. What cancelled out is not told."""
    tree = Tree(reach, year)
    changes = QuotaChange.objects.filter(
        starts_on__gte=year.start, ends_on__lte=year.end, unit=type.unit, family=type.family, recorded_at__lte=last
    )
    newest = changes.order_by(*KEY, "-recorded_at", "-id").distinct(*KEY)
    before = {key_of(change): change for change in newest.filter(recorded_at__lte=first)}
    revised: dict[Key, int] = {}
    for change in changes.filter(recorded_at__gt=first).only("id", *KEY):
        revised[key_of(change)] = revised.get(key_of(change), 0) + 1
    found = [
        Difference(
            change.owner or change.team,  # type: ignore[arg-type]
            fiscal_calendar().at(change.starts_on, change.ends_on),
            before.get(key_of(change)),
            change,
            revised[key_of(change)],
        )
        for change in newest.select_related("owner", "team", "by").order_by(*KEY, "-recorded_at", "-id")
        if key_of(change) in revised and _may_read(tree, change)
    ]
    found = [each for each in found if _differs(each)]
    found.sort(key=lambda each: (isinstance(each.subject, User), each.subject.name, each.period))
    return Comparison(first, last, found)


def _may_read(tree: Tree, change: QuotaChange) -> bool:
    if change.team_id is not None:
        return change.team_id in tree.readable
    return tree.reads_quota_of(change.owner_id or 0)


def _differs(each: Difference) -> bool:
    if each.before is None:
        return each.after.amount is not None
    was, now = each.before, each.after
    return (was.amount, was.currency_id) != (now.amount, now.currency_id)
