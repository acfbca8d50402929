"""Filters and order by custom fields are those of plain Python, on worlds made at random."""

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict

from crm.access import reach_of
from crm.custom.queries import narrow, sorted_by
from crm.models import CustomField
from pipeline.filters import DealFilter
from pipeline.models import Deal
from tests.cast import Cast
from tests.custom.fields import SAMPLES, one_of_each

pytestmark = pytest.mark.django_db
RATES = {"EUR": Decimal(1), "USD": Decimal("0.9")}
Values = dict[str, Any]


def made(cast: Cast, seed: int) -> tuple[dict[str, CustomField], dict[int, Values]]:
    """Thirty deals, each with some values; by number what they have."""
    fields, rng = one_of_each(), random.Random(seed)
    samples = SAMPLES | {"person": [cast.alice.pk, cast.bob.pk, cast.mia.pk]}
    world = {}
    for _number in range(30):
        given = {f"custom.{kind}": rng.choice(values) for kind, values in samples.items() if rng.random() < 0.7}
        deal = cast.deal(**given)
        world[deal.pk] = deal.custom
    return fields, world


def asked(cast: Cast, query: str) -> set[int]:
    asked = DealFilter.of(QueryDict(query), reach_of(cast.dana))
    return set(asked.apply(Deal.objects.all()).values_list("pk", flat=True))


def worth(money: Values) -> Decimal | None:
    rate = RATES.get(money["currency"])
    return None if rate is None else Decimal(money["amount"]) * rate


QUERIES: list[tuple[str, Callable[[Values], bool]]] = [
    ("cf_text=BLUE", lambda has: "blue" in has.get("text", "").lower()),
    ("cf_text=%25", lambda has: "%" in has.get("text", "")),
    ("cf_text=none", lambda has: "text" not in has),
    ("cf_number=0", lambda has: has.get("number") == "0"),
    ("cf_number=1000.00&cf_number=-2.5", lambda has: has.get("number") in {"1000", "-2.5"}),
    ("cf_number_from=0", lambda has: "number" in has and Decimal(has["number"]) >= 0),
    ("cf_number_from=-5&cf_number_before=0.1", lambda has: -5 <= Decimal(has.get("number", 9)) < Decimal("0.1")),
    ("cf_money=1000 EUR", lambda has: has.get("money") == {"amount": "1000", "currency": "EUR"}),
    ("cf_money=1000", lambda has: has.get("money", {}).get("amount") == "1000"),
    ("cf_money_from=1000", lambda has: "money" in has and (worth(has["money"]) or 0) >= 1000),
    ("cf_money_before=1000", lambda has: "money" in has and (worth(has["money"]) or 0) < 1000),
    ("cf_date=1999-12-31", lambda has: has.get("date") == "1999-12-31"),
    (
        "cf_date_from=2026-01-31&cf_date_before=2030-06-01",
        lambda has: "2026-01-31" <= has.get("date", "") < "2030-06-01",
    ),
    ("cf_choice=small&cf_choice=huge", lambda has: has.get("choice") in {"small", "huge"}),
    ("cf_choice=large&cf_choice=none", lambda has: has.get("choice") in {"large", None}),
    ("cf_choices=small", lambda has: "small" in has.get("choices", [])),
    ("cf_choices=huge&cf_choices=large", lambda has: bool({"huge", "large"} & set(has.get("choices", [])))),
    ("cf_yes_no=no", lambda has: has.get("yes_no") is False),
    ("cf_yes_no=yes&cf_yes_no=none", lambda has: has.get("yes_no") in {True, None}),
    ("cf_link=B.EX", lambda has: "b.ex" in has.get("link", "")),
]


@pytest.mark.parametrize("seed", range(3))
def test_filters_are_those_of_python(cast: Cast, seed: int) -> None:
    _fields, world = made(cast, seed)
    for query, holds in QUERIES:
        assert asked(cast, query) == {pk for pk, has in world.items() if holds(has)}, query
    for person in (cast.bob, cast.mia):
        assert asked(cast, f"cf_person={person.pk}") == {
            pk for pk, has in world.items() if has.get("person") == person.pk
        }


PLACES = {"small": 0, "large": 1, "huge": 2}
KEYS: dict[str, Callable[[Values], Any]] = {
    "number": lambda has: Decimal(has.get("number", "-1e30")),
    "money": lambda has: worth(has["money"]) if "money" in has else Decimal("-1e30"),
    "date": lambda has: date.fromisoformat(has.get("date", "0001-01-01")),
    "choice": lambda has: PLACES.get(has.get("choice", ""), -1),
    "choices": lambda has: PLACES.get(has.get("choices", [""])[0], -1),
    "yes_no": lambda has: {True: 2, False: 1, None: 0}[has.get("yes_no")],
}


@pytest.mark.parametrize("seed", range(3))
def test_order_is_that_of_python(cast: Cast, seed: int) -> None:
    fields, world = made(cast, seed)
    for kind, key in KEYS.items():
        rows = Deal.objects.annotate(key=sorted_by(fields[kind])).order_by("key", "pk").values_list("pk", flat=True)
        assert list(rows) == sorted(world, key=lambda pk: (key(world[pk]), pk)), kind
    names = {cast.alice.pk: "alice", cast.bob.pk: "bob", cast.mia.pk: "mia"}
    rows = Deal.objects.annotate(key=sorted_by(fields["person"])).order_by("key", "pk").values_list("pk", flat=True)
    assert list(rows) == sorted(world, key=lambda pk: (names.get(world[pk].get("person", 0), ""), pk))


def test_equal_values_are_found_by_the_index(cast: Cast) -> None:
    one_of_each()
    for query in ({"choice": "small"}, {"number": "5"}, {"yes_no": "no"}, {"choices": "huge"}, {"person": "7"}):
        ((kind, value),) = query.items()
        sql, params = Deal.objects.filter(narrow("deal", f"cf_{kind}", [value])).query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}", params)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "deal_custom" in plan, plan
