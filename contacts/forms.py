"""What may be typed about companies, contacts and sources. Verbs save."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from contacts.places import countries
from crm.changes import as_seen
from crm.custom.forms import as_typed, custom_form_fields, typed_again
from crm.forms import Form, LongText
from crm.models import User, custom_fields
from crm.request import whole_number


def _countries() -> list[tuple[str, Any]]:
    return [("", "–"), *countries().items()]


class OwnerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody the user may give records to."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=User.objects.none(), label=_("Owner"), empty_label=None, **kwargs)


class RecordForm(Form):
    """`owners` are the people to whom the user may give records."""

    noun: ClassVar[str]
    owners: Any
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, owners: Any, custom: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """`custom` are the values that the record has of the fields that the company added."""
        super().__init__(*args, **kwargs)
        self.owners = self.fields["owner"].queryset = owners  # type: ignore[attr-defined]
        self.fields |= custom_form_fields(custom_fields(self.noun), custom)

    @classmethod
    def names(cls) -> list[str]:
        own = [name for name in cls.base_fields if name != "version"]
        return own + [field.name for field in custom_fields(cls.noun)]

    @classmethod
    def of(cls, record: Company | Contact, data: Any, *, owners: Any) -> Self:
        """The record as the person saw it, and what they typed."""
        seen = whole_number((data or {}).get("version", ""))
        initial = as_seen(record, cls.noun, seen, cls.names()) | {"version": record.version}
        return cls(data, initial=initial, owners=owners, custom=record.custom)

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def revised(self) -> dict[str, Any]:
        """Only what was typed anew, so that somebody else's change to another field stands."""
        return {name: value for name, value in self.facts().items() if name in self.changed_data}

    def rebased(self, record: Company | Contact) -> Self:
        """What was typed, over the record as it is now: sent again, it replaces what somebody else changed."""
        now = as_seen(record, "", None, self.names())
        data = {"version": str(record.version)}
        for name in self.names():
            is_typed = name in self.changed_data
            data |= typed_again(self[name]) if is_typed else as_typed(self.fields[name], name, now[name])
        return type(self)(data, initial=now, owners=self.owners, custom=record.custom)


class CompanyForm(RecordForm):
    noun = "company"

    name = forms.CharField(label=_("Name"), max_length=200)
    owner = OwnerField()
    sector = forms.CharField(
        label=_("Sector"), max_length=80, required=False, widget=forms.TextInput(attrs={"list": "sectors"})
    )
    street = forms.CharField(label=_("Street and number"), max_length=160, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    country = forms.ChoiceField(label=_("Country"), choices=_countries, required=False)
    tax_id = forms.CharField(
        label=_("Tax id"), max_length=40, required=False, help_text=_("Printed on invoices, such as DE123456789.")
    )
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
    noun = "contact"

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
