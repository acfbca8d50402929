"""What may be typed about a custom field itself. Verbs save."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from crm.custom.actions import WITH_CHOICES
from crm.forms import Form, LongText
from crm.models import CustomField, CustomKind, CustomNoun


class CustomFieldForm(Form):
    """`new_choices` has one choice a line; those that are there each have their name and whether they are in use."""

    label = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=CustomKind.choices)
    help_text = forms.CharField(
        label=_("Help"), max_length=200, required=False, help_text=_("Stands under the field where it is filled in.")
    )
    new_choices = LongText(label=_("Choices"), required=False, rows=4, help_text=_("One a line."))
    is_required = forms.BooleanField(label=_("Required"), required=False)
    in_list = forms.BooleanField(label=_("A column of the list"), required=False, initial=True)
    on_card = forms.BooleanField(label=_("On the board’s cards"), required=False)

    def __init__(self, data: Any = None, *, noun: str, field: CustomField | None = None, **kwargs: Any) -> None:
        super().__init__(data, initial=initial_of_field(field) if field else {}, **kwargs)
        self.choices = field.choices if field else []
        for choice in self.choices:
            label = _now("Name of “%(choice)s”") % {"choice": choice["label"]}
            attrs = {"class": "input", "aria-label": label}
            text = forms.CharField(max_length=80, widget=forms.TextInput(attrs=attrs), initial=choice["label"])
            in_use = forms.BooleanField(label=_("In use"), required=False, initial=not choice["retired"])
            self.fields |= {f"label-{choice['key']}": text, f"use-{choice['key']}": in_use}
        if self.choices:
            self.fields["new_choices"].label = _("More choices")
        if noun != CustomNoun.DEAL:
            del self.fields["on_card"]

    def choice_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"label-{choice['key']}"], self[f"use-{choice['key']}"]) for choice in self.choices]

    def facts(self) -> dict[str, Any]:
        """As both verbs take them."""
        names = ("label", "kind", "help_text", "is_required", "in_list", "on_card")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}

    def new_labels(self) -> list[str]:
        return str(self.cleaned_data["new_choices"]).split("\n") if self.cleaned_data["kind"] in WITH_CHOICES else []

    def revised(self) -> dict[str, Any]:
        """As revise_custom_field takes them."""
        said, keys = self.cleaned_data, [choice["key"] for choice in self.choices]
        return self.facts() | {
            "labels": {key: said[f"label-{key}"] for key in keys},
            "retired": [key for key in keys if not said[f"use-{key}"]],
            "new_choices": self.new_labels(),
        }

    def refuse(self, refused: Any) -> None:
        refused.errors = {{"choices": "new_choices"}.get(name, name): texts for name, texts in refused.errors.items()}
        super().refuse(refused)


class NewCustomFieldForm(CustomFieldForm):
    key = forms.CharField(
        label=_("Key"),
        max_length=40,
        required=False,
        help_text=_("Its name for the API and imports, for ever. Empty: from the name."),
    )
    field_order = ("label", "kind", "key", "help_text", "new_choices", "is_required", "in_list", "on_card")

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"key": self.cleaned_data["key"], "choices": self.new_labels()}


def initial_of_field(field: CustomField) -> dict[str, Any]:
    names = ("label", "kind", "help_text", "is_required", "in_list", "on_card")
    return {name: getattr(field, name) for name in names}
