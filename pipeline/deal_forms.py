"""What may be typed to clone or merge a deal, and to add files to it."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from crm.forms import Form
from crm.models import custom_fields
from pipeline.actions import MERGEABLE
from pipeline.forms import DealForm
from pipeline.models import Deal, Outcome, Stage
from pipeline.sniffing import KINDS

PARTS = [
    ("lines", _("Product lines")),
    ("contacts", _("Contacts and their roles")),
    ("custom_fields", _("Custom fields")),
    ("next_step", _("Next step")),
]


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
