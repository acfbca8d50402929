"""The forecast tree: which team stands where, and who is counted in which, on a day."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.access import people_in
from crm.models import Team, User, Workspace
from crm.rest.fields import Day, Flag, Ref, Text, Whole, day
from crm.rest.filters import day as day_param
from crm.rest.filters import read_params
from crm.rest.guard import guarded
from crm.rest.resource import Answers, Input
from forecasting.arranging import lift_team, place_team, seat_person
from forecasting.standing import Sitter, standing_on


class TreeTeamShape(serializers.Serializer[Any]):
    id = Whole()
    name = Text()
    parent = Whole(allow_null=True, help_text="The team it stands under; null: on top.")  # type: ignore[assignment]
    changes_on = Day(allow_null=True, help_text="When it stands elsewhere, if that is planned.")


class TreeSeatShape(serializers.Serializer[Any]):
    owner = Whole()
    name = Text()
    team = Whole(allow_null=True, help_text="Null: in no line of the forecast.")
    is_manager = Flag()
    since = Day(allow_null=True)
    changes_on = Day(allow_null=True, help_text="When they sit elsewhere, if that is planned.")


class TreeShape(serializers.Serializer[Any]):
    """Teams from the top down, and the people you may read."""

    on = Day()
    is_own = Flag(help_text="False: it follows the teams and their members until somebody first changes it.")
    teams = TreeTeamShape(many=True)
    seats = TreeSeatShape(many=True)


def _seat(sitter: Sitter, team: int | None) -> dict[str, Any]:
    return {
        "owner": sitter.user.pk,
        "name": sitter.user.name,
        "team": team,
        "is_manager": sitter.is_manager,
        "since": day(sitter.since),
        "changes_on": day(sitter.next_on),
    }


class Tree(Answers):
    scope = "forecast-tree"

    def answered(self, on: date) -> Response:
        tree = standing_on(on)
        readable = set(people_in(self.reach).values_list("pk", flat=True))
        seated = [(sitter, branch.team.pk) for branch in tree.branches for sitter in branch.people]
        seats = [_seat(sitter, team) for sitter, team in [*seated, *((sitter, None) for sitter in tree.people)]]
        return Response(
            {
                "on": day(on),
                "is_own": tree.is_own,
                "teams": [
                    {
                        "id": each.team.pk,
                        "name": each.team.name,
                        "parent": each.parent,
                        "changes_on": day(each.next_on),
                    }
                    for each in tree.branches
                ],
                "seats": [seat for seat in seats if seat["owner"] in readable],
            }
        )


class ForecastTree(Tree):
    params = {"on": day_param("The tree of this day; by default of today.")}

    @extend_schema(responses=TreeShape)
    def get(self, request: Request) -> Response:
        """Read the forecast tree of a day"""
        return self.answered(read_params(request, self.params).get("on") or Workspace.current().today)


class SeatInput(Input):
    owner = Ref(lambda reach: User.objects.all())
    team = Ref(lambda reach: Team.objects.all(), allow_null=True, help_text="Null: in no line of the forecast.")
    on = Day(required=False, help_text="From this day on; by default from today.")
    is_manager = Flag(required=False, help_text="Whether they lead the team; by default as before.")


class ForecastSeats(Tree):
    @extend_schema(request=SeatInput, responses=TreeShape)
    @guarded
    def post(self, request: Request) -> Response:
        """Count somebody’s deals and quotas in another team, from a day on

        What closed before, or is expected to, stays where it counted. Admins only.
        """
        self.only_admins()
        sent = self.read_body(SeatInput)
        seat_person(sent.pop("owner"), by=self.me, **sent)
        return self.answered(sent.get("on") or Workspace.current().today)


class PlaceInput(Input):
    team = Ref(lambda reach: Team.objects.all())
    parent = Ref(  # type: ignore[assignment]
        lambda reach: Team.objects.all(), required=False, allow_null=True, help_text="Null or left out: on top."
    )
    on = Day(required=False, help_text="From this day on; by default from today.")
    is_in_tree = Flag(required=False, help_text="False takes the team out; nobody may sit in it then.")


class ForecastPlaces(Tree):
    @extend_schema(request=PlaceInput, responses=TreeShape)
    @guarded
    def post(self, request: Request) -> Response:
        """Put a team under another one, from a day on

        Admins only. A period shows the tree of its last day, and of today while it runs.
        """
        self.only_admins()
        sent = self.read_body(PlaceInput)
        team, under, stays = sent.pop("team"), sent.pop("parent", None), sent.pop("is_in_tree", True)
        if stays:
            place_team(team, under=under, by=self.me, **sent)
        else:
            lift_team(team, by=self.me, **sent)
        return self.answered(sent.get("on") or Workspace.current().today)
