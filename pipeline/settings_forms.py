"""What may be typed in the settings of selling: pipelines, stages, products, reasons. Verbs save."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from crm.forms import Form, LongText, initial_of
from pipeline.models import Category, Kind, Pipeline, Stage, WinReason, askable
from pipeline.processes import TEMPLATES, PipelineTemplate, template_of
from pipeline.structure import version_of

COPY = "copy-"  # and a pipeline's number: its stages


def _beginnings() -> list[tuple[str, list[tuple[str, str]]]]:
    processes = [
        (key, _in_words(_now(each.name), [_now(stage.name) for stage in each.stages if stage.kind == Kind.OPEN]))
        for key, each in TEMPLATES.items()
    ]
    known = Pipeline.objects.order_by("position", "pk")
    copies = [(f"{COPY}{each.pk}", _now("As %(pipeline)s is now") % {"pipeline": each.name}) for each in known]
    return [(_now("Templates"), processes), (_now("Copies"), copies)]


def _in_words(name: str, stages: list[str]) -> str:
    return f"{name}: {' → '.join(stages)}"


def decimal_input() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "class": "input num"})


class NewPipelineForm(Form):
    name = forms.CharField(label=_("Name"), max_length=80, required=False, help_text=_("Empty: as the template."))
    template = forms.ChoiceField(
        label=_("Stages to begin with"), choices=_beginnings, widget=forms.RadioSelect, initial="new-business"
    )

    def process(self) -> PipelineTemplate:
        chosen = self.cleaned_data["template"]
        if chosen.startswith(COPY):
            return template_of(Pipeline.objects.get(pk=chosen.removeprefix(COPY)))
        return TEMPLATES[chosen]


class PipelineForm(Form):
    name = forms.CharField(label=_("Name"), max_length=80)


class NewStageForm(Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    probability = forms.DecimalField(
        label=_("Win probability, %"), max_digits=5, decimal_places=2, localize=True, widget=decimal_input()
    )
    category = forms.ChoiceField(
        label=_("Forecast category"),
        choices=[choice for choice in Category.choices if choice[0] != Category.CLOSED],
    )
    stall_days = forms.IntegerField(
        label=_("Stalled after days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("Without a touch or a next step. Empty: never."),
    )
    guidance = LongText(
        label=_("Guidance"),
        required=False,
        rows=2,
        help_text=_("What must be true before a deal is here. Shown in the empty column and on the deal."),
    )
    required_fields = forms.MultipleChoiceField(
        label=_("Asked for on entry"),
        required=False,
        choices=lambda: list(askable().items()),
        widget=forms.CheckboxSelectMultiple,
    )


class StageForm(NewStageForm):
    """A stage as it was read: in `version`."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, stage: Stage, data: Any = None) -> "StageForm":
        """The won and the lost stage keep their probability and category; only open ones stall."""
        form = cls(data, initial=initial_of(stage, NewStageForm) | {"version": version_of(stage)})
        if not stage.is_open:
            for name in ("probability", "category", "stall_days"):
                del form.fields[name]
        return form


class MoveAllForm(Form):
    """Where the deals go that would have no place any more."""

    move_to = forms.ModelChoiceField(
        label=_("Where they go"), queryset=Stage.objects.none(), required=False, empty_label=_("Choose a stage")
    )

    def __init__(self, *args: Any, stages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["move_to"].queryset = stages  # type: ignore[attr-defined]


class RetireForm(MoveAllForm):
    """Stages of several pipelines: each is named with its pipeline."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["move_to"]
        field.label_from_instance = lambda stage: f"{stage.pipeline} · {stage}"


class MergeForm(Form):
    into = forms.ModelChoiceField(label=_("Into"), queryset=WinReason.objects.none(), empty_label=_("Choose a reason"))

    def __init__(self, *args: Any, reasons: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = reasons  # type: ignore[attr-defined]


class ReasonForm(Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class LossReasonForm(ReasonForm):
    asks_competitor = forms.BooleanField(label=_("Asks which competitor"), required=False)
