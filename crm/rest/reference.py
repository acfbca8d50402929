"""The OpenAPI document, and a page to read it: both made from the same views that answer."""

import json
from functools import cache
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
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
PAGE = "Paginated"
MANY = 10  # words of a fixed list that a line shows


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


@extend_schema(exclude=True)
class Schema(Open):
    def get(self, request: Request) -> Response:
        return Response(document(), content_type=MEDIA)


@extend_schema(exclude=True)
class Nowhere(Open):
    """An address that is none: a missing slash is added, everything else is a problem."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.path.endswith("/") and is_valid_path(f"{request.path_info}/"):
            address = request.get_full_path(force_append_slash=True)
            return HttpResponsePermanentRedirect(address, preserve_request=True)
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(_("There is nothing at this address."))


# ── The page ───────────────────────────────────────────────────────────────────────────────────────


class Word(NamedTuple):
    """A piece of a type; `shape` names the shape it leads to."""

    text: str
    shape: str = ""


Type = list[Word]
Prose = list[tuple[str, bool]]  # each piece, and whether it is code


class Property(NamedTuple):
    name: str
    type: Type
    is_required: bool
    about: Prose


class Answer(NamedTuple):
    status: str
    shape: Type


class Operation(NamedTuple):
    id: str
    method: str
    path: str
    summary: str
    description: Prose
    parameters: list[Property]
    body: Type
    answers: list[Answer]


class Group(NamedTuple):
    name: str
    operations: list[Operation]


class NamedShape(NamedTuple):
    name: str
    about: Prose
    properties: list[Property]


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    made = document()
    context = {"groups": _groups(made), "shapes": _shapes(made), "root": request.build_absolute_uri("/api/v1/")}
    return render(request, "crm/api.html", context)


def _groups(made: dict[str, Any]) -> list[Group]:
    groups: dict[str, list[Operation]] = {}
    for path, verbs in made["paths"].items():
        for method in [method for method in METHODS if method in verbs]:
            groups.setdefault(verbs[method]["tags"][0], []).append(_operation(path, method, verbs[method]))
    return [Group(name, operations) for name, operations in groups.items()]


def _shapes(made: dict[str, Any]) -> list[NamedShape]:
    schemas: dict[str, Any] = made["components"]["schemas"]
    return [
        NamedShape(name, _prose(schema), _properties(schema))
        for name, schema in schemas.items()
        if not name.startswith(PAGE)
    ]


def _operation(path: str, method: str, said: dict[str, Any]) -> Operation:
    parameters = [
        Property(each["name"], _type(each["schema"]), each.get("required", False), _prose(each))
        for each in said.get("parameters", [])
    ]
    answers = [
        Answer(status, _type(_schema_of(answer)))
        for status, answer in said["responses"].items()
        if status.startswith("2")
    ]
    body = _type(_schema_of(said.get("requestBody", {})))
    verb, about = method.upper(), said.get("summary", "")
    return Operation(said["operationId"], verb, path, about, _prose(said), parameters, body, answers)


def _schema_of(part: dict[str, Any]) -> dict[str, Any]:
    for media in part.get("content", {}).values():
        return dict(media["schema"])
    return {}


def _properties(schema: dict[str, Any]) -> list[Property]:
    required = schema.get("required", [])
    return [
        Property(name, _type(each), name in required, _prose(each))
        for name, each in schema.get("properties", {}).items()
    ]


def _prose(said: dict[str, Any]) -> Prose:
    """A description, with what stands between backticks as code."""
    pieces = str(said.get("description", "")).split("`")
    return [(piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece]


def _type(schema: dict[str, Any]) -> Type:
    """A schema in a word or two: “list of Deal”, “integer or null”, “open | won | lost”."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        if name.startswith(PAGE):
            return [Word("list of "), _named(name.removeprefix(PAGE).removesuffix("List"))]
        return [_named(name)]
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            first, *others = (_type(each) for each in schema[several])
            return first + [word for other in others for word in (Word(" or "), *other)]
    if "enum" in schema:
        return [Word(_words(schema["enum"]))]
    if "const" in schema:
        return [Word(json.dumps(schema["const"]))]
    kinds = schema.get("type", [])
    if kinds == "array":
        return [Word("list of "), *_type(schema.get("items", {}))]
    words = [_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    return [Word(" or ".join(words))] if words else []


def _words(known: list[Any]) -> str:
    shown = [str(each) or "“”" for each in known[:MANY]]
    return " | ".join([*shown, "…"] if len(known) > MANY else shown)


def _named(name: str) -> Word:
    return Word(name, shape=name)


def _kind(kind: str, schema: dict[str, Any]) -> str:
    return str(schema.get("format", kind)) if kind == "string" else kind
