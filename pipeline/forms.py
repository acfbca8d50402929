"""What may be typed about deals and activities. Verbs save."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, Source
from crm.access import Reach, people_in
from crm.custom.forms import custom_form_fields
from crm.forms import Form, date_input
from crm.models import Currency, CustomField, Team, User, Workspace, custom_field, custom_fields
from crm.models.custom import PREFIX, flat
from crm.periods import BadPeriod, add_months
from crm.request import whole_number
from crm.templatetags.penstock import day
from pipeline.board import stages_in_use
from pipeline.columns import MONTHS, UNDATED, last_day_of, month_key
from pipeline.models import (
    Category,
    Deal,
    LossReason,
    Product,
    RequiredField,
    Sharing,
    Stage,
    WinReason,
)

ASK_AGAIN_AFTER = timedelta(days=181)


def amount_field(**options: Any) -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "input num", "autocomplete": "off"})
    usual: dict[str, Any] = {"label": _("Amount"), "localize": True, "max_digits": 18, "decimal_places": 3}
    return forms.DecimalField(**usual | {"widget": widget} | options)


def company_field(**options: Any) -> forms.CharField:
    """A company by name: one that is there, or a new one."""
    attrs = {
        "list": "companies",
        "autocomplete": "off",
        "hx-get": reverse_lazy("pipeline:company-names"),
        "hx-trigger": "input changed delay:150ms",
        "hx-target": "#companies",
        "hx-swap": "innerHTML",
    }
    usual: dict[str, Any] = {"label": _("Company"), "max_length": 200, "required": False}
    return forms.CharField(**usual | {"widget": forms.TextInput(attrs=attrs)} | options)


def day_field(label: Any, **options: Any) -> forms.DateField:
    usual: dict[str, Any] = {"label": label, "required": False, "widget": date_input()}
    return forms.DateField(**usual | options)


def currency_field() -> "forms.ModelChoiceField[Currency]":
    return forms.ModelChoiceField(
        Currency.objects.filter(is_active=True), label=_("Currency"), empty_label=None, required=False
    )


class DealForm(Form):
    """A form about one deal, seen in one version."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def facts(self) -> dict[str, Any]:
        """As the verbs take them."""
        return dict(self.cleaned_data)

    @property
    def said(self) -> str:
        """What the person is told once it is done."""
        return gettext("Saved")


# ── Moving and closing ─────────────────────────────────────────────────────────────────────────────


class StageField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Found among those that the board it is moved on is drawn from."""

    def to_python(self, value: Any) -> Stage | None:
        number = whole_number(str(value or ""))
        found = next((stage for stage in stages_in_use()[0] if stage.pk == number), None)
        return found or super().to_python(value)  # which says what is wrong


class MoveForm(DealForm):
    stage = StageField(
        Stage.objects.filter(pipeline__is_active=True).select_related("pipeline"), label=_("Move to"), empty_label=None
    )
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ReasonForm(DealForm):
    """Why it was won or lost, and when."""

    closed_on = day_field(_("Closed on"))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


def closing_today() -> dict[str, date]:
    """What a reason's form says before anybody does."""
    today = Workspace.current().today
    return {"closed_on": today, "ask_again_on": today + ASK_AGAIN_AFTER}


def _reasons(model: Any) -> Any:
    return forms.ModelChoiceField(
        model.objects.filter(is_active=True),
        label=_("Reason"),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the reason that weighed most.")},
    )


class WinForm(ReasonForm):
    reason = _reasons(WinReason)


class LossForm(ReasonForm):
    reason = _reasons(LossReason)
    competitor = forms.CharField(
        label=_("Which competitor?"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"aria-label": _("Which competitor?"), "placeholder": _("Which competitor?")}),
    )
    asks_again = forms.BooleanField(label=_("Remind me to ask again on"), required=False)
    ask_again_on = day_field(_("Ask again on"))

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in super().facts().items() if name not in {"asks_again", "ask_again_on"}}

    def remind_on(self) -> date | None:
        return self.cleaned_data["ask_again_on"] if self.cleaned_data["asks_again"] else None


