"""What a row about stages or products means, and how deals find them."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.imports.mapping import Field
from crm.imports.rows import Action, Row
from crm.imports.run import Index, Kind, Run
from crm.models import User
from pipeline.catalogue import create_product, create_reason, revise_product
from pipeline.models import (
    LANGUAGES,
    Category,
    LossReason,
    Pipeline,
    Product,
    Stage,
    TaxClass,
    Unit,
    WinReason,
)
from pipeline.models import Kind as StageKind
from pipeline.processes import LOST, WON, PipelineTemplate
from pipeline.structure import add_stage, create_pipeline, revise_pipeline, revise_stage

TRANSLATIONS = [f"{kind}_{language}" for language, _n in LANGUAGES[1:] for kind in ("name", "description")]
CERTAIN = {StageKind.WON: Decimal(100), StageKind.LOST: Decimal(0)}


def put[M: Model](
    index: Index[M], record: M | None, create: Callable[..., M], revise: Callable[..., M], *, by: User | None,
    **facts: Any,
) -> Action:  # fmt: skip
    """Make what a row names, or bring what is there to what the row says."""
    if record is None:
        index.add(create(by=by, **facts))
        return Action.CREATED
    if all(getattr(record, name) == value for name, value in facts.items()):
        return Action.UNCHANGED
    index.add(revise(record, by=by, **facts))
    return Action.UPDATED


def products(run: Run) -> Index[Product]:
    return run.share("products", lambda: Index(Product.objects.all(), _("products"), "external_id", "name", "code"))


def win_reasons(run: Run) -> Index[WinReason]:
    return run.share("win reasons", lambda: Index(WinReason.objects.all(), _("reasons"), "name"))


def loss_reasons(run: Run) -> Index[LossReason]:
    return run.share("loss reasons", lambda: Index(LossReason.objects.all(), _("reasons"), "name"))


def create_reasons_called(run: Run, wins: Iterable[str], losses: Iterable[str]) -> None:
    for name in dict.fromkeys(wins):
        if win_reasons(run).get(name) is None:
            win_reasons(run).add(create_reason(WinReason, name=name, by=run.by))
    for name in dict.fromkeys(losses):
        if loss_reasons(run).get(name) is None:
            loss_reasons(run).add(create_reason(LossReason, name=name, by=run.by))


def create_products_called(run: Run, names: Iterable[str]) -> None:
    known = products(run)
    known.fetch(names)
    for name in dict.fromkeys(names):
        if known.get(name) is None:
            known.add(create_product(name=name, currency=run.workspace.currency, by=run.by))


def units(run: Run) -> Index[Unit]:
    return run.share("units", lambda: Index(Unit.objects.all(), _("units"), "name", "code"))


def tax_classes(run: Run) -> Index[TaxClass]:
    return run.share("tax classes", lambda: Index(TaxClass.objects.all(), _("tax classes"), "name"))


class Funnel:
    """Every pipeline with its stages in order, by name."""

    def __init__(self) -> None:
        self.pipelines = {each.name: each for each in Pipeline.objects.all()}
        self.default = next((each for each in self.pipelines.values() if each.is_default), None)
        self.stages: dict[int, list[Stage]] = {each.pk: [] for each in self.pipelines.values()}
        for stage in Stage.objects.order_by("position", "id"):
            self.stages[stage.pipeline_id].append(stage)

    def pipeline(self, name: str) -> Pipeline:
        """By name, without one the default. Raises Refused."""
        pipeline = self.pipelines.get(name) if name else self.default
        if pipeline is None:
            known = {"name": name, "names": ", ".join(self.pipelines)}
            raise Refused(pipeline=_("There is no pipeline “%(name)s”, only: %(names)s.") % known)
        return pipeline

    def stage(self, pipeline: Pipeline, name: str) -> Stage:
        """By name, without one the first open one. Raises Refused."""
        stages = self.stages[pipeline.pk]
        for stage in stages:
            if (stage.name == name) if name else stage.is_open:
                return stage
        known = {"pipeline": pipeline, "name": name, "names": ", ".join(each.name for each in stages)}
        raise Refused(stage=_("“%(pipeline)s” has no stage “%(name)s”, only: %(names)s.") % known)

    def last_open(self, pipeline: Pipeline) -> Stage:
        return [stage for stage in self.stages[pipeline.pk] if stage.is_open][-1]


def funnel(run: Run) -> Funnel:
    return run.share("funnel", Funnel)


class Stages(Kind):
    """A stage of a pipeline, in the order of the rows. Won and Lost are there; a row of that kind renames them."""

    name, noun = "stages", "stage"
    fields = {
        "pipeline": Field(is_needed=True),
        "name": Field(is_needed=True),
        "kind": Field(),
        "probability": Field("percent"),
        "category": Field(),
        "stall_days": Field("whole"),
        "guidance": Field(),
        "is_default": Field("yes"),
    }

    def write_row(self, row: Row) -> Action:
        facts = dict(row.values)
        row.name = f"stage {facts['pipeline']}, {facts['name']}"
        is_default = facts.pop("is_default", False)
        pipeline = self._pipeline(facts.pop("pipeline"))
        stage = self._stage(pipeline, facts)
        action = self._write(pipeline, stage, facts)
        if is_default and not pipeline.is_default:
            revise_pipeline(pipeline, is_default=True, by=self.by)
            action = Action.UPDATED if action is Action.UNCHANGED else action
        self.run.shared.pop("funnel", None)
        return action

    def _pipeline(self, name: str) -> Pipeline:
        pipeline = Pipeline.objects.filter(name=name).first()
        return pipeline or create_pipeline(template=PipelineTemplate(name, [WON, LOST]), name=name, by=self.by)

    def _stage(self, pipeline: Pipeline, facts: dict[str, Any]) -> Stage | None:
        kind = facts.setdefault("kind", StageKind.OPEN)
        if kind not in StageKind.values:
            raise Refused(kind=_("“%(kind)s” is none of: open, won, lost.") % {"kind": kind})
        if facts.get("category") not in {None, *Category.values}:
            known = {"name": facts["category"], "names": ", ".join(Category.values)}
            raise Refused(category=_("“%(name)s” is none of: %(names)s.") % known)
        stages = pipeline.stages.filter(kind=kind)
        return stages.filter(name=facts["name"]).first() if kind == StageKind.OPEN else stages.first()

    def _write(self, pipeline: Pipeline, stage: Stage | None, facts: dict[str, Any]) -> Action:
        if stage is None:
            facts.setdefault("probability", CERTAIN.get(facts["kind"], Decimal(0)))
            add_stage(pipeline, by=self.by, **facts)
            return Action.CREATED
        if all(getattr(stage, name) == value for name, value in facts.items()):
            return Action.UNCHANGED
        revise_stage(stage, by=self.by, **facts)
        return Action.UPDATED


class Products(Kind):
    """Something that can be sold, and its list price."""

    name, noun = "products", "product"
    fields = {
        "name": Field(is_needed=True),
        "code": Field(),
        "family": Field(),
        "unit_price": Field("number"),
        "currency": Field(),
        "is_active": Field("yes"),
        "external_id": Field(),
        "description": Field(),
        "unit": Field(),
        "tax_class": Field(),
        "cost": Field("number"),
        "renews_after": Field("whole"),
        "sums_parts": Field("yes"),
        **{name: Field() for name in TRANSLATIONS},
    }
    keys = ("external_id", "name", "code")

    def write_row(self, row: Row) -> Action:
        facts = dict(row.values)
        if "currency" in facts:
            facts["currency"] = self.run.currency(facts["currency"])
        for name, index in (("unit", units), ("tax_class", tax_classes)):
            if name in facts:
                facts[name] = index(self.run).find(facts[name])
        product = products(self.run).get(facts[self.table.key])
        if words := {name: facts.pop(name) for name in TRANSLATIONS if name in facts}:
            facts["translations"] = _translated(product, words)
        if product is None:
            facts.setdefault("currency", self.run.workspace.currency)
        return put(products(self.run), product, create_product, revise_product, by=self.by, **facts)


def _translated(product: Product | None, words: dict[str, str]) -> dict[str, dict[str, str]]:
    """The words of a row, `{"name_de": …}`, laid over those that the product has."""
    found = {language: dict(kinds) for language, kinds in (product.translations if product else {}).items()}
    for name, text in words.items():
        kind, _sep, language = name.partition("_")
        found.setdefault(language, {})[kind] = text
    return found
