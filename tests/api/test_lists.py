"""What every list has in common: one envelope, pages by key, sparse fields, expansion."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crm.api import RESOURCES
from crm.custom.actions import create_custom_field
from crm.models import Alert, Currency, User
from crm.periods import month_of
from crm.rates import set_plan_rate
from crm.rest.resource import Shape
from crm.rest.schema import ResourceSchema
from forecasting.actions import set_quota, set_quotas
from forecasting.judging import adjust
from forecasting.setting import Entry
from pipeline.activities import log_activity
from pipeline.books import create_price_book
from pipeline.saving import save_view
from quotes.actions import draft_quote
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.matrix import ALERTED
from tests.matrix_of_invoices import invoice_objects
from tests.matrix_of_quotes import after_objects

As = Callable[..., Caller]
LISTS = list(RESOURCES)
VIEWS: dict[str, Any] = {**RESOURCES}


@pytest.fixture
def rows(cast: Cast) -> Cast:
    """At least one record in every list that a test's transaction can show."""
    deal = cast.deal(lines=[])
    create_price_book(name="List", currency=cast.pump.currency, by=cast.dana)
    log_activity(deal, subject="Met", by=cast.alice)
    draft_quote(deal, by=cast.alice)
    after_objects(cast, deal)
    invoice_objects(cast)
    set_quota(owner=cast.alice, period=month_of(cast.today), amount=Decimal(1), by=cast.mia)
    create_custom_field(noun="deal", label="Site", kind="text", by=cast.dana)
    save_view(screen="list", name="Big ones", query="amount_from=10000", by=cast.dana)
    month = month_of(cast.today)
    adjust(
        owner=cast.alice, team=cast.north, period=month, measure="forecast", amount=Decimal(1), note="Sure", by=cast.mia
    )
    set_quotas([Entry(cast.bob, month, Decimal(1))], kind="sent", by=cast.dana)
    set_plan_rate(currency=Currency.objects.get(pk="USD"), period=month, rate=Decimal("0.9"), by=cast.dana)
    Alert.objects.create(user=cast.dana, kind="quota", about=month.key, facts=ALERTED)
    return cast


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_the_same_envelope(rows: Cast, as_user: As, name: str) -> None:
    answer = as_user(rows.dana).get(f"{name}/")
    assert answer.status_code == 200
    assert list(answer.json()) == ["next", "previous", "results"]
    if name != "events":  # told only once they are committed
        assert answer.json()["results"]


@pytest.mark.parametrize("part", ["deals/{deal}/changes/", "deals/{deal}/lines/", "deals/{deal}/contacts/",
                                  "contacts/{contact}/positions/", "quotas/{quota}/changes/"])  # fmt: skip
def test_lists_below_a_record_have_it_too(rows: Cast, as_user: As, part: str) -> None:
    api = as_user(rows.dana)
    known = {
        "deal": api.get("deals/").json()["results"][0]["id"],
        "contact": rows.carol.pk,
        "quota": api.get("quotas/").json()["results"][0]["id"],
    }
    assert list(api.get(part.format(**known)).json()) == ["next", "previous", "results"]


@pytest.mark.parametrize("name", LISTS)
def test_a_record_reads_the_same_in_list_and_detail_and_as_declared(rows: Cast, as_user: As, name: str) -> None:
    api, shape = as_user(rows.dana), VIEWS[name].shape
    for record in api.get(f"{name}/").json()["results"]:
        assert list(record) == list(shape._declared_fields)
        assert api.get(f"{name}/{record['id']}/").json() == record


@pytest.mark.parametrize("name", LISTS)
def test_every_resource_expands_what_it_says(rows: Cast, as_user: As, name: str) -> None:
    api, view = as_user(rows.dana), VIEWS[name]
    if not view.expandable:
        assert api.get(f"{name}/", {"expand": "owner"}).status_code == 422
        return
    records = api.get(f"{name}/", {"expand": ",".join(view.expandable)}).json()["results"]
    for record in records:
        for each, how in view.expandable.items():
            assert record[each] is None or list(record[each]) == list(how.shape._declared_fields)


def test_pages_go_there_and_back_by_key(cast: Cast, as_user: As) -> None:
    made = [cast.deal(f"Deal {number}").pk for number in range(7)]
    api, newest_first = as_user(cast.alice), made[::-1]

    def ids(page: Any) -> list[int]:
        return [each["id"] for each in page["results"]]

    first = api.get("deals/", {"limit": 3}).json()
    assert (ids(first), first["previous"]) == (newest_first[:3], None)
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    assert (ids(second), ids(third), third["next"]) == (newest_first[3:6], newest_first[6:], None)
    assert ids(api.get(third["previous"]).json()) == newest_first[3:6]
    back = api.get(second["previous"]).json()
    assert (ids(back), back["previous"], back["next"]) == (newest_first[:3], None, first["next"])


def test_a_record_that_comes_between_pages_neither_repeats_nor_hides_one(cast: Cast, as_user: As) -> None:
    made = [cast.deal(f"Deal {number}").pk for number in range(4)]
    api = as_user(cast.alice)
    first = api.get("deals/", {"limit": 2}).json()
    cast.deal("A new one")

    second = api.get(first["next"]).json()

    assert [each["id"] for each in first["results"] + second["results"]] == made[::-1]


def test_pages_by_name_tell_apart_those_who_share_one(cast: Cast, as_user: As) -> None:
    User.objects.bulk_create([User(email=f"same{number}@example.com", name="Same") for number in range(3)])
    api, seen, address = as_user(cast.alice), list[int](), "users/?limit=2"
    while address:
        page = api.get(address).json()
        seen += [each["id"] for each in page["results"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == 11


def test_sparse_fields_keep_the_id_and_the_narrowing(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    api = as_user(cast.alice)
    assert api.get("deals/", {"fields": "title,amount"}).json()["results"] == [
        {"id": deal.pk, "title": "Pump station", "amount": "1000.00"}
    ]
    assert api.get(f"deals/{deal.pk}/", {"fields": "stage", "expand": "stage"}).json()["stage"]["name"] == "Qualify"
    assert api.get("deals/", {"fields": "titel"}).status_code == 422


def test_what_is_out_of_sight_is_not_expanded(cast: Cast, as_user: As) -> None:
    deal = cast.deal(company=cast.globex)
    cast.workspace.shares_contacts = False
    cast.workspace.save()
    read = as_user(cast.alice).get(f"deals/{deal.pk}/", {"expand": "company"}).json()
    assert read["company"] == cast.globex.pk


def test_every_view_names_a_scope_and_a_schema() -> None:
    scopes = {"deals", "contacts", "companies", "pipelines", "products", "quotas", "events", "users", "exchange-rates"}
    scopes |= {"views", "custom-fields", "alerts", "forecast", "quotes", "invoices"}
    assert {view.scope for view in VIEWS.values()} == scopes
    assert all(isinstance(view.schema, ResourceSchema) for view in VIEWS.values())
    assert all(issubclass(view.shape, Shape) for view in VIEWS.values())
