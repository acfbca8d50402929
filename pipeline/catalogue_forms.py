"""What may be typed about products, units, taxes and price books. Verbs save."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import Company
from contacts.places import countries
from crm.forms import Form, LongText, date_input, initial_of
from crm.models import Currency
from pipeline.catalogue import Item
from pipeline.exchange import MOST_BYTES, NAMES, Upload
from pipeline.models import LANGUAGES, PriceBook, Product, TaxClass, TaxKind, Unit
from pipeline.settings_forms import decimal_input
from pipeline.taxing import TaxRow

OTHERS = LANGUAGES[1:]  # a thing's own words are those of the first


def _price(label: Any, **kwargs: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, max_digits=18, decimal_places=3, localize=True, widget=decimal_input(), **kwargs
    )


def _countries() -> list[tuple[str, Any]]:
    return [("", _("Every country")), *countries().items()]


class ProductForm(Form):
    name = forms.CharField(label=_("Name"), max_length=160)
    code = forms.CharField(label=_("Code"), max_length=60, required=False)
    family = forms.CharField(
        label=_("Family"), max_length=80, required=False, widget=forms.TextInput(attrs={"list": "families"})
    )
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.all(), required=False, empty_label="–")
    unit_price = _price(_("Unit price"))
    currency = forms.ModelChoiceField(label=_("Currency"), queryset=Currency.objects.filter(is_active=True))
    tax_class = forms.ModelChoiceField(
        label=_("Tax class"), queryset=TaxClass.objects.filter(is_active=True), required=False,
        empty_label=_("The usual one"),
    )  # fmt: skip
    cost = _price(_("Cost"), required=False, help_text=_("What it costs us, for the margin. Never on a document."))
    renews_after = forms.IntegerField(
        label=_("Renews after months"), required=False, min_value=1, max_value=1200,
        help_text=_("Empty: it is sold once."),
    )  # fmt: skip
    external_id = forms.CharField(
        label=_("External id"), max_length=120, required=False, help_text=_("Its number in another system.")
    )
    description = LongText(label=_("Description"), required=False, max_length=5000)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, name in OTHERS:
            self.fields[f"name_{language}"] = forms.CharField(
                label=_("Name, %(language)s") % {"language": name}, max_length=160, required=False,
                widget=forms.TextInput(attrs={"class": "input", "lang": language}),
            )  # fmt: skip
            self.fields[f"description_{language}"] = LongText(
                label=_("Description, %(language)s") % {"language": name}, required=False, max_length=5000, rows=2
            )
            self.fields[f"description_{language}"].widget.attrs |= {"class": "textarea", "lang": language}

    @classmethod
    def of(cls, product: Product, data: Any = None) -> "ProductForm":
        words = {
            f"{kind}_{language}": text
            for language, kinds in product.translations.items()
            for kind, text in kinds.items()
        }
        return cls(data, initial=initial_of(product, cls) | words)

    @property
    def own(self) -> list[forms.BoundField]:
        return [self[name] for name in self.base_fields]

    @property
    def translated(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.base_fields]

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        words = {
            language: {kind: given[f"{kind}_{language}"] for kind in ("name", "description")} for language, _n in OTHERS
        }
        return {name: given[name] for name in self.base_fields} | {"translations": words}


class ItemForm(Form):
    """A row of a bundle; one without a product is none."""

    product = forms.ModelChoiceField(
        label=_("Product"), queryset=Product.objects.filter(is_active=True, is_bundle=False), required=False,
        empty_label="–",
    )  # fmt: skip
    quantity = forms.DecimalField(
        label=_("Quantity"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"), required=False, localize=True,
        widget=decimal_input(),
    )  # fmt: skip
    is_optional = forms.BooleanField(label=_("Optional"), required=False)

    @staticmethod
    def items(rows: Any) -> Sequence[Item]:
        found = (row.cleaned_data for row in rows if row.cleaned_data.get("product"))
        return [Item(each["product"], each["quantity"] or Decimal(1), each["is_optional"]) for each in found]


class BundleForm(Form):
    sums_parts = forms.BooleanField(label=_("It costs what its parts cost"), required=False)


class UnitForm(Form):
    name = forms.CharField(label=_("Name"), max_length=40, help_text=_("As after a number: 3 days."))
    code = forms.CharField(
        label=_("UN/ECE code"), max_length=3, initial="C62", widget=forms.TextInput(attrs={"list": "unit-codes"}),
        help_text=_("Named so in machine-readable invoices."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, name in OTHERS:
            self.fields[f"name_{language}"] = forms.CharField(
                label=name, max_length=40, required=False,
                widget=forms.TextInput(attrs={"class": "input", "lang": language}),
            )  # fmt: skip

    @classmethod
    def of(cls, unit: Unit, data: Any = None) -> "UnitForm":
        words = {f"name_{language}": text for language, text in unit.names.items()}
        return cls(data, initial=initial_of(unit, cls) | words)

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = {language: given[f"name_{language}"] for language, _n in OTHERS}
        return {"name": given["name"], "code": given["code"], "names": names}


class TaxClassForm(Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=TaxKind.choices)
    reason = forms.CharField(
        label=_("Reason for no tax"), max_length=200, required=False, help_text=_("Printed on the document.")
    )
    is_default = forms.BooleanField(label=_("Taken when a product names none"), required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class TaxForm(Form):
    """A row of a class; one without a name and a rate is none."""

    name = forms.CharField(label=_("Name"), max_length=40, required=False)
    rate = forms.DecimalField(
        label=_("Rate, %"), max_digits=7, decimal_places=4, min_value=0, max_value=100, required=False, localize=True,
        widget=decimal_input(),
    )  # fmt: skip
    is_compound = forms.BooleanField(label=_("On top"), required=False)
    starts_on = forms.DateField(label=_("From"), required=False, widget=date_input())
    ends_on = forms.DateField(label=_("Until"), required=False, widget=date_input())

    def clean(self) -> None:
        given = self.cleaned_data
        if given.get("name") and given.get("rate") is None and "rate" not in self.errors:
            self.add_error("rate", _("A tax needs a rate."))
        if given.get("rate") is not None and not given.get("name"):
            self.add_error("name", _("A tax needs a name, such as VAT."))

    @staticmethod
    def taxes(rows: Any) -> Sequence[TaxRow]:
        return [TaxRow(**row.cleaned_data) for row in rows if row.cleaned_data.get("name")]


class PriceBookForm(Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    currency = forms.ModelChoiceField(label=_("Currency"), queryset=Currency.objects.filter(is_active=True))
    parent = forms.ModelChoiceField(
        label=_("Falls back on"), queryset=PriceBook.objects.all(), required=False, empty_label=_("No other book"),
        help_text=_("Asked for what this book has no price of."),
    )  # fmt: skip
    starts_on = forms.DateField(label=_("Valid from"), required=False, widget=date_input())
    ends_on = forms.DateField(label=_("Valid until"), required=False, widget=date_input())
    sector = forms.CharField(
        label=_("For the sector"), max_length=80, required=False,
        widget=forms.TextInput(attrs={"list": "sectors"}), help_text=_("Empty: every sector."),
    )  # fmt: skip
    country = forms.ChoiceField(label=_("For the country"), choices=_countries, required=False)
    includes_tax = forms.BooleanField(label=_("Prices include tax"), required=False)
    is_default = forms.BooleanField(label=_("The usual one of its currency"), required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @staticmethod
    def sectors() -> list[str]:
        named = Company.objects.exclude(sector="").order_by("sector")
        return list(named.values_list("sector", flat=True).distinct())


class CatalogueFileForm(Form):
    """A CSV file; once it was looked at, its text instead."""

    kind = forms.ChoiceField(label=_("What its rows are"), choices=lambda: list(NAMES.items()))
    file = forms.FileField(
        label=_("File"), required=False, widget=forms.FileInput(attrs={"class": "", "accept": ".csv,text/csv"})
    )
    decimal = forms.ChoiceField(label=_("Decimals"), choices=[(".", "1,234.50"), (",", "1.234,50")], required=False)
    text = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    name = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)

    def clean(self) -> None:
        """`text` and `name` are those of the file, if one was sent."""
        given = self.cleaned_data
        if file := given.get("file"):
            if file.size > MOST_BYTES:
                self.add_error("file", _("A page takes files of up to 1 MB: import larger ones by the command."))
                return
            try:
                given["text"], given["name"] = file.read().decode("utf-8-sig"), file.name
            except UnicodeDecodeError:
                self.add_error("file", _("The file is not UTF-8: save it as “CSV UTF-8”."))
        elif not given.get("text"):
            self.add_error("file", _("Choose a file."))

    @property
    def kind_name(self) -> str:
        return str(NAMES[self.cleaned_data["kind"]])

    def upload(self) -> Upload:
        given = self.cleaned_data
        return Upload(given["kind"], given["name"] or "rows.csv", given["text"], given["decimal"] or ".")


ItemRows = forms.formset_factory(ItemForm, extra=3, max_num=100, absolute_max=200)
TaxRows = forms.formset_factory(TaxForm, extra=2, max_num=20, absolute_max=40)
