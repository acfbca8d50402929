"""The viewset that every resource extends: rows through Reach, pages, sparse fields, expansion, versions."""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any, ClassVar, NamedTuple

from django.db import models
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers, viewsets
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.fields import empty
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.access import Reach, reach_of
from crm.models import User
from crm.rest.filters import Filters, Param, read_params
from crm.rest.problems import Changed
from crm.rest.schema import ResourceSchema

Row = Mapping[str, Any]
Records = list[dict[str, Any]]
Names = list[str]
METHODS = ["get", "post", "put", "patch", "delete", "head"]


class Shape(serializers.Serializer[Any]):
    """A resource as it is read. The declared fields are for the OpenAPI document; `of` writes them, fast.

    `columns` are what `of` needs, as `QuerySet.values` takes them.
    """

    columns: ClassVar[tuple[str, ...]]
    is_sparse: ClassVar[bool] = True  # `?fields=` may leave some out
    costs: ClassVar[tuple[str, ...]] = ()  # fields that are null for a reach that does not see costs

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        return {name: row[name] for name in cls.columns}

    @classmethod
    def told(cls, row: Row, reach: Reach) -> dict[str, Any]:
        """As a reach may have it."""
        record = cls.of(row)
        if cls.costs and not reach.sees_costs:
            record |= dict.fromkeys(cls.costs)
        return record

    @classmethod
    def of_all(cls, queryset: QuerySet[Any], reach: Reach) -> list[dict[str, Any]]:
        return [cls.told(row, reach) for row in queryset.values(*cls.columns)]


class Input(serializers.Serializer[Any]):
    """What is sent. An unknown field is refused: a typing error must not pass in silence."""

    is_input: ClassVar[bool] = True
    elsewhere: ClassVar[Mapping[str, Any]] = {}  # fields that look settable, and what to do instead

    def get_fields(self) -> dict[str, Any]:
        """Those that are sent or have something to say if they are not: to make a field takes longer than to use it."""
        sent = getattr(self, "initial_data", None)
        if not isinstance(sent, dict):
            return super().get_fields()
        declared: dict[str, Any] = self._declared_fields
        return {
            name: deepcopy(field)
            for name, field in declared.items()
            if name in sent or field.required or field.default is not empty
        }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := data.keys() - self._declared_fields.keys()):
            no = _("There is no such field to set.")
            raise ValidationError({str(name): [self.elsewhere.get(name, no)] for name in sorted(unknown)})
        if isinstance(data, dict) and self.parent is not None:
            # A row is sent as a whole, also in a PATCH of what holds it.
            fields = self._declared_fields.items()
            needed = {name: field for name, field in fields if field.required and name not in data}
            if needed:
                raise ValidationError({name: [field.error_messages["required"]] for name, field in needed.items()})
        return super().to_internal_value(data)


class Expansion(NamedTuple):
    """How `?expand=` reads a related record: its shape, and the records a reach extends to."""

    shape: type[Shape]
    find: Callable[[Reach], QuerySet[Any]]


