"""/api/v1/quotas/."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from forecasting.models import Quota, QuotaChange
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_a_superior_sets_and_revises_with_a_note(cast: Cast, as_user: As) -> None:
    api = as_user(cast.mia)

    made = api.post("quotas/", {"owner": cast.alice.pk, "period": "2026-Q4", "amount": "90000", "note": "Plan"})
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"], "owner": cast.alice.pk, "team": None, "period": "2026-Q4", "starts_on": "2026-10-01",
        "ends_on": "2027-01-01", "type": "revenue", "amount": "90000.00", "currency": "EUR", "version": 1,
    }  # fmt: skip
    address = f"quotas/{made.json()['id']}/"
    revised = api.patch(address, {"amount": "95000", "currency": "USD", "note": "A new colleague"})
    assert (revised.json()["amount"], revised.json()["currency"], revised.json()["version"]) == ("95000.00", "USD", 2)

    changes = api.get(f"{address}changes/").json()["results"]
    assert [(each["amount"], each["was_amount"], each["note"], each["by"]) for each in changes] == [
        ("95000.00", "90000.00", "A new colleague", cast.mia.pk),
        ("90000.00", None, "Plan", cast.mia.pk),
    ]


def test_it_is_removed_but_its_history_stays(cast: Cast, as_user: As) -> None:
    api = as_user(cast.dana)
    quota = api.post("quotas/", {"team": cast.north.pk, "period": "2026-11", "amount": 5}).json()
    assert api.delete(f"quotas/{quota['id']}/").status_code == 204
    assert Quota.objects.count() == 0
    assert list(QuotaChange.objects.values_list("amount", flat=True)) == [None, Decimal(5)]


@pytest.mark.parametrize("who", ["alice", "mia", "dana"])
def test_nobody_sets_their_own(cast: Cast, as_user: As, who: str) -> None:
    person = getattr(cast, who)
    answer = as_user(person).post("quotas/", {"owner": person.pk, "period": "2026-11", "amount": 1})
    assert (answer.status_code, Quota.objects.count()) == (422, 0)


def test_nobody_sets_those_of_others_sides(cast: Cast, as_user: As) -> None:
    quota = as_user(cast.dana).post("quotas/", {"owner": cast.charlie.pk, "period": "2026-11", "amount": 1}).json()
    address = f"quotas/{quota['id']}/"
    assert as_user(cast.mia).get(address).status_code == 404
    assert as_user(cast.mia).patch(address, {"amount": 2}).status_code == 404
    assert (
        as_user(cast.mia).post("quotas/", {"owner": cast.charlie.pk, "period": "2026-11", "amount": 1}).status_code
        == 422
    )
    assert as_user(cast.charlie).get(address).status_code == 200
    assert as_user(cast.charlie).patch(address, {"amount": 2}).status_code == 422
    assert as_user(cast.ravi).patch(address, {"amount": 2}).status_code == 403
    assert Quota.objects.get().amount == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"period": "2026"}, "period"),
        ({"period": "soon"}, "period"),
        ({"period": "2026-10..2026-11"}, "period"),
        ({"amount": "-1"}, "amount"),
        ({"amount": None}, "amount"),
        ({"currency": "XXX"}, "currency"),
        ({"owner": 0}, "owner"),
    ],
)
def test_it_refuses_by_field(cast: Cast, as_user: As, sent: dict[str, object], field: str) -> None:
    body = {"owner": cast.alice.pk, "period": "2026-11", "amount": 1} | sent
    answer = as_user(cast.mia).post("quotas/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_a_version_that_is_not_the_newest_is_a_conflict(cast: Cast, as_user: As) -> None:
    api = as_user(cast.mia)
    body = {"owner": cast.alice.pk, "period": "2026-11", "amount": 1, "version": 0}
    quota = api.post("quotas/", body).json()
    assert api.post("quotas/", body | {"amount": 2}).status_code == 409
    assert api.patch(f"quotas/{quota['id']}/", {"amount": 3}, **{"If-Match": '"7"'}).status_code == 412


def test_it_narrows(cast: Cast, as_user: As) -> None:
    api = as_user(cast.mia)
    for owner, period in [(cast.alice, "2026-10"), (cast.alice, "2026-11"), (cast.bob, "2026-Q4")]:
        api.post("quotas/", {"owner": owner.pk, "period": period, "amount": 1})

    def found(query: dict[str, object]) -> list[str]:
        return [each["period"] for each in api.get("quotas/", query).json()["results"]]

    assert found({"owner": cast.alice.pk}) == ["2026-11", "2026-10"]
    assert found({"from": "2026-11-01"}) == ["2026-11"]
    assert found({"to": "2026-11-01"}) == ["2026-10"]
    assert [each["period"] for each in as_user(cast.charlie).get("quotas/").json()["results"]] == []
