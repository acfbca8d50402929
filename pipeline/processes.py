"""Processes that a pipeline may begin with. Names are written in the language of the moment they are used in."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext_noop

from pipeline.models import Category, Kind, Pipeline


class StageTemplate(NamedTuple):
    name: str
    probability: int | Decimal
    category: str = Category.PIPELINE
    stall_days: int | None = 21
    guidance: str = ""
    kind: str = Kind.OPEN
    required_fields: Sequence[str] = ()


class PipelineTemplate(NamedTuple):
    name: str
    stages: Sequence[StageTemplate]


WON = StageTemplate(gettext_noop("Won"), 100, Category.CLOSED, None, kind=Kind.WON)
LOST = StageTemplate(gettext_noop("Lost"), 0, Category.OMITTED, None, kind=Kind.LOST)

NEW_BUSINESS = PipelineTemplate(
    gettext_noop("New business"),
    [
        StageTemplate(
            gettext_noop("Qualify"),
            10,
            Category.PIPELINE,
            21,
            gettext_noop("Is there a need, a budget and a person who decides?"),
        ),
        StageTemplate(
            gettext_noop("Demo"), 35, Category.PIPELINE, 21, gettext_noop("They have seen it work on their own case.")
        ),
        StageTemplate(
            gettext_noop("Solution"),
            65,
            Category.BEST_CASE,
            21,
            gettext_noop("Scope is agreed and the price range is known."),
        ),
        StageTemplate(
            gettext_noop("Quote and contract"),
            75,
            Category.COMMIT,
            30,
            gettext_noop("The quote is out; signature has a date."),
        ),
        WON,
        LOST,
    ],
)


TEMPLATES = {
    "new-business": NEW_BUSINESS,
    "lead-to-customer": PipelineTemplate(
        gettext_noop("Lead to customer"),
        [
            StageTemplate(gettext_noop("Generation"), 5, stall_days=30),
            StageTemplate(gettext_noop("Qualification"), 15),
            StageTemplate(gettext_noop("Nurturing"), 30, stall_days=60),
            StageTemplate(gettext_noop("Conversion"), 60, Category.BEST_CASE),
            WON,
            LOST,
        ],
    ),
    "seven-steps": PipelineTemplate(
        gettext_noop("Seven steps"),
        [
            StageTemplate(gettext_noop("Prospecting"), 5, stall_days=30),
            StageTemplate(gettext_noop("Qualification"), 15),
            StageTemplate(gettext_noop("Meeting"), 30),
            StageTemplate(gettext_noop("Proposal"), 50, Category.BEST_CASE),
            StageTemplate(gettext_noop("Negotiation"), 70, Category.COMMIT),
            StageTemplate(gettext_noop("Closing"), 85, Category.COMMIT, 14),
            StageTemplate(gettext_noop("Fulfilment"), 95, Category.COMMIT, 30),
            WON,
            LOST,
        ],
    ),
    "renewal": PipelineTemplate(
        gettext_noop("Renewal"),
        [
            StageTemplate(gettext_noop("Due"), 70, Category.BEST_CASE, 30),
            StageTemplate(gettext_noop("In talks"), 80, Category.COMMIT),
            StageTemplate(gettext_noop("Offer sent"), 90, Category.COMMIT),
            WON,
            LOST,
        ],
    ),
}


def template_of(pipeline: Pipeline) -> PipelineTemplate:
    """A pipeline as it is, to begin another one with."""
    stages = [
        StageTemplate(
            stage.name,
            stage.probability,
            stage.category,
            stage.stall_days,
            stage.guidance,
            stage.kind,
            stage.required_fields,
        )
        for stage in pipeline.stages.order_by("position", "pk")
    ]
    return PipelineTemplate(pipeline.name, stages)