class AlwaysJson(BaseContentNegotiation):
    """The API speaks JSON and nothing else: nobody is sent away for an Accept header."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        kind = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Asked:
    """Who asks, and how far their rights go."""

    request: Any

    @property
    def me(self) -> User:
        user = self.request.user
        assert isinstance(user, User)  # whoever is nobody was sent away before
        return user

    @property
    def reach(self) -> Reach:
        return reach_of(self.me)

    def only_admins(self) -> None:
        if not self.reach.is_admin:
            raise PermissionDenied(_("Only admins may change this."))

    def read_body(self, kind: type[Input], *, partial: bool = False, **context: Any) -> dict[str, Any]:
        body = kind(data=self.request.data, partial=partial, context={"reach": self.reach, **context})
        body.is_valid(raise_exception=True)
        sent: dict[str, Any] = body.validated_data
        sent |= sent.pop("custom", {})
        return sent


class Answers(Asked, APIView):
    """One answer at one address: no list, no detail."""

    scope: ClassVar[str]
    params: ClassVar[Mapping[str, Param]] = {}
    may_be_unseen: ClassVar[bool] = False  # a parameter names what one may not know of: 404
    schema = ResourceSchema()
    http_method_names = METHODS
    content_negotiation_class = AlwaysJson


class Resource(Asked, viewsets.GenericViewSet[Any]):
    """Reading: list and detail. `visible` says what may be read, and is where each subclass starts."""

    scope: ClassVar[str]
    model: ClassVar[type[models.Model]]
    shape: ClassVar[type[Shape]]
    ordering: ClassVar[tuple[str, ...]] = ("-id",)
    filters: ClassVar[Mapping[str, Param]] = {}
    customised: ClassVar[str] = ""  # the noun whose custom fields narrow the list too
    expandable: ClassVar[Mapping[str, Expansion]] = {}
    counter: ClassVar[str] = "version"  # the column that counts changes
    also_takes: ClassVar[frozenset[str]] = frozenset()  # parameters of other requests than lists
    schema = ResourceSchema()
    http_method_names = METHODS
    filter_backends = [Filters]
    content_negotiation_class = AlwaysJson
    lookup_value_regex = "[0-9]+"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whatever the address asks for is looked at before anything is done."""
        super().initial(request, *args, **kwargs)
        if self.action != "list":
            pages = {"limit", "cursor"} if request.method == "GET" else set()
            read_params(request, {}, beside={"fields", "expand", *pages, *self.also_takes})
        self.expanded = self._names("expand", self.expandable)
        self.wanted = self._names("fields", self.shape._declared_fields)

    def visible(self) -> QuerySet[Any]:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:  # what drf-spectacular asks, without a user
        return self.model._default_manager.none()

    def get_serializer_class(self) -> type[Shape]:
        return self.shape

    # ── Reading ────────────────────────────────────────────────────────────────────────────────

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.page(self.filter_queryset(self.visible()), self.shape)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.visible().filter(pk=kwargs[self.lookup_field]).values(*self.shape.columns).first()
        if row is None:
            raise Http404
        return self.answer(row)

    def page(self, queryset: QuerySet[Any], shape: type[Shape], *, ordering: tuple[str, ...] = ()) -> Response:
        """One page of a list; of a list below a record with an `ordering` of its own."""
        self.ordering = ordering or self.ordering  # type: ignore[misc]
        rows = self.paginate_queryset(queryset.values(*shape.columns)) or []
        records = [shape.told(row, self.reach) for row in rows]
        return self.get_paginated_response(self.trimmed(records) if shape is self.shape else records)

    def answer(self, row: Row, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """One record, with its version as ETag."""
        tags = {"ETag": f'"{row[self.counter]}"'} if self.counter in row else {}
        (record,) = self.trimmed([self.shape.told(row, self.reach)])
        return Response(record, status=status, headers={**tags, **(headers or {})})

    def written(self, instance: models.Model, *, status: int = 200) -> Response:
        """The record after a verb has changed it; 201 comes with its address."""
        row = self.shape_row(instance)
        headers = {"Location": self.reverse_action("detail", [instance.pk])} if status == 201 else None
        return self.answer(row, status=status, headers=headers)

    def shape_row(self, instance: models.Model) -> Row:
        row: Row = type(instance)._default_manager.filter(pk=instance.pk).values(*self.shape.columns).get()
        return row

    # ── Finding, to change ─────────────────────────────────────────────────────────────────────

    def find(self, pk: Any) -> Any:
        return self.find_in(self.visible(), pk=pk)

    @staticmethod
    def find_in(queryset: QuerySet[Any], **which: Any) -> Any:
        found = queryset.filter(**which).first()
        if found is None:
            raise Http404
        return found

    def editable(self, pk: Any) -> Any:
        """Unseen is 404; seen, but somebody else's to change, is 403."""
        found = self.find(pk)
        if not self.reach.changes(found.owner_id, found.team_id):
            raise PermissionDenied(_("You may read this, but not change it."))
        return found

    def to_change(self, pk: Any, kind: type[Input], *, partial: bool = False) -> tuple[Any, dict[str, Any]]:
        """The record, and what is to become of it. A precondition is looked at last, as RFC 9110 wants it."""
        found = self.editable(pk)
        sent = self.read_body(kind, partial=partial, **self.context_of(found))
        self.check_version(found)
        return found, sent

    def find_to_change(self, pk: Any) -> Any:
        """The same without a body."""
        found = self.editable(pk)
        self.check_version(found)
        return found

    def context_of(self, found: Any) -> dict[str, Any]:
        """What else the input has to know of the record (None: a new one)."""
        return {}

    def check_version(self, found: Any) -> None:
        """Refuse with 412 unless If-Match names the newest version: the row stays locked until the verb has ended."""
        wanted = self.request.headers.get("If-Match")
        if wanted is None or wanted.strip() == "*":
            return
        rows = type(found)._default_manager.select_for_update()
        version = rows.values_list(self.counter, flat=True).get(pk=found.pk)
        if f'"{version}"' not in {tag.strip().removeprefix("W/") for tag in wanted.split(",")}:
            raise Changed(version)

    # ── Sparse fields and expansion ────────────────────────────────────────────────────────────

    def trimmed(self, records: Records) -> Records:
        """As `?expand=` and `?fields=` ask: one query for each expansion, however many records."""
        for name in self.expanded:
            expand(records, name, self.expandable[name], self.reach)
        if not self.wanted:
            return records
        keys = {"id", *self.wanted}
        return [{key: record[key] for key in record if key in keys} for record in records]

    def _names(self, parameter: str, known: Iterable[str]) -> Names:
        names = [name for text in self.request.query_params.getlist(parameter) for name in text.split(",")]
        if unknown := set(names) - set(known):
            text = _("Not known here: %(names)s.") % {"names": ", ".join(sorted(unknown))}
            raise ValidationError({parameter: [text]})
        return list(dict.fromkeys(names))


def expand(records: Records, name: str, how: Expansion, reach: Reach) -> None:
    """Put the record where its id stands. What the reach does not extend to stays an id."""
    ids = {record[name] for record in records if record[name] is not None}
    found = {one["id"]: one for one in how.shape.of_all(how.find(reach).filter(pk__in=ids), reach)}
    for record in records:
        record[name] = found.get(record[name], record[name])
