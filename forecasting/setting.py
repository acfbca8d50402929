"""What setting quotas would do, and what speaks against it: asked by the verbs before they write, and by previews."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.access import Reach, reach_of
from crm.calendar import fiscal_calendar
from crm.models import Team, User, Workspace
from crm.periods import Period
from forecasting.authority import Authority
from forecasting.models import Quota, QuotaChange
from forecasting.types import REVENUE, ForecastType
from pipeline.models import Product

TOO_MUCH = Decimal("1e15")
KEY = ("owner_id", "team_id", "starts_on", "ends_on", "unit", "family")
Key = tuple[int | None, int | None, date, date, str, str]


class Entry(NamedTuple):
    """What is to become of one quota: `amount` None removes it, `currency` empty stays as it was.

    `version` is the one that was seen (0: there was none), None whatever there is.
    """

    subject: User | Team
    period: Period
    amount: Decimal | None
    currency: str = ""
    type: ForecastType = REVENUE
    note: str = ""
    version: int | None = None
    rank: int | None = -1  # whose word it is again, where something is taken back; -1: of whoever sets it

    @property
    def whose(self) -> dict[str, Any]:
        return {"owner": self.subject} if isinstance(self.subject, User) else {"team": self.subject}

    @property
    def key(self) -> Key:
        owner, team = (self.subject.pk, None) if isinstance(self.subject, User) else (None, self.subject.pk)
        return owner, team, self.period.start, self.period.end, *self.type


@dataclass(slots=True)
class Step:
    """One entry, held against the quota there is (None: none is set)."""

    entry: Entry
    quota: Quota | None
    currency: str  # empty: a number of deals
    is_conflict: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        if self.quota is None:
            return self.entry.amount is not None
        return (self.quota.amount, self.quota.currency_id or "") != (self.entry.amount, self.currency)

    @property
    def version(self) -> int:
        return self.quota.version if self.quota else 0

    @property
    def is_refused(self) -> bool:
        return bool(self.errors or self.is_conflict)


def key_of(row: Quota | QuotaChange) -> Key:
    return row.owner_id, row.team_id, row.starts_on, row.ends_on, row.unit, row.family


def examine(entries: Sequence[Entry], *, by: User, held: Iterable[Quota] | None = None) -> list[Step]:
    """Each entry and what it would change or be refused for. `held`: the quotas there are, if they were read."""
    if not entries:
        return []
    rules = _Rules(entries, by)
    quotas = {key_of(quota): quota for quota in (quotas_of(entries) if held is None else held) if quota.version}
    return [rules.step(entry, quotas.get(entry.key)) for entry in entries]


def quotas_of(entries: Sequence[Entry]) -> Any:
    """Those the entries are about, and perhaps some more."""
    return Quota.objects.filter(_about(entries))


def _about(entries: Sequence[Entry]) -> Q:
    keys = [entry.key for entry in entries]
    owners, teams, starts, _ends, units, families = (set(values) for values in zip(*keys, strict=True))
    who = Q(owner_id__in=owners - {None}) | Q(team_id__in=teams - {None})
    return who & Q(starts_on__in=starts, unit__in=units, family__in=families)


def held_from_above(reach: Reach, year: Period, type: ForecastType) -> dict[tuple[str, int, date, date], str]:
    """What somebody above set in a year, and who: (kind, id, start, end) of each quota → name."""
    rank = Authority(reach).rank if reach.is_manager and reach.may_write else 0
    if rank == 0:
        return {}
    within = QuotaChange.objects.filter(starts_on__gte=year.start, ends_on__lte=year.end)
    of_type = within.filter(unit=type.unit, family=type.family)
    newest = of_type.order_by(*KEY, "-id").distinct(*KEY).values_list(*KEY[:4], "rank", "by__name")
    return {
        ("person" if owner else "team", owner or team or 0, start, end): name
        for owner, team, start, end, set_at, name in newest
        if set_at is not None and set_at < rank
    }


class _Rules:
    """What is the same for all entries, read once."""

    def __init__(self, entries: Sequence[Entry], by: User) -> None:
        self.authority = Authority(reach_of(by))
        self.rank = self.authority.rank
        self.currency = Workspace.current().currency_id
        self.calendar = fiscal_calendar()
        families = {entry.type.family for entry in entries} - {""}
        products = Product.objects.filter(family__in=families) if families else Product.objects.none()
        self.families = set(products.values_list("family", flat=True))
        changes = QuotaChange.objects.filter(_about(entries)).order_by(*KEY, "-id").distinct(*KEY)
        self.last = {row[:6]: row[6:] for row in changes.values_list(*KEY, "rank", "by__name")}

    def step(self, entry: Entry, quota: Quota | None) -> Step:
        usual = (quota and quota.currency_id) or self.currency
        step = Step(entry, quota, "" if entry.type.is_count else entry.currency or usual)
        step.errors = self._refusal(entry)
        if not step.errors:
            step.is_conflict = entry.version is not None and entry.version != step.version
            if step.changes and not step.is_conflict:
                step.errors = self._from_below(entry)
        return step

    def _refusal(self, entry: Entry) -> dict[str, str]:
        period, amount, kind = entry.period, entry.amount, entry.type
        if not self.authority.covers(entry.subject):
            return {"owner": _("Quotas are set by a superior, never by oneself.")}
        if period.kind not in {"month", "quarter"} or self.calendar.at(period.start, period.end).kind == "range":
            return {"period": _("A quota is for a month or a quarter of the fiscal calendar.")}
        if amount is None:
            return {}
        if not 0 <= amount < TOO_MUCH:
            return {"amount": _("A quota cannot be negative.") if amount < 0 else _("This is too much.")}
        if kind.is_count and amount % 1:
            return {"amount": _("A number of deals is whole.")}
        if kind.is_count and entry.currency:
            return {"currency": _("A number of deals has no currency.")}
        if kind.family and kind.family not in self.families:
            return {"type": _("No product is of the family “%(family)s”.") % {"family": kind.family}}
        return {}

    def _from_below(self, entry: Entry) -> dict[str, str]:
        rank, name = self.last.get(entry.key, (None, ""))
        if rank is None or rank >= self.rank:
            return {}
        return {"amount": _("%(name)s set this from above you: only they or their peers revise it.") % {"name": name}}
