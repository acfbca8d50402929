"""/api/v1/quota-batches/, and quotas of every type."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from crm.calendar import this
from forecasting.models import Quota
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_many_are_set_together_and_taken_back(cast: Cast, as_user: As) -> None:
    api = as_user(cast.mia)
    sent = [
        {"owner": cast.alice.pk, "period": "2026-10", "amount": "10.50", "note": "Plan"},
        {"owner": cast.bob.pk, "period": "2026-Q4", "amount": 3, "type": "count"},
    ]
    made = api.post("quota-batches/", {"quotas": sent})
    assert (made.status_code, made.json()["quotas"], made.json()["kind"]) == (201, 2, "sent")
    assert api.post("quota-batches/", {"quotas": sent}).status_code == 204
    quotas = api.get("quotas/").json()["results"]
    assert [(each["type"], each["amount"], each["currency"]) for each in quotas] == [
        ("count", "3", ""),
        ("revenue", "10.50", "EUR"),
    ]
    assert [each["type"] for each in api.get("quotas/", {"type": "count"}).json()["results"]] == ["count"]

    address = f"quota-batches/{made.json()['id']}/"
    assert as_user(cast.dana).post(f"{address}undoings/").status_code == 404
    undo = api.post(f"{address}undoings/")
    assert (undo.status_code, undo.json()["undoes"]) == (201, made.json()["id"])
    assert not Quota.objects.exists()
    assert api.post(f"{address}undoings/").status_code == 422


def test_all_of_them_or_none(cast: Cast, as_user: As) -> None:
    sent = [
        {"owner": cast.alice.pk, "period": "2026-10", "amount": 1},
        {"owner": cast.mia.pk, "period": "2026-10", "amount": 1},
    ]
    answer = as_user(cast.mia).post("quota-batches/", {"quotas": sent})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["quotas.1.owner"])
    assert not Quota.objects.exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"period": "soon"}, "quotas.0.period"),
        ({"type": "weight"}, "quotas.0.type"),
        ({"type": "family-Nothing of the kind"}, "quotas.0.type"),
        ({"amount": "-1"}, "quotas.0.amount"),
        ({"team": 1}, "quotas.0.team"),
    ],
)
def test_it_refuses_by_field(cast: Cast, as_user: As, sent: dict[str, object], field: str) -> None:
    body = {"owner": cast.alice.pk, "period": "2026-10", "amount": 1} | sent
    answer = as_user(cast.mia).post("quota-batches/", {"quotas": [body]})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_a_year_is_spread_and_copied(cast: Cast, as_user: As) -> None:
    api, year = as_user(cast.mia), this("year").key
    body = {"owner": cast.alice.pk, "year": year, "amount": "100", "into": "quarter", "dry_run": True}
    tried = api.post("quota-batches/spreads/", body).json()
    assert [each["amount"] for each in tried["quotas"]] == ["25.00"] * 4
    assert tried["batch"] is None
    assert not Quota.objects.exists()
    assert api.post("quota-batches/spreads/", body | {"dry_run": False}).json()["batch"] is not None
    copied = api.post("quota-batches/copies/", {"period": year, "percent": 10})
    assert copied.status_code == 200
    assert Quota.objects.filter(amount=Decimal("27.50")).count() == 4
    refused = api.post("quota-batches/spreads/", body | {"year": "2026-10"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["year"])


def test_what_was_set_from_above_is_refused(cast: Cast, as_user: As) -> None:
    quota = as_user(cast.dana).post("quotas/", {"owner": cast.alice.pk, "period": "2026-10", "amount": 9}).json()
    answer = as_user(cast.mia).patch(f"quotas/{quota['id']}/", {"amount": 1})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["amount"])
    assert as_user(cast.mia).delete(f"quotas/{quota['id']}/").status_code == 422
    assert Quota.objects.get().amount == 9
