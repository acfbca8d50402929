"""What may be typed about companies, contacts and sources. Verbs save."""

from collections.abc import Mapping
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from contacts.places import countries
from crm.changes import as_seen
from crm.forms import Form, LongText
from crm.models import User


def _countries() -> list[tuple[str, Any]]:
    return [("", "–"), *countries().items()]


class OwnerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody the user may give records to."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=User.objects.none(), label=_("Owner"), empty_label=None, **kwargs)


class RecordForm(Form):
    """`owners` are the people to whom the user may give records."""

    owners: Any
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, owners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners = self.fields["owner"].queryset = owners  # type: ignore[attr-defined]

    @classmethod
    def names(cls) -> list[str]:
        return [name for name in cls.base_fields if name != "version"]

    @classmethod
    def of(cls, record: Company | Contact, data: Any, *, noun: str, owners: Any) -> Self:
        """The record as the person saw it, and what they typed."""
        version = (data or {}).get("version", "")
        seen = int(version) if version.isdigit() else None
        initial = as_seen(record, noun, seen, cls.names()) | {"version": record.version}
        return cls(data, initial=initial, owners=owners)

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def revised(self) -> dict[str, Any]:
        """Only what was typed anew, so that somebody else's change to another field stands."""
        return {name: value for name, value in self.facts().items() if name in self.changed_data}

    def rebased(self, record: Company | Contact) -> Self:
        """What was typed, over the record as it is now: sent again, it replaces what somebody else changed."""
        now = as_seen(record, "", None, self.names())
        typed = {name: self.data.get(name, "") for name in self.changed_data if name != "version"}
        return type(self)(now | typed | {"version": str(record.version)}, initial=now, owners=self.owners)


class CompanyForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    owner = OwnerField()
    sector = forms.CharField(
        label=_("Sector"), max_length=80, required=False, widget=forms.TextInput(attrs={"list": "sectors"})
    )
    country = forms.ChoiceField(label=_("Country"), choices=_countries, required=False)
    employees = forms.IntegerField(label=_("Employees"), min_value=0, max_value=2_147_483_647, required=False)
    website = forms.CharField(
        label=_("Website"), max_length=200, required=False, widget=forms.TextInput(attrs={"inputmode": "url"})
    )
    phone = forms.CharField(
        label=_("Phone"), max_length=60, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    external_id = forms.CharField(
        label=_("External id"), max_length=120, required=False, help_text=_("Its number in another system.")
    )
    note = LongText(label=_("Note"), required=False)


class ContactForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    owner = OwnerField()
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=60, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    external_id = forms.CharField(
        label=_("External id"), max_length=120, required=False, help_text=_("Their number in another system.")
    )
    note = LongText(label=_("Note"), required=False)


class NewContactForm(ContactForm):
    """Also where they work."""

    company = forms.ModelChoiceField(
        label=_("Company"), queryset=Company.objects.none(), required=False, widget=forms.HiddenInput
    )
    title = forms.CharField(label=_("Job title"), max_length=120, required=False)

    field_order = ("name", "title", "email", "phone", "owner", "external_id", "note")

    def __init__(self, *args: Any, companies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = companies  # type: ignore[attr-defined]


class PositionForm(Form):
    title = forms.CharField(label=_("Job title"), max_length=120, required=False)


class LinkForm(PositionForm):
    """Who works where: `choices` are the records from which the other end is chosen."""

    end = forms.ModelChoiceField(queryset=Company.objects.none(), error_messages={"required": _("Choose one.")})

    def __init__(self, *args: Any, choices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["end"].queryset = choices  # type: ignore[attr-defined]


class FilterForm(Form):
    """What a list is narrowed to, as its address says."""

    q = forms.CharField(required=False)
    sector = forms.CharField(required=False)
    country = forms.CharField(required=False)
    owner = forms.IntegerField(required=False)

    def chosen(self) -> Mapping[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class SourceForm(Form):
    name = forms.CharField(label=_("Name"), max_length=120)


class SourceUseForm(Form):
    is_active = forms.BooleanField(required=False)
