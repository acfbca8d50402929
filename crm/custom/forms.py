"""Form fields for custom fields, called `custom.<key>`. What was typed goes through crm.custom.values like all else."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.formats import localize_input
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm.custom.kinds import KINDS, LONGEST, NO, NUMBER, YES
from crm.custom.queries import NONE
from crm.models import Currency, CustomField, CustomKind, User, Workspace


def custom_form_fields(
    fields: Iterable[CustomField], values: Mapping[str, Any] | None = None
) -> dict[str, forms.Field]:
    """By name. `values` are the record's own: a retired choice or a person who left stays choosable where it stands."""
    return {field.name: custom_form_field(field, (values or {}).get(field.key)) for field in fields}


def custom_form_field(field: CustomField, value: Any = None) -> forms.Field:
    usual: dict[str, Any] = {"label": field.label, "help_text": field.help_text, "required": field.is_required}
    made = _of_kind(field, value, usual)
    if not isinstance(made.widget, MoneyWidget | forms.CheckboxSelectMultiple):
        made.widget.attrs.setdefault("class", "select" if isinstance(made.widget, forms.Select) else "input")
    return made


def _of_kind(field: CustomField, value: Any, usual: dict[str, Any]) -> forms.Field:
    match field.kind:
        case CustomKind.NUMBER:
            return NumberField(**usual)
        case CustomKind.MONEY:
            return MoneyField(**usual)
        case CustomKind.DATE:
            return forms.DateField(widget=day_input(), **usual)
        case CustomKind.CHOICE:
            return forms.ChoiceField(choices=[("", "–"), *_choices(field, {value})], **usual)
        case CustomKind.CHOICES:
            widget = forms.CheckboxSelectMultiple()
            return forms.MultipleChoiceField(choices=_choices(field, set(value or ())), widget=widget, **usual)
        case CustomKind.PERSON:
            return PersonField(User.objects.filter(Q(is_active=True) | Q(pk=value or 0)), empty_label="–", **usual)
        case CustomKind.LINK:
            return LinkField(**usual)
        case CustomKind.YES_NO:
            return YesNoField(**usual)
    return forms.CharField(max_length=LONGEST, **usual)


def _choices(field: CustomField, there: set[Any]) -> list[tuple[str, str]]:
    return [(key, label) for key, label in field.labels.items() if key in field.offered or key in there]


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d")


def decimal_input() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "class": "input num", "autocomplete": "off"})


class NumberField(forms.DecimalField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=28, decimal_places=10, localize=True, widget=decimal_input(), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """From JSON, where it is a text."""
        return Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class MoneyWidget(forms.MultiWidget):
    def __init__(self, currencies: Any) -> None:
        select = forms.Select(attrs={"class": "select", "aria-label": _("Currency")}, choices=currencies)
        super().__init__([decimal_input(), select])

    def decompress(self, value: Any) -> list[Any]:
        if isinstance(value, Mapping):
            return [Decimal(value["amount"]), value["currency"]]
        return [None, Workspace.current().currency_id]

    def id_for_label(self, id_: str, index: str = "0") -> str:
        return f"{id_}_0" if id_ else id_

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        return format_html('<div class="row nowrap">{}</div>', super().render(*args, **kwargs))


class MoneyField(forms.MultiValueField):
    """An amount and its currency; the currency alone is nothing."""

    def __init__(self, *, required: bool, **kwargs: Any) -> None:
        codes = list(Currency.objects.filter(is_active=True).values_list("pk", "pk"))
        fields = (
            forms.DecimalField(max_digits=18, decimal_places=3, localize=True, required=required),
            forms.ChoiceField(choices=codes, required=False),
        )
        widget = MoneyWidget(codes)
        super().__init__(fields, require_all_fields=False, required=required, widget=widget, **kwargs)
        widget.widgets[0].is_localized = True

    def compress(self, values: list[Any]) -> Any:
        if not values or values[0] is None:
            return None
        return {"amount": values[0], "currency": values[1] or Workspace.current().currency_id}

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the amount is another one, or its currency."""
        amount, currency = self.widget.decompress(initial)
        return self.fields[0].has_changed(amount, data[0]) or (bool(data[0]) and data[1] != currency)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def clean(self, value: Any) -> Any:
        person = super().clean(value)
        return person and person.pk


class LinkField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"})
        super().__init__(max_length=LONGEST, widget=widget, **kwargs)


class YesNoField(forms.TypedChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        choices = [("", "–"), (YES, _("Yes")), (NO, _("No"))]
        super().__init__(choices=choices, coerce=lambda text: text == YES, empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: YES, False: NO}.get(value, value) if isinstance(value, bool) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


# ── Filled in once more ────────────────────────────────────────────────────────────────────────────


def typed_again(bound: forms.BoundField) -> dict[str, Any]:
    """What was sent for the field, to be sent again."""
    return _spread(bound.field.widget, bound.name, bound.data)


def as_typed(field: forms.Field, name: str, value: Any) -> dict[str, Any]:
    """The value as a browser would send it."""
    if isinstance(field.widget, forms.MultiWidget):
        return _spread(field.widget, name, [localize_input(part) for part in field.widget.decompress(value) or []])
    return {name: localize_input(field.prepare_value(value))}


def _spread(widget: forms.Widget, name: str, value: Any) -> dict[str, Any]:
    """A field of several inputs is sent as several texts."""
    if isinstance(widget, forms.MultiWidget):
        return {f"{name}_{number}": part for number, part in enumerate(value or [])}
    return {name: value}


# ── Filters ────────────────────────────────────────────────────────────────────────────────────────


def custom_filter_fields(fields: Iterable[CustomField]) -> dict[str, forms.Field]:
    """By parameter of an address: `cf_<key>`, or the two ends of a range."""
    made: dict[str, forms.Field] = {}
    for field in fields:
        if KINDS[field.kind].has_range:
            for end, label in (("from", _("%(field)s from")), ("before", _("%(field)s before"))):
                made[f"{field.parameter}_{end}"] = _bound(field, label % {"field": field.label})
        else:
            made[field.parameter] = _wanted(field)
    return made


def _bound(field: CustomField, label: str) -> forms.Field:
    if field.kind == CustomKind.DATE:
        return forms.DateField(label=label, required=False, widget=day_input())
    return forms.CharField(label=label, required=False, widget=decimal_input())


def _wanted(field: CustomField) -> forms.Field:
    usual: dict[str, Any] = {"label": field.label, "required": False}
    match field.kind:
        case CustomKind.CHOICE | CustomKind.CHOICES:
            known: list[tuple[str, Any]] = list(field.labels.items())
        case CustomKind.YES_NO:
            known = [(YES, _("Yes")), (NO, _("No"))]
        case CustomKind.PERSON:
            known = [(str(pk), name) for pk, name in User.objects.filter(is_active=True).values_list("pk", "name")]
        case _:
            return forms.CharField(max_length=200, widget=forms.TextInput(attrs={"class": "input"}), **usual)
    choices = [("", _("Any")), *known, (NONE, _("None"))]
    return forms.ChoiceField(choices=choices, widget=forms.Select(attrs={"class": "select"}), **usual)
