"""The dialog that narrows the board and the list: everything one filters by, picked by name."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.models import Source
from crm.access import people_in
from crm.custom.forms import custom_filter_fields
from crm.forms import Form
from crm.models import custom_fields
from pipeline.filters import CUSTOM, NONE, DealFilter
from pipeline.forms import amount_field, day_field, teams_in
from pipeline.models import Outcome, Product, Screen, Stage

PICKED = ("owner", "team", "source", "product", "stage", "outcome")
RANGES = tuple((f"{name}_from", f"{name}_to") for name in ("amount", "expected", "opened", "closed"))
OF_THE_LIST = ("stage", "outcome", "closed_from", "closed_to")


def pick_field(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple)


def flag_field(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=forms.CheckboxInput(attrs={"value": "1"}))


class FilterForm(Form):
    """Bound, it says by field what is not understood; `query` is what an address narrows by then."""

    q = forms.CharField(label=_("Title or company"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    owner = pick_field(_("Owner"))
    team = pick_field(_("Team"))
    source = pick_field(_("Source"))
    product = pick_field(_("Product"))
    stage = pick_field(_("Stage"))
    outcome = pick_field(_("Outcome"))
    amount_from = amount_field(label=_("Amount from"), required=False)
    amount_to = amount_field(label=_("up to"), required=False)
    expected_from = day_field(_("Closes from"))
    expected_to = day_field(_("by"))
    opened_from = day_field(_("Added from"))
    opened_to = day_field(_("by"))
    closed_from = day_field(_("Closed from"))
    closed_to = day_field(_("by"))
    mine = flag_field(_("My deals"))
    stalled = flag_field(_("Stalled"))
    no_step = flag_field(_("No next step"))
    overdue = flag_field(_("Past its close date"))
    undated = flag_field(_("No close date"))

    def __init__(self, data: QueryDict | None = None, *, asked: DealFilter, screen: str) -> None:
        super().__init__(data, initial=_shown(asked.asked))
        self.asked = asked
        if screen == Screen.BOARD:
            for name in OF_THE_LIST:
                del self.fields[name]
        for name in self.fields.keys() & set(PICKED):
            self.fields[name].choices = list(self._choices(name))  # type: ignore[attr-defined]
        self.fields |= custom_filter_fields(custom_fields("deal"))

    def _choices(self, name: str) -> Iterable[tuple[str, Any]]:
        match name:
            case "owner":
                found: Any = people_in(self.asked.reach)
            case "team":
                found = teams_in(self.asked.reach)
            case "source":
                found = Source.objects.filter(is_active=True)
            case "product":
                found = Product.objects.filter(is_active=True).order_by("name")
            case "stage":
                stages = Stage.objects.filter(pipeline__is_active=True).select_related("pipeline")
                ordered = stages.order_by("pipeline__position", "pipeline", "position")
                return [(str(stage.pk), f"{stage.pipeline} · {stage}") for stage in ordered]
            case _:
                return Outcome.choices
        none = [] if name == "owner" else [(NONE, gettext("None"))]
        return [*((str(pk), text) for pk, text in found.values_list("pk", "name")), *none]

    # ── As it is drawn ─────────────────────────────────────────────────────────────────────────────

    @property
    def pickers(self) -> list[forms.BoundField]:
        return [self[name] for name in PICKED if name in self.fields]

    @property
    def ranges(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[low], self[high]) for low, high in RANGES if low in self.fields]

    @property
    def flags(self) -> list[forms.BoundField]:
        return [self[name] for name, field in self.fields.items() if isinstance(field, forms.BooleanField)]

    @property
    def custom(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(CUSTOM)]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the address has beside these fields: other filters, and how the deals are shown."""
        sent = [*self.asked.asked.lists(), *self.asked.look.lists()]
        return [(name, value) for name, values in sent if name not in self.fields for value in values]

    @property
    def has_custom(self) -> bool:
        return any(field.value() for field in self.custom)

    # ── What it says ───────────────────────────────────────────────────────────────────────────────

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        for low, high in RANGES:
            first, last = said.get(low), said.get(high)
            if first is not None and last is not None and first > last:
                self.add_error(high, gettext("This is before the beginning."))
        return said

    def query(self) -> str:
        """The address of what was asked for, with everything that stands beside it."""
        address = QueryDict(mutable=True)
        for name in self.fields:
            address.setlist(name, _texts(self.cleaned_data.get(name)))
        for name, value in self.kept:
            address.appendlist(name, value)
        return DealFilter.of(address, self.asked.reach).query


def _texts(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["1"] if value else []
    if isinstance(value, Decimal):
        return [format(value.normalize(), "f")]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return [str(value)] if value not in (None, "") else []


def _shown(asked: QueryDict) -> dict[str, Any]:
    initial: dict[str, Any] = {name: values if name in PICKED else values[-1] for name, values in asked.lists()}
    for name in ("amount_from", "amount_to"):
        try:
            initial[name] = Decimal(initial[name])
        except (KeyError, InvalidOperation):
            continue
    return initial