# ── What a stage asks for ──────────────────────────────────────────────────────────────────────────


class NeededForm(Form):
    """Exactly the fields that a stage asks for and the deal does not have."""

    def __init__(self, *args: Any, names: Sequence[str], deal: Deal, reach: Reach, **kwargs: Any) -> None:
        super().__init__(*args, prefix="needed", **kwargs)
        self.names = list(names)
        for name in names:
            for key, field in _needed(name, deal, reach):
                field.required = True
                self.fields[key] = field
                if not name.startswith(PREFIX):
                    is_select = isinstance(field.widget, forms.Select)
                    field.widget.attrs.setdefault("class", "select" if is_select else "input")

    def entered(self) -> dict[str, Any]:
        """As the verbs take them; `company` is still a name."""
        entered = dict(self.cleaned_data)
        if "step" in entered:
            entered["next_step"] = (entered.pop("step"), entered.pop("step_on"))
        return entered


def _needed(name: str, deal: Deal, reach: Reach) -> list[tuple[str, forms.Field]]:
    if name.startswith(PREFIX):
        added = custom_field("deal", name.removeprefix(PREFIX))
        return list(custom_form_fields([added] if added else []).items())
    match RequiredField(name):
        case RequiredField.AMOUNT:
            return [("amount", amount_field(min_value=0))]
        case RequiredField.EXPECTED_CLOSE:
            return [("expected_close_on", day_field(_("Expected close")))]
        case RequiredField.COMPANY:
            return [("company", company_field())]
        case RequiredField.CONTACT:
            return [("contact", forms.ModelChoiceField(contacts_for(deal, reach), label=_("Contact")))]
        case RequiredField.SOURCE:
            return [("source", forms.ModelChoiceField(Source.objects.filter(is_active=True), label=_("Source")))]
        case RequiredField.PRODUCT:
            return [("product", forms.ModelChoiceField(Product.objects.filter(is_active=True), label=_("Product")))]
    return [
        ("step", forms.CharField(label=_("Next step"), max_length=200)),
        ("step_on", day_field(_("On"))),
    ]


def contacts_for(deal: Deal, reach: Reach) -> QuerySet[Contact]:
    """The people at the deal's company; without a company, everyone."""
    people = Contact.objects.visible_to(reach)
    return people.filter(positions__company=deal.company_id).distinct() if deal.company_id else people


# ── Facts ──────────────────────────────────────────────────────────────────────────────────────────


class TitleForm(DealForm):
    title = forms.CharField(label=_("Title"), max_length=200)


class AmountForm(DealForm):
    amount = amount_field(required=False, min_value=0)
    currency = currency_field()


class CloseForm(DealForm):
    expected_close_on = day_field(_("Expected close"))


class CompanyForm(DealForm):
    company = company_field()


class SourceForm(DealForm):
    source = forms.ModelChoiceField(Source.objects.filter(is_active=True), label=_("Source"), required=False)


class ChanceForm(DealForm):
    probability_override = forms.DecimalField(
        label=_("Win probability in percent"),
        localize=True,
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text=_("Empty: as the stage says."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "input num"}),
    )


class CategoryForm(DealForm):
    category_override = forms.ChoiceField(
        label=_("Forecast category"),
        required=False,
        choices=[("", _("As the stage")), *((value, label) for value, label in Category.choices if value != "closed")],
    )


class CustomForm(DealForm):
    """A field that the company added."""

    def __init__(self, *args: Any, field: CustomField, deal: Deal, **kwargs: Any) -> None:
        super().__init__(*args, initial={"version": deal.version, **flat(deal.custom)}, **kwargs)
        self.fields |= custom_form_fields([field], deal.custom)


