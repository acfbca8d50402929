"""Activities: what was done and what is planned."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api import PEOPLE
from crm.access import owned_by
from crm.rest.filters import choices, day, flag, ids
from crm.rest.guard import guarded
from crm.rest.resource import Expansion, Resource
from pipeline.activities import complete_activity, drop_activity, log_activity, plan_activity
from pipeline.api.inputs import ActivityInput, CompletionInput
from pipeline.api.shapes import ActivityShape, DealShape
from pipeline.models import Activity, ActivityKind, Deal


class Activities(Resource):
    """An activity is seen by whoever sees its deal."""

    scope = "deals"
    model = Activity
    shape = ActivityShape
    filters = {
        "deal": ids("Only about these deals.", "deal"),
        "owner": ids("Only of these people.", "owner"),
        "kind": choices("Only of these kinds.", "kind", ActivityKind.values),
        "done": flag(
            "Only what was done, or only what is planned.", lambda rows, yes: rows.filter(done_at__isnull=not yes)
        ),
        "due_from": day("Due on this day or later.", "due_on__gte"),
        "due_to": day("Due on this day or earlier.", "due_on__lte"),
    }
    expandable = {
        "owner": PEOPLE["owner"],
        "deal": Expansion(DealShape, lambda reach: Deal.objects.visible_to(reach)),
    }

    def visible(self) -> QuerySet[Activity]:
        return Activity.objects.filter(owned_by(self.reach, self.reach.reads, "deal__"))

    @extend_schema(request=ActivityInput, responses={201: ActivityShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Plan an activity, or log one that was done

        With `due_on` it is planned, and may become the deal’s next step; without it, it was done: a touch.
        """
        sent: dict[str, Any] = self.read_body(ActivityInput)
        deal = sent.pop("deal")
        self._may_change(deal)
        if "due_on" in sent:
            return self.written(plan_activity(deal, by=self.me, **sent), status=201)
        if "done_at" in sent:
            sent["at"] = sent.pop("done_at")
        return self.written(log_activity(deal, by=self.me, **sent), status=201)

    @extend_schema(request=CompletionInput, responses=ActivityShape)
    @action(detail=True, methods=["post"])
    @guarded
    def completions(self, request: Request, pk: int) -> Response:
        """Say that a planned activity was done"""
        activity, sent = self.to_change(pk, CompletionInput)
        return self.written(complete_activity(activity, by=self.me, **sent))

    @extend_schema(responses={204: None})
    @guarded
    def destroy(self, request: Request, pk: int) -> Response:
        """Cancel a planned activity"""
        drop_activity(self.find_to_change(pk), by=self.me)
        return Response(status=204)

    def editable(self, pk: Any) -> Activity:
        activity: Activity = self.find_in(self.visible().select_related("deal"), pk=pk)
        if activity.owner_id != self.reach.user_id:
            self._may_change(activity.deal)
        return activity

    def _may_change(self, deal: Deal) -> None:
        if not self.reach.changes(deal.owner_id, deal.team_id):
            raise PermissionDenied(_("You may read this, but not change it."))
