"""A target shared out among the people below: proposed, looked at, and then set as their quotas."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.calendar import fiscal_calendar
from crm.errors import Refused
from crm.forms import AmountField, Form, as_typed
from crm.models import User, Workspace
from crm.money import apportion
from forecasting.actions import set_quotas
from forecasting.forms import Asked
from forecasting.models import QuotaBatch
from forecasting.scope import Scope, scope_of
from forecasting.setting import Entry
from forecasting.table import forecast_table
from forecasting.weighting import Row


@dataclass(frozen=True, slots=True)
class Proposal:
    """One person's line: what they owe now, what they won in the period before, what is proposed."""

    row: Row
    before: Decimal
    amount: Decimal

    @property
    def field(self) -> str:
        return f"amount-{self.row.id}"


def ways() -> dict[str, str]:
    """By what the target is shared out."""
    return {
        "won": _("By what each won in the period before"),
        "quota": _("By the quotas as they are"),
        "even": _("Evenly"),
    }


class SharesForm(Form):
    """A line for each person. Empty leaves a quota as it is."""

    note = forms.CharField(max_length=2000, required=False)

    def __init__(self, proposals: list[Proposal], data: Any = None) -> None:
        super().__init__(data, initial={each.field: as_typed(each.amount) for each in proposals})
        self.proposals = proposals
        for each in proposals:
            self.fields[each.field] = AmountField(
                label=each.row.name,
                required=False,
                error_messages={"min_value": _("A quota cannot be negative.")},
            )

    @property
    def lines(self) -> list[tuple[Proposal, Any]]:
        return [(each, self[each.field]) for each in self.proposals]

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.amounts:
            raise forms.ValidationError(_("No amount is given: nothing to set."))
        return self.cleaned_data

    @property
    def amounts(self) -> dict[int, Decimal]:
        typed = {each.row.id: self.cleaned_data.get(each.field) for each in self.proposals}
        return {pk: amount for pk, amount in typed.items() if amount is not None}


@dataclass(frozen=True, slots=True)
class Shares:
    scope: Scope
    target: Decimal
    how: str
    form: SharesForm


def shares_of(reach: Reach, asked: Asked, query: QueryDict, sent: Any = None) -> Shares:
    """Raises Http404 where the period takes no quota, or nobody is below."""
    scope = scope_of(reach, asked)
    rows = {row.id: row for row in scope.table.rows if row.kind == "person" and row.may_set_quota}
    if asked.period.kind not in {"month", "quarter"} or not rows:
        raise Http404
    how = query.get("how", "")
    how = how if how in ways() else "won"
    target = _target(query, scope)
    proposals = _proposals(list(rows.values()), target, how, _won_before(reach, asked))
    return Shares(scope, target, how, SharesForm(proposals, sent))


def _target(query: QueryDict, scope: Scope) -> Decimal:
    try:
        asked = AmountField().clean(query.get("target"))
        return max(Decimal(0), Decimal(asked))
    except forms.ValidationError:
        return scope.row.quota or Decimal(0)


def _won_before(reach: Reach, asked: Asked) -> dict[int, Decimal]:
    """By person, in the period of the same length before."""
    found: dict[int, Decimal] = {}
    for row in forecast_table(reach, fiscal_calendar().beside(asked.period, -1), **asked.narrowed).rows:
        if row.kind == "person":
            found[row.id] = found.get(row.id, Decimal(0)) + row.figures.won
    return found


def _proposals(rows: list[Row], target: Decimal, how: str, won: Mapping[int, Decimal]) -> list[Proposal]:
    weights = {
        "won": [won.get(row.id, Decimal(0)) for row in rows],
        "quota": [row.quota or Decimal(0) for row in rows],
    }.get(how, [])
    if not any(weights):
        weights = [Decimal(1)] * len(rows)
    amounts = apportion(target, weights, Workspace.current().currency.digits)
    return [Proposal(row, won.get(row.id, Decimal(0)), amount) for row, amount in zip(rows, amounts, strict=True)]


def set_planned_quotas(shares: Shares, *, by: User) -> QuotaBatch | None:
    """Set what the form says, all or nothing, taken back as one. Raises Refused, each sentence beside its person."""
    typed = shares.form.amounts
    people = User.objects.in_bulk(typed)
    period, currency, note = shares.scope.asked.period, shares.scope.table.currency, shares.form.cleaned_data["note"]
    entries = [Entry(people[pk], period, amount, currency, note=note) for pk, amount in typed.items()]
    try:
        return set_quotas(entries, kind=QuotaBatch.Kind.PLAN, by=by)
    except Refused as refused:
        raise Refused(**dict(_beside(list(typed), refused))) from None


def _beside(people: list[int], refused: Refused) -> Iterable[tuple[str, list[str]]]:
    """What was said of an entry, by the field of its person."""
    for name, texts in refused.errors.items():
        number, _dot, _field = name.partition(".")
        yield (f"amount-{people[int(number)]}" if number.isdigit() else "", texts)
