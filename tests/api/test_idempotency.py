"""`Idempotency-Key`: sent twice, done once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from crm.models import IdempotencyKey
from crm.rest.guard import forget_old_keys
from pipeline.models import Deal
from tests.api.conftest import Caller
from tests.cast import Cast, make_cast

As = Callable[..., Caller]
KEY = {"Idempotency-Key": "order-7"}


def test_the_same_request_again_gets_the_first_answer_again(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)

    first = api.post("deals/", {"title": "Pump"}, **KEY)
    again = api.post("deals/", {"title": "Pump"}, **KEY)

    assert (first.status_code, again.status_code, Deal.objects.count()) == (201, 201, 1)
    assert again.json() == first.json()
    assert (again["Location"], again["ETag"]) == (first["Location"], first["ETag"])
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"


def test_the_same_key_for_something_else_is_refused(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    api.post("deals/", {"title": "Pump"}, **KEY)

    assert api.post("deals/", {"title": "Valve"}, **KEY).status_code == 422
    assert api.post("companies/", {"title": "Pump"}, **KEY).status_code == 422
    assert Deal.objects.count() == 1


def test_keys_are_everyones_own(cast: Cast, as_user: As) -> None:
    as_user(cast.alice).post("deals/", {"title": "Pump"}, **KEY)
    assert as_user(cast.bob).post("deals/", {"title": "Pump"}, **KEY).json()["owner"] == cast.bob.pk


def test_a_refused_request_leaves_its_key_free(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    assert api.post("deals/", {"title": ""}, **KEY).status_code == 422
    assert IdempotencyKey.objects.count() == 0
    assert api.post("deals/", {"title": "Pump"}, **KEY).status_code == 201


def test_every_verb_heeds_it(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    for _ in range(2):
        answer = api.post(f"deals/{deal.pk}/wins/", {"reason": cast.fit.pk}, **KEY)
        assert (answer.status_code, answer.json()["version"]) == (200, 2)


@pytest.mark.parametrize("key", ["", "x" * 256, "nö"])
def test_a_key_that_is_none_is_refused(cast: Cast, as_user: As, key: str) -> None:
    assert as_user(cast.alice).post("deals/", {"title": "Pump"}, **{"Idempotency-Key": key}).status_code == 422


def test_keys_are_forgotten_after_a_day(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    api.post("deals/", {"title": "Pump"}, **KEY)
    assert forget_old_keys() == 0
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert forget_old_keys() == 1


@pytest.mark.django_db(transaction=True)
def test_sent_many_times_at_once_it_is_done_once(transactional_db: None) -> None:
    cast = make_cast()
    api, start, answers = Caller(cast.alice), threading.Barrier(6), list[Any]()

    def send() -> None:
        try:
            start.wait(20)
            answers.append(Caller.ask(api, "POST", "deals/", {"title": "Pump"}, **KEY))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [answer.status_code for answer in answers] == [201] * 6
    assert {answer.json()["id"] for answer in answers} == {Deal.objects.get().pk}
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 5
