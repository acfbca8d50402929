"""The OpenAPI document, and a page to read it: both made from the same views that answer."""

from functools import cache
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.rest.resource import AlwaysJson

MEDIA = "application/vnd.oai.openapi+json;version=3.1"
METHODS = ["get", "post", "put", "patch", "delete"]


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document; made once by each process."""
    with translation.override("en"):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


class Open(APIView):
    """For everyone, signed in or not."""

    scope = ""
    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_classes = []
    content_negotiation_class = AlwaysJson
    metadata_class = None


@extend_schema(exclude=True)
class Schema(Open):
    def get(self, request: Request) -> Response:
        return Response(document(), content_type=MEDIA)


@extend_schema(exclude=True)
class Nowhere(Open):
    """An address that is none: a missing slash is added, everything else is a problem."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.path.endswith("/") and is_valid_path(f"{request.path_info}/"):
            address = request.get_full_path(force_append_slash=True)
            return HttpResponsePermanentRedirect(address, preserve_request=True)
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(_("There is nothing at this address."))


# ── The page ───────────────────────────────────────────────────────────────────────────────────────


class Property(NamedTuple):
    name: str
    type: str
    is_required: bool
    about: str


class Answer(NamedTuple):
    status: str
    about: str
    shape: str


class Operation(NamedTuple):
    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Property]
    body: str
    answers: list[Answer]


class Group(NamedTuple):
    name: str
    operations: list[Operation]


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    made = document()
    shapes = [(name, _properties(schema), schema.get("description", "")) for name, schema in _schemas(made).items()]
    return render(request, "crm/api.html", {"groups": _groups(made), "shapes": shapes})


def _schemas(made: dict[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Any] = made["components"]["schemas"]
    return {name: schema for name, schema in schemas.items() if not name.startswith("Paginated")}


def _groups(made: dict[str, Any]) -> list[Group]:
    groups: dict[str, list[Operation]] = {}
    for path, verbs in made["paths"].items():
        for method in METHODS:
            if method in verbs:
                groups.setdefault(verbs[method]["tags"][0], []).append(_operation(path, method, verbs[method]))
    return [Group(name, operations) for name, operations in groups.items()]


def _operation(path: str, method: str, said: dict[str, Any]) -> Operation:
    parameters = [
        Property(each["name"], _type(each["schema"]), each.get("required", False), each.get("description", ""))
        for each in said.get("parameters", [])
    ]
    body = _type(_schema_of(said.get("requestBody", {})))
    answers = [
        Answer(status, answer["description"], _type(_schema_of(answer))) for status, answer in said["responses"].items()
    ]
    return Operation(
        said["operationId"], method.upper(), path, said.get("summary", ""), said.get("description", ""), parameters, body,
        [answer for answer in answers if answer.status.startswith("2")],
    )  # fmt: skip


def _schema_of(part: dict[str, Any]) -> dict[str, Any]:
    for media in part.get("content", {}).values():
        return dict(media["schema"])
    return {}


def _properties(schema: dict[str, Any]) -> list[Property]:
    required = schema.get("required", [])
    return [
        Property(name, _type(each), name in required, each.get("description", ""))
        for name, each in schema.get("properties", {}).items()
    ]


def _type(schema: dict[str, Any]) -> str:
    """A schema in a word or two: “list of Deal”, “integer or null”, “open | won | lost”."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f"list of {name.removeprefix('Paginated').removesuffix('List')}" if name.startswith("Paginated") else name
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return " or ".join(_type(each) for each in schema[several])
    if "enum" in schema:
        return " | ".join(str(each) if each else "“”" for each in schema["enum"])
    kinds = schema.get("type", "")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_kind(kind, schema) for kind in kinds)


def _kind(kind: str, schema: dict[str, Any]) -> str:
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format", kind)) if kind == "string" else kind
