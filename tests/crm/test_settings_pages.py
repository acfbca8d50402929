"""Who may open the pages of the settings, and that each of them answers with as many queries however much there is."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.actions import create_user, join_team
from tests.cast import Cast

EVERYONES = ["crm:settings", "crm:profile", "crm:tokens"]
ADMINS = [
    "crm:workspace", "crm:people", "crm:person-new", "crm:teams", "crm:team-new", "crm:currencies", "crm:audit",
    "crm:custom-fields",
    "pipeline:pipelines", "pipeline:pipeline-new", "pipeline:reasons", "pipeline:units",
    "pipeline:taxes", "pipeline:tax-class-new",
    "contacts:sources",
]  # fmt: skip


@pytest.mark.parametrize("name", EVERYONES + ADMINS)
def test_nobody_comes_in_without_signing_in(client: Client, db: None, name: str) -> None:
    assert client.get(reverse(name))["Location"] == f"/sign-in/?next={reverse(name)}"


@pytest.mark.parametrize("name", EVERYONES)
def test_everyone_opens_their_own(client: Client, cast: Cast, name: str) -> None:
    client.force_login(cast.ravi)
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ADMINS)
def test_only_administrators_open_the_companys(client: Client, cast: Cast, name: str) -> None:
    for user in (cast.alice, cast.mia, cast.ravi, cast.ira):
        client.force_login(user)
        answer = client.get(reverse(name))
        assert answer.status_code == 403
        assert "Only an administrator may open this page." in answer.content.decode()
    client.force_login(cast.dana)
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ["crm:people", "crm:teams", "crm:audit"])
def test_their_queries_do_not_grow(
    client: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries, name: str
) -> None:
    for number in range(20):
        user = create_user(email=f"u{number}@example.com", name=f"U {number}", by=cast.dana)
        join_team(user, team=cast.north, by=cast.dana)
    client.force_login(cast.dana)
    with django_assert_max_num_queries(8):
        client.get(reverse(name))
