"""What may be typed about deliveries and renewals. Verbs save."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms import Form, date_input
from crm.models import User
from pipeline.forms import amount_field
from pipeline.models import ActivityKind, Deal, Pipeline, Product
from quotes.actions.delivering import StepDraft
from quotes.models import Assignee, DeliveryTemplate, Place, QuoteSettings, Renewal, RenewalKind, TemplateStep

EMPTY_ROWS = 3  # offered below the steps that are there
ACTIVE = User.objects.filter(is_active=True)


# ── Settings ───────────────────────────────────────────────────────────────────────────────────────


class TemplateForm(Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    pipeline = forms.ModelChoiceField(
        Pipeline.objects.filter(is_active=True), label=_("Won in"), required=False, empty_label=_("Any pipeline")
    )
    product = forms.ModelChoiceField(
        Product.objects.filter(is_active=True), label=_("With"), required=False, empty_label=_("Any product or none")
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)


def _who() -> list[tuple[Any, Any]]:
    people = [(str(user.pk), user.name) for user in ACTIVE.order_by("name")]
    return [(Assignee.OWNER, Assignee.OWNER.label), (Assignee.MANAGER, Assignee.MANAGER.label), (_("People"), people)]


class StepForm(Form):
    """A row of a template: without a title it goes."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("What is to be done"), max_length=200, required=False)
    place = forms.ChoiceField(label=_("What it is"), choices=Place.choices, initial=Place.STEP)
    days = forms.IntegerField(
        label=_("Days"), min_value=0, max_value=3650, initial=0, widget=forms.NumberInput(attrs={"class": "input num"})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=ActivityKind.choices, initial=ActivityKind.TASK)
    who = forms.ChoiceField(label=_("By"), choices=_who, initial=Assignee.OWNER)

    def draft(self) -> StepDraft:
        said = self.cleaned_data
        person = User.objects.filter(pk=int(said["who"])).first() if said["who"].isdigit() else None
        assignee = Assignee.PERSON if person else said["who"]
        return StepDraft(said["title"], said["days"], said["place"], said["kind"], assignee, person, said["pk"])


StepForms = forms.formset_factory(StepForm, extra=EMPTY_ROWS, max_num=60, absolute_max=80)


def steps_of(template: DeliveryTemplate | None) -> list[dict[str, Any]]:
    return [_row_of(step) for step in template.steps.all()] if template else []


def _row_of(step: TemplateStep) -> dict[str, Any]:
    who = str(step.person_id) if step.assignee == Assignee.PERSON else step.assignee
    return {"pk": step.pk, "title": step.title, "place": step.place, "days": step.days, "kind": step.kind, "who": who}


class RenewalSettingsForm(Form):
    renewal_pipeline = forms.ModelChoiceField(
        Pipeline.objects.filter(is_active=True),
        label=_("They open in"),
        required=False,
        empty_label=_("A pipeline “Renewal”, made when the first one opens"),
    )
    renewal_lead_days = forms.IntegerField(label=_("Days before they are due"), min_value=0, max_value=730)
    renewal_uplift = amount_field(label=_("Price change, %"), max_digits=6, decimal_places=2)

    @classmethod
    def of(cls, settings: QuoteSettings, data: Any) -> "RenewalSettingsForm":
        return cls(data, initial={name: getattr(settings, name) for name in cls.base_fields})


# ── On a deal ──────────────────────────────────────────────────────────────────────────────────────


class StartForm(Form):
    template = forms.ModelChoiceField(
        DeliveryTemplate.objects.filter(is_active=True), label=_("Template"), empty_label=None
    )


class DeliveryStepForm(Form):
    """Who and when; of a new step also what."""

    title = forms.CharField(label=_("What is to be done"), max_length=200)
    due_on = forms.DateField(label=_("Due"), widget=date_input())
    owner = forms.ModelChoiceField(ACTIVE, label=_("By"), empty_label=None)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]


class RenewalForm(Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=RenewalKind.choices, initial=RenewalKind.RENEWAL)
    due_on = forms.DateField(label=_("Due"), widget=date_input())
    lead_days = forms.IntegerField(
        label=_("Opens days before"), min_value=0, max_value=730, help_text=_("Then its deal appears on the board.")
    )
    owner = forms.ModelChoiceField(
        ACTIVE, label=_("Owner"), required=False, empty_label=_("Whoever owns this deal then")
    )
    amount = amount_field(
        required=False, min_value=0, help_text=_("Empty: the lines of this deal, at their prices then.")
    )
    uplift = amount_field(label=_("Price change, %"), required=False, max_digits=6, decimal_places=2)
    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, help_text=_("Empty: as this deal, with the year.")
    )

    @classmethod
    def of(cls, deal: Deal, renewal: Renewal | None, people: Any, data: Any) -> "RenewalForm":
        settings = QuoteSettings.current()
        initial: dict[str, Any] = {"lead_days": settings.renewal_lead_days, "uplift": settings.renewal_uplift}
        if renewal:
            initial = {name: getattr(renewal, name) for name in cls.base_fields if name != "lead_days"}
            initial["lead_days"] = (renewal.due_on - renewal.opens_on).days
        form = cls(data, initial=initial)
        form.fields["owner"].queryset = people  # type: ignore[attr-defined]
        return form

    def facts(self) -> dict[str, Any]:
        return {**self.cleaned_data, "uplift": self.cleaned_data["uplift"] or 0}
