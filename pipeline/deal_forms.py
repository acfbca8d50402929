"""What may be typed about what hangs on a deal, and to clone or merge it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from crm.forms import Form, initial_of
from crm.models import custom_fields
from pipeline.actions import MERGEABLE, Line
from pipeline.forms import DealForm, amount_field, day_field
from pipeline.models import ActivityKind, Deal, DealLine, DealRole, Outcome, Product, Stage
from pipeline.sniffing import KINDS

PARTS = [
    ("lines", _("Product lines")),
    ("contacts", _("Contacts and their roles")),
    ("custom_fields", _("Custom fields")),
    ("next_step", _("Next step")),
]


# ── What hangs on a deal ───────────────────────────────────────────────────────────────────────────


class LineForm(Form):
    product = forms.ModelChoiceField(Product.objects.none(), label=_("Product"))
    quantity = amount_field(label=_("Quantity"), initial=1, max_digits=14)
    unit_price = amount_field(
        label=_("Unit price"),
        required=False,
        help_text=_("Empty: as in the catalogue."),
    )
    discount = amount_field(label=_("Discount in percent"), required=False, max_digits=5, decimal_places=2)

    def __init__(self, *args: Any, line: DealLine | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=initial_of(line, LineForm) if line else None, **kwargs)
        here = Q(is_active=True) | Q(pk=line.product_id if line else None)
        self.fields["product"].queryset = Product.objects.filter(here)  # type: ignore[attr-defined]

    def line(self) -> Line:
        said = self.cleaned_data
        return Line(said["product"], said["quantity"], said["unit_price"], said["discount"] or Decimal(0))


class PersonForm(Form):
    """Somebody who is known already, or a name to add."""

    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=_("Contact"), required=False, empty_label=_("Somebody new")
    )
    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("No role")), *DealRole.choices], required=False)

    def __init__(self, *args: Any, people: QuerySet[Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = people  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.cleaned_data["contact"] and not self.cleaned_data["name"]:
            self.add_error("name", _("Choose somebody, or say their name."))
        return self.cleaned_data


class ActivityForm(Form):
    """Something done, or with a day something to do. The first line is its subject."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ActivityKind.choices, required=False, initial=ActivityKind.NOTE)
    text = forms.CharField(
        label=_("What happened"), widget=forms.Textarea, error_messages={"required": _("Say what happened.")}
    )
    due_on = day_field(_("Do it on"))
    due_time = forms.TimeField(label=_("At"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("kind") == ActivityKind.TASK and not self.cleaned_data.get("due_on"):
            self.add_error("due_on", _("Say when it is to be done."))
        return self.cleaned_data

    def facts(self) -> dict[str, Any]:
        """As the verbs take them."""
        subject, _rest, body = self.cleaned_data["text"].strip().partition("\n")
        return {"subject": subject, "body": body.strip(), "kind": self.cleaned_data["kind"] or ActivityKind.NOTE}


class WordsForm(Form):
    """What was noted, in other words."""

    text = forms.CharField(
        label=_("What happened"), widget=forms.Textarea, error_messages={"required": _("Say what happened.")}
    )

    def facts(self) -> dict[str, Any]:
        subject, _rest, body = self.cleaned_data["text"].strip().partition("\n")
        return {"subject": subject, "body": body.strip()}


# ── The whole deal ─────────────────────────────────────────────────────────────────────────────────


class CloneForm(Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    stage = forms.ModelChoiceField(Stage.objects.none(), label=_("Stage"), empty_label=None)
    parts = forms.MultipleChoiceField(
        label=_("Take along"), choices=PARTS, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, deal: Deal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].queryset = deal.pipeline.stages.filter(kind=Outcome.OPEN)  # type: ignore[attr-defined]


class MergeForm(DealForm):
    """Which deal is merged into this one, and for each fact where they differ, whose value stays."""

    other = forms.ModelChoiceField(Deal.objects.none(), widget=forms.HiddenInput)
    other_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    take = forms.MultipleChoiceField(required=False)

    def __init__(self, data: Any = None, *, others: QuerySet[Deal], **kwargs: Any) -> None:
        if data is not None:  # one pair of radio buttons for each fact: name="take-amount", value="amount" or empty
            data = data.copy()
            data.setlist("take", [value for name in data if name.startswith("take-") and (value := data[name])])
        super().__init__(data, **kwargs)
        names = [*MERGEABLE, *(field.name for field in custom_fields("deal"))]
        self.fields["take"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self.fields["other"].queryset = others  # type: ignore[attr-defined]


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(FilesField, self).clean(file, initial) for file in data or [None]]


class FilesForm(Form):
    """One or more files; the verb looks at each."""

    file = FilesField(
        label=_("Files"),
        widget=SeveralFiles(attrs={"multiple": True, "accept": ",".join(f".{ending}" for ending in KINDS)}),
        error_messages={"required": _("Choose a file.")},
    )
