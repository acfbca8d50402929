"""The OpenAPI document: what every operation shares is said once, here."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from crm.rest.fields import Text, Whole
from crm.rest.filters import described
from crm.rest.pages import parameter
from crm.rest.problems import PROBLEM

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
USUAL = {"list": "List %s", "retrieve": "Read one of the %s"}
ABOUT = {
    "400": "The body cannot be read.",
    "401": "No token, or one that is unknown, expired or revoked.",
    "403": "The token lacks the scope, or you may read this but not change it.",
    "404": "There is no such record, or you may not know of it.",
    "409": "Somebody changed the same since the `version` you sent.",
    "412": "`If-Match` names a version that is not the newest.",
    "415": "The body is not of the type asked for.",
    "422": "Some fields or parameters are not valid: `errors` says which and why.",
    "429": "Too many requests: `Retry-After` says how many seconds to wait.",
}


class Problem(serializers.Serializer[Any]):
    """What every error looks like (RFC 9457)."""

    type = Text()
    title = Text()
    status = Whole()
    detail = Text()
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=Text()), required=False,
        help_text="For 422: sentences by field. Nested fields are joined by dots, the whole is the empty string.",
    )  # fmt: skip
    version = Whole(required=False, help_text="For 409 and 412: the newest version.")
    changed = serializers.ListField(
        child=Text(), required=False, help_text="For 409 on a quote: what was changed since."
    )
    stage = Whole(required=False, help_text="For 422 on entering a stage: the stage that asks for more.")
    needs = serializers.ListField(
        child=Text(), required=False, help_text="For 422 on entering a stage: what it asks for."
    )


class ResourceSchema(AutoSchema):
    def get_serializer_name(self, serializer: Any, direction: str) -> str:
        return type(serializer).__name__.removesuffix("Shape")

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        """`fields` may leave out everything but the id; what is sent may contain nothing unknown."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if getattr(serializer, "is_sparse", False):
            schema["required"] = ["id"]
        if getattr(serializer, "is_input", False):
            schema["additionalProperties"] = False
        return schema

    def get_operation(self, *args: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args)
        if operation is None:
            return None
        problem = self.resolve_serializer(Problem(), "response").ref
        for status in self._problems(operation):
            content = {PROBLEM: {"schema": problem}}
            operation["responses"][status] = {"description": ABOUT[status], "content": content}
        if self._has_version:
            for status in {"200", "201"} & operation["responses"].keys():
                operation["responses"][status]["headers"] = {"ETag": ETAG}
        return operation

    def _problems(self, operation: dict[str, Any]) -> list[str]:
        statuses = ["401", "403", "422", "429"]
        if "{" in self.path or getattr(self.view, "may_be_unseen", False):
            statuses.append("404")
        if "requestBody" in operation:
            statuses += ["400", "415"]
        if self.method in WRITES and self._has_version:
            statuses += ["409", "412"]
        return sorted(statuses)

    @property
    def _has_version(self) -> bool:
        if self._is_list_view():
            return False
        return "version" in getattr(getattr(self.view, "shape", None), "_declared_fields", {})

    def get_summary(self) -> str | None:
        first, _rest = self._about()
        return first

    def get_description(self) -> str:  # type: ignore[override]
        _first, rest = self._about()
        return rest

    def _about(self) -> tuple[str, str]:
        """A handler's docstring: its first line is the summary."""
        handler = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        text = (getattr(handler, "__doc__", None) or "").strip()
        text = text or USUAL.get(getattr(handler, "__name__", ""), "") % self.get_tags()[0].replace("-", " ")
        first, _sep, rest = text.partition("\n")
        return first.strip().rstrip("."), "\n".join(line.strip() for line in rest.splitlines()).strip()

    def get_auth(self) -> list[dict[str, Any]]:
        return [{"token": []}]

    def _get_parameters(self) -> list[Any]:
        own = described(getattr(self.view, "params", {}))
        return [*super()._get_parameters(), *own, *self._sparse(), *self._headers()]

    def _headers(self) -> list[dict[str, Any]]:
        headers = [IDEMPOTENCY_KEY] if self.method == "POST" else []
        if self.method in WRITES and "{" in self.path and self._has_version:
            headers.append(IF_MATCH)
        return headers

    def _sparse(self) -> list[dict[str, Any]]:
        """`fields` and `expand`, where the answer is the resource's own shape."""
        shape = getattr(self.view, "shape", None)
        if shape is None or not isinstance(self._answer_shape(), shape):
            return []
        sparse = [_several("fields", list(shape._declared_fields), "Only these fields; `id` always comes along.")]
        if expandable := getattr(self.view, "expandable", {}):
            sparse.append(_several("expand", list(expandable), "Put these records where their ids stand."))
        return sparse

    def _answer_shape(self) -> Any:
        answers: Any = self.get_response_serializers()
        if isinstance(answers, dict):
            answers = next(iter(answers.values()))
        if isinstance(answers, type):
            answers = answers()
        return getattr(answers, "child", answers)


def _several(name: str, names: list[str], about: str) -> dict[str, Any]:
    schema = {"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1}
    return parameter(name, schema, about, style="form", explode=False)


ETAG = {"schema": {"type": "string"}, "description": "The record’s version, for `If-Match`."}
IF_MATCH = {
    "name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag you last saw: if there is a newer version, nothing is changed and the answer is 412.",
}  # fmt: skip
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Your own name for this request. The same key within a day gets the first answer again.",
}  # fmt: skip
