"""The OpenAPI document is true: whatever is sent is answered as it says, and nothing breaks."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from crm.rest.reference import document
from crm.wsgi import application
from tests.api.conftest import Caller
from tests.cast import Cast

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
EXAMPLES = 3


@cache
def operations() -> dict[str, list[Any]]:
    schema = schemathesis.openapi.from_dict(document())
    schema.app = application
    found: dict[str, list[Any]] = {}
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        found.setdefault(operation.tags[0], []).append(operation)
    return found


def is_invalid(case: Any) -> bool:
    """The body or the path is wrong. (Of headers and the query an address may lose what was wrong.)"""
    parts = {ParameterLocation.BODY, ParameterLocation.PATH} & case.meta.components.keys()
    return any(case.meta.components[part].mode.is_negative for part in parts)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A real server begins and ends each request with fresh connections; here all requests share the test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("who", ["dana", "alice"])
@pytest.mark.parametrize("tag", sorted({path.split("/")[3] for path in document()["paths"]}))
def test_it_answers_as_documented(tag: str, who: str, cast: Cast) -> None:
    headers = Caller(getattr(cast, who)).headers
    records = {"deals": cast.deal(), "stages": cast.stages["Demo"], "companies": cast.acme, "contacts": cast.carol}

    def existing(case: Any) -> Any:
        if tag in records and "id" in case.path_parameters:
            case.path_parameters["id"] = records[tag].pk
        return case

    for operation in operations()[tag]:
        valid, invalid = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

        @settings(
            max_examples=EXAMPLES, phases=[Phase.generate], database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(st.one_of(valid.map(existing), valid), invalid)
        def check(right: Any, wrong: Any) -> None:
            right.call_and_validate(headers=headers, checks=CHECKS)
            checks = [*CHECKS, negative_data_rejection] if is_invalid(wrong) else CHECKS
            wrong.call_and_validate(headers=headers, checks=checks)

        check()
