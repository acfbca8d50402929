"""ETag and If-Match: nothing is changed that somebody else has changed since."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from pipeline.models import Deal
from tests.api.conftest import Caller
from tests.cast import Cast, make_cast

As = Callable[..., Caller]


def test_every_read_names_its_version(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    for address in (f"deals/{deal.pk}/", f"companies/{cast.acme.pk}/", f"contacts/{cast.carol.pk}/"):
        assert api.get(address)["ETag"] == '"1"'


@pytest.mark.parametrize("matching", ['"1"', '"1", "7"', 'W/"1"', "*"])
def test_a_match_lets_it_through(cast: Cast, as_user: As, matching: str) -> None:
    deal = cast.deal()
    answer = as_user(cast.alice).patch(f"deals/{deal.pk}/", {"title": "New"}, **{"If-Match": matching})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("verb", ["", "moves/", "wins/", "handovers/", "lines/", "contacts/"])
def test_a_mismatch_is_412_whatever_the_verb(cast: Cast, as_user: As, verb: str) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "": ("PATCH", {"title": "New"}),
        "moves/": ("POST", {"stage": cast.stages["Demo"].pk}),
        "wins/": ("POST", {"reason": cast.fit.pk}),
        "handovers/": ("POST", {"owner": cast.bob.pk}),
        "lines/": ("PUT", {"lines": []}),
        "contacts/": ("PUT", {"contacts": []}),
    }
    api.patch(f"deals/{deal.pk}/", {"title": "Newer"})

    answer = api.ask(bodies[verb][0], f"deals/{deal.pk}/{verb}", bodies[verb][1], **{"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["version"]) == (412, 2)
    assert deal.changes.count() == 2


def test_it_holds_for_deleting_and_for_companies_and_contacts(cast: Cast, as_user: As) -> None:
    api, deal, stale = as_user(cast.alice), cast.deal(), {"If-Match": '"9"'}
    assert api.delete(f"deals/{deal.pk}/", **stale).status_code == 412
    assert api.patch(f"companies/{cast.acme.pk}/", {"note": "x"}, **stale).status_code == 412
    assert api.patch(f"contacts/{cast.carol.pk}/", {"note": "x"}, **stale).status_code == 412


def test_a_body_that_is_wrong_anyway_is_told_so_first(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    answer = as_user(cast.alice).patch(f"deals/{deal.pk}/", {"title": ""}, **{"If-Match": '"9"'})
    assert answer.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_of_many_with_the_same_version_one_wins(transactional_db: None) -> None:
    cast = make_cast()
    deal, api, start, statuses = cast.deal(), Caller(cast.alice), threading.Barrier(5), list[int]()

    def revise(number: int) -> None:
        try:
            start.wait(20)
            answer = api.ask("PATCH", f"deals/{deal.pk}/", {"title": f"New {number}"}, **{"If-Match": '"1"'})
            statuses.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=revise, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(statuses) == [200, 412, 412, 412, 412]
    assert Deal.objects.get(pk=deal.pk).version == 2
