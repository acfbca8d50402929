"""Search as the pages do it."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import ApiToken
from crm.rest.fields import Choice, Text, Whole
from crm.rest.filters import Param, choices, read_params, text
from crm.rest.resource import Answers
from pipeline.search import ORDER, Hit, search

SCOPES = {"deal": "deals:read", "company": "companies:read", "contact": "contacts:read"}
KINDS = [(kind, kind) for kind in ORDER]


class HitShape(serializers.Serializer[Any]):
    """A record that the words could mean."""

    kind = Choice(KINDS)
    id = Whole()
    title = Text()
    detail = Text(help_text="What tells it from others of that name: company and stage, sector, position.")

    @staticmethod
    def of(hit: Hit) -> dict[str, Any]:
        return {"kind": hit.kind, "id": hit.pk, "title": hit.title, "detail": hit.detail}


class SearchShape(serializers.Serializer[Any]):
    """At most 8 of each kind, best first; the kind that answers best comes first."""

    results = HitShape(many=True)


class Search(Answers):
    scope = ""
    params: ClassVar[dict[str, Param]] = {
        "q": text("Words in any order, of titles, names, addresses or ids; accents and small typos do not matter.", ""),
        "kind": choices("Only these kinds.", "", ORDER),
    }

    @extend_schema(responses=SearchShape)
    def get(self, request: Request) -> Response:
        """Search deals, companies and contacts

        A token finds the kinds that its scopes read.
        """
        sent = read_params(request, self.params)
        kinds = [kind for kind in sent.get("kind", ORDER) if self._reads(SCOPES[kind])]
        groups = search(self.reach, sent.get("q", ""), kinds=kinds)
        return Response({"results": [HitShape.of(hit) for group in groups for hit in group.hits]})

    def _reads(self, scope: str) -> bool:
        token = self.request.auth
        return not isinstance(token, ApiToken) or bool({scope, "*:read"} & set(token.scopes))