def _months() -> list[tuple[str, Any]]:
    today = Workspace.current().today
    months = [add_months(today, number) for number in range(2 * MONTHS)]
    return [*((month_key(month), day(month, "MMMM")) for month in months), (UNDATED, _("No date"))]


class MonthField(forms.ChoiceField):
    """A year of months is offered; later ones are taken too."""

    default_error_messages = {"required": _("Choose a month.")}

    def valid_value(self, value: str) -> bool:
        return True

    def clean(self, value: Any) -> date | None:
        try:
            last_day = last_day_of(super().clean(value))
        except BadPeriod:
            raise forms.ValidationError(_("Choose a month.")) from None
        if last_day and last_day < Workspace.current().today:
            raise forms.ValidationError(_("This month has passed: nothing can close in it any more."))
        return last_day


class MonthForm(DealForm):
    """The month in which it will close, on its last day; or no day at all."""

    month = MonthField(label=_("Closes in"), choices=_months)

    def facts(self) -> dict[str, Any]:
        return {"expected_close_on": self.cleaned_data["month"], "version": self.cleaned_data["version"]}

    @property
    def said(self) -> str:
        expected = self.cleaned_data["month"]
        return gettext("Closes %(day)s") % {"day": day(expected)} if expected else gettext("No close date")


FACTS: dict[str, type[DealForm]] = {
    "title": TitleForm,
    "amount": AmountForm,
    "close": CloseForm,
    "month": MonthForm,
    "company": CompanyForm,
    "source": SourceForm,
    "chance": ChanceForm,
    "category": CategoryForm,
}


def changed_in_bulk() -> list[tuple[str, Any]]:
    """The facts that make sense for many deals at once, with their names: all but the title."""
    own = [(fact, form.base_fields) for fact, form in FACTS.items() if fact not in {"title", "month"}]
    named = [(fact, next(field.label for name, field in fields.items() if name != "version")) for fact, fields in own]
    return [*named, *((field.parameter, field.label) for field in custom_fields("deal"))]


class OwnerForm(Form):
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), empty_label=None)

    def __init__(self, *args: Any, reach: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_in(reach, writing=True)  # type: ignore[attr-defined]


# ── New ────────────────────────────────────────────────────────────────────────────────────────────


class QuickAddForm(Form):
    """One line is enough; whatever stands in a field of its own wins over what the line says."""

    line = forms.CharField(label=_("In one line"), max_length=400, required=False)
    guess = forms.CharField(max_length=200, required=False)  # a company offered for what the line calls one
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    company = company_field()
    amount = amount_field(required=False, min_value=0)
    currency = currency_field()
    stage = forms.ModelChoiceField(Stage.objects.none(), label=_("Stage"), empty_label=None, required=False)
    expected_close_on = day_field(_("Expected close"))
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_on = day_field(_("On"))
    contact = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, stages: QuerySet[Stage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].queryset = stages  # type: ignore[attr-defined]
        self.fields |= custom_form_fields(custom_fields("deal"))

    def custom(self) -> list[forms.BoundField]:
        return [self[field.name] for field in custom_fields("deal")]


# ── Filters ────────────────────────────────────────────────────────────────────────────────────────


class ViewForm(Form):
    """A saved view: what it is called, who has it, and whether one's screen opens with it."""

    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    sharing = forms.ChoiceField(
        label=_("Who has it"), choices=Sharing.choices, initial=Sharing.PRIVATE, widget=forms.RadioSelect
    )
    team = forms.ModelChoiceField(
        Team.objects.none(),
        label=_("Team"),
        required=False,
        empty_label=None,
        help_text=_("And the teams below it."),
    )
    opens = forms.BooleanField(label=_("Open with this view"), required=False)

    def __init__(self, *args: Any, reach: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams_in(reach)  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "sharing", "team")}


def teams_in(reach: Reach) -> QuerySet[Team]:
    """Those whose deals one may see."""
    return Team.objects.all() if reach.reads is None else Team.objects.filter(pk__in=sorted(reach.reads))
