"""As of an instant: what the tables said then, whatever was done or recorded since."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.models import ExchangeRate
from crm.past import looking_back
from pipeline.models import Deal, DealChange, DealContact, DealLine, Pipeline, Stage
from tests.cast import Cast
from tests.lives import live_on, moment

pytestmark = pytest.mark.django_db
TABLES = (Deal, Stage, Pipeline, ExchangeRate)


def tables() -> dict[str, Any]:
    """All that is remembered, to the last column; where among its neighbours a card lay is not."""
    found: dict[str, Any] = {model.__name__: list(model._default_manager.order_by("pk").values()) for model in TABLES}
    for deal in found["Deal"]:
        del deal["rank"]
    lines = DealLine.objects.filter(deal__in=Deal.objects.all()).order_by("deal", "position", "id")
    found["lines"] = list(lines.values_list("deal", "product", "quantity", "unit_price", "discount", "total"))
    people = DealContact.objects.filter(deal__in=Deal.objects.all()).order_by("deal", "contact")
    found["people"] = list(people.values_list("deal", "contact", "role"))
    return found


class Rolled(Exception):
    pass


@pytest.mark.django_db
@given(st.integers(0, 10**9))
@settings(max_examples=3, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_what_the_tables_said_then(cast: Cast, seed: int) -> None:
    try:
        with transaction.atomic():
            _check_history(cast, Random(seed))
            raise Rolled
    except Rolled:
        pass


def assert_same(expected: list[Any], found: list[Any], where: str) -> None:
    """With what differs named."""
    differing = [
        {key: (was, row[key]) for key, was in before.items() if was != row[key]}
        if isinstance(before, dict)
        else (before, row)
        for before, row in zip(expected, found, strict=False)
        if before != row
    ]
    assert (differing, len(found)) == ([], len(expected)), where


def _check_history(cast: Cast, random: Random) -> None:
    for number in range(4):
        cast.deal(f"Deal {number}", amount=Decimal(100 * number))
    seen = {at: tables() for at in live_on(cast, random, 16)}
    for at, then in seen.items():
        with looking_back(moment(at)):
            now = tables()
        for name, rows in then.items():
            assert_same(rows, now[name], f"{name} at {at}")


def test_it_is_what_a_replay_of_the_history_gives(cast: Cast) -> None:
    """Every row of history, read one after the other by plain Python: the last known one says how the deal stood."""
    random = Random(11)
    for number in range(4):
        cast.deal(f"Deal {number}", amount=Decimal(100 * number))
    ends = list(live_on(cast, random, 40))
    rows: list[dict[str, Any]] = [dict(row) for row in DealChange.objects.values()]
    history = sorted(rows, key=lambda row: (row["effective_at"], row["id"]))
    kept = ("pipeline_id", "stage_id", "outcome", "owner_id", "team_id", "amount", "currency_id", "expected_close_on",
            "probability_override", "category_override", "closed_on", "base_amount", "version")  # fmt: skip
    for at in ends:
        replayed = {row["deal_id"]: row for row in history if row["known_at"] <= at}
        with looking_back(moment(at)):
            found: dict[int, dict[str, Any]] = {deal["id"]: dict(deal) for deal in Deal.objects.values()}
        assert found.keys() == replayed.keys()
        for key, row in replayed.items():
            assert {name: found[key][name] for name in kept} == {name: row[name] for name in kept}, at
            assert (found[key]["archived_at"] is not None) == row["is_archived"]
