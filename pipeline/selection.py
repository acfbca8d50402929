"""Which deals a bulk change is about: those marked, or all that match the filter in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from crm.access import Reach
from crm.custom.values import is_custom
from crm.errors import Refused
from crm.models.custom import PREFIX
from pipeline.filters import DealFilter, whole
from pipeline.models import Deal, DealContact, DealLine, RequiredField, Stage, askable

LACKS: dict[str, Any] = {
    RequiredField.CONTACT: ~Exists(DealContact.objects.filter(deal=OuterRef("pk"))),
    RequiredField.PRODUCT: ~Exists(DealLine.objects.filter(deal=OuterRef("pk"))),
}


@dataclass(frozen=True)
class Selection:
    """`deals` in the order they were marked in; `fields` say the same again in hidden fields."""

    deals: list[int]
    fields: list[tuple[str, str]]
    address: str  # of the bulk change, with the filter if all that match are meant
    back: str

    @property
    def count(self) -> int:
        return len(self.deals)

    def within(self, reach: Reach) -> QuerySet[Deal]:
        return Deal.objects.editable_by(reach).filter(pk__in=self.deals)


def selected(posted: QueryDict, query: QueryDict, reach: Reach, *, address: str, back: str) -> Selection:
    """`deal` repeated; or `all`, and `query` has the filter. Raises Refused."""
    if "all" in posted:
        asked = DealFilter.of(query, reach)
        matching = asked.apply(Deal.objects.live().visible_to(reach)).order_by("pk")
        deals, fields = list(matching.values_list("pk", flat=True)), [("all", "1")]
    else:
        deals = _numbers(posted.getlist("deal"))
        fields = [("deal", str(pk)) for pk in deals]
    return Selection(deals, fields, address, back)


def _numbers(texts: Sequence[str]) -> list[int]:
    try:
        return list(dict.fromkeys(map(whole, texts)))
    except ValueError as error:
        raise Refused(deal=f"{error}") from None


def entered_stages(deals: QuerySet[Deal], kind: str) -> QuerySet[Stage]:
    """Where their pipelines keep what is won or lost."""
    return Stage.objects.filter(kind=kind, pipeline__in=deals.order_by().values("pipeline"))


def lacking(deals: QuerySet[Deal], to: Sequence[Stage]) -> dict[str, int]:
    """What the stages ask for that some of the deals do not have, and how many of them."""
    found: dict[str, int] = {}
    for stage in to:
        entering = deals.filter(pipeline=stage.pipeline_id) if len(to) > 1 else deals
        for name in stage.required_fields:
            if name in askable() and (count := entering.exclude(stage=stage).filter(_lacks(name)).count()):
                found[name] = found.get(name, 0) + count
    return found


def _lacks(name: str) -> Q:
    if is_custom(name):
        return ~Q(custom__has_key=name.removeprefix(PREFIX))
    return Q(LACKS.get(name, Q(**{name: None})))
