"""A company's address and tax id: what documents need of it."""

from collections.abc import Callable

import pytest
from django.test import Client

from contacts.models import Company
from tests.api.conftest import Caller, as_user
from tests.cast import Cast

__all__ = ["as_user"]
ADDRESS = {"street": "Bahnhofstraße 3", "postal_code": "39576", "city": "Stendal", "tax_id": "DE123456789"}


@pytest.fixture
def alice(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice)
    return client


def test_the_form_takes_it_and_the_page_shows_it(alice: Client, cast: Cast) -> None:
    form = ADDRESS | {"name": "Acme", "owner": cast.alice.pk, "country": "DE", "version": cast.acme.version}
    assert alice.post(f"/companies/{cast.acme.pk}/edit/", form).status_code == 302
    cast.acme.refresh_from_db()
    assert {name: getattr(cast.acme, name) for name in ADDRESS} == ADDRESS
    page = alice.get(f"/companies/{cast.acme.pk}/").content.decode()
    assert "Bahnhofstraße 3<br>39576 Stendal" in page
    assert "DE123456789" in page


def test_the_api_takes_and_tells_it(cast: Cast, as_user: Callable[..., Caller]) -> None:
    api = as_user(cast.alice)
    made = api.post("companies/", {"name": "Initech", **ADDRESS})
    assert made.status_code == 201
    assert {name: made.json()[name] for name in ADDRESS} == ADDRESS
    answer = api.patch(f"companies/{made.json()['id']}/", {"city": "Berlin"})
    assert answer.json()["city"] == Company.objects.get(name="Initech").city == "Berlin"
    assert list(api.patch(f"companies/{made.json()['id']}/", {"tax_id": "x" * 41}).json()["errors"]) == ["tax_id"]
