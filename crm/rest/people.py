"""Who one is, who works here, and in which teams."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import ApiToken, Membership, Role, Scope, Team, User, Workspace
from crm.rest.fields import Choice, Expandable, Flag, Text, Whole
from crm.rest.filters import choices, flag, ids, text
from crm.rest.resource import Answers, Expansion, Resource, Row, Shape


class TeamShape(Shape):
    """A team in the tree of teams."""

    id = Whole()
    name = Text()
    parent = Whole(allow_null=True)  # type: ignore[assignment]
    position = Whole()
    external_id = Text()

    columns = ("id", "name", "parent_id", "position", "external_id")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "name": row["name"],
            "parent": row["parent_id"],
            "position": row["position"],
            "external_id": row["external_id"],
        }


class UserShape(Shape):
    """Somebody who works here, and the team they are in today."""

    id = Whole()
    name = Text()
    email = Text()
    role = Choice(Role.choices)
    team = Expandable(TeamShape, allow_null=True)
    is_active = Flag()
    external_id = Text()

    columns = ("id", "name", "email", "role", "team_now", "is_active", "external_id")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "name": row["name"],
            "email": row["email"],
            "role": row["role"],
            "team": row["team_now"],
            "is_active": row["is_active"],
            "external_id": row["external_id"],
        }


def users() -> QuerySet[User]:
    """Everyone, with their team of today."""
    memberships = Membership.objects.on(Workspace.current().today).filter(user=OuterRef("pk"))
    return User.objects.annotate(team_now=Subquery(memberships.values("team_id")[:1]))


class Users(Resource):
    """The directory: names are no secret among colleagues."""

    scope = "users"
    model = User
    shape = UserShape
    ordering = ("name", "id")
    filters = {
        "role": choices("Only these roles.", "role", Role.values),
        "team": ids("Only members of these teams today.", "team_now"),
        "is_active": flag("Only those who may sign in, or only those who may not.", "is_active"),
        "email": text("The whole address.", "email__iexact"),
        "external_id": text("The id in your own system.", "external_id"),
    }
    expandable = {"team": Expansion(TeamShape, lambda reach: Team.objects.all())}

    def visible(self) -> QuerySet[User]:
        return users()


class Teams(Resource):
    """The tree of teams."""

    scope = "users"
    model = Team
    shape = TeamShape
    ordering = ("position", "id")
    filters = {
        "parent": ids("Only teams right below these.", "parent"),
        "external_id": text("The id in your own system.", "external_id"),
    }

    def visible(self) -> QuerySet[Team]:
        return Team.objects.all()


class ReachShape(serializers.Serializer[Any]):
    reads = Choice(Scope.choices)
    writes = Choice(Scope.choices)


class WorkspaceShape(serializers.Serializer[Any]):
    name = Text()
    currency = Text()
    time_zone = Text()
    fiscal_start = Whole(help_text="The month in which the fiscal year starts.")


class TokenShape(serializers.Serializer[Any]):
    name = Text()
    scopes = serializers.ListField(child=Text())


class MeShape(serializers.Serializer[Any]):
    """Who is signed in, how far their rights go, and what the token may do (null for a session)."""

    id = Whole()
    name = Text()
    email = Text()
    role = Choice(Role.choices)
    reach = ReachShape()
    workspace = WorkspaceShape()
    token = TokenShape(allow_null=True)


class Me(Answers):
    scope = ""

    @extend_schema(responses=MeShape)
    def get(self, request: Request) -> Response:
        """Read who is signed in."""
        user, token, workspace = self.me, request.auth, Workspace.current()
        return Response(
            {
                "id": user.pk,
                "name": user.name,
                "email": user.email,
                "role": user.role,
                "reach": {"reads": user.reading, "writes": user.writing},
                "workspace": {
                    "name": workspace.name,
                    "currency": workspace.currency_id,
                    "time_zone": workspace.time_zone,
                    "fiscal_start": workspace.fiscal_start,
                },
                "token": {"name": token.name, "scopes": token.scopes} if isinstance(token, ApiToken) else None,
            }
        )
