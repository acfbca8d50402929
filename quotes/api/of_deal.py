"""What follows a won deal is seen and changed by whom that deal is."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied

from crm.rest.resource import Expansion, Resource
from pipeline.api.shapes import DealShape
from pipeline.models import Deal

DEALS = Expansion(DealShape, lambda reach: Deal.objects.visible_to(reach))


def visible_deals(reach: Any) -> Any:
    return Deal.objects.visible_to(reach).live()


class OfDeal(Resource):
    """What is seen and changed by whom its deal is."""

    scope = "quotes"
    model: ClassVar[Any]

    def visible(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(self.reach).select_related("deal")
        return rows

    def editable(self, pk: Any) -> Any:
        found = self.find(pk)
        self.may_change(found.deal)
        return found

    def may_change(self, deal: Deal) -> None:
        if not self.reach.changes(deal.owner_id, deal.team_id):
            raise PermissionDenied(_("You may read this, but not change it."))
