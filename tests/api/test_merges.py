"""Clones, merges and restorations by the API: the same verbs."""

from collections.abc import Callable

from pipeline.actions import archive_deal, set_people
from pipeline.models import Deal
from tests.api.conftest import Caller
from tests.cast import Cast

AsUser = Callable[..., Caller]


def test_it_clones(cast: Cast, as_user: AsUser) -> None:
    deal = set_people(cast.deal(), [(cast.carol, "champion")], by=cast.alice)
    answer = as_user(cast.alice).post(f"deals/{deal.pk}/clones/", {"title": "Again", "parts": ["contacts"]})
    body = answer.json()
    assert (answer.status_code, body["title"], body["amount"]) == (201, "Again", "1000.00")
    assert answer["Location"].endswith(f"/api/v1/deals/{body['id']}/")
    assert Deal.objects.get(pk=body["id"]).people.count() == 1


def test_it_merges_and_restores(cast: Cast, as_user: AsUser) -> None:
    alice, deal, other = as_user(cast.alice), cast.deal(), cast.deal("Other", amount=None)
    answer = alice.post(f"deals/{deal.pk}/merges/", {"other": other.pk, "take": ["title"], "version": 1})
    assert (answer.status_code, answer.json()["title"]) == (200, "Other")
    gone = alice.get(f"deals/{other.pk}/").json()
    assert (gone["merged_into"], gone["archived_at"] is not None) == (deal.pk, True)
    back = alice.post(f"deals/{other.pk}/restorations/")
    assert (back.status_code, back.json()["merged_into"], back.json()["archived_at"]) == (200, None, None)
    assert alice.get(f"deals/{deal.pk}/").json()["title"] == "Pump station"


def test_it_refuses_what_the_page_refuses(cast: Cast, as_user: AsUser) -> None:
    alice, deal, other = as_user(cast.alice), cast.deal(), cast.deal("Other")
    assert alice.post(f"deals/{deal.pk}/merges/", {"other": deal.pk}).status_code == 422
    stale = alice.post(f"deals/{deal.pk}/merges/", {"other": other.pk, "other_version": 7})
    assert (stale.status_code, stale.json()["version"]) == (409, 1)
    archive_deal(other, by=cast.alice)
    gone = alice.post(f"deals/{deal.pk}/merges/", {"other": other.pk})
    assert gone.json()["errors"] == {"other": ["A deleted deal cannot be merged. Restore it first."]}


def test_both_must_be_ones_own_to_change(cast: Cast, as_user: AsUser) -> None:
    alice, deal = as_user(cast.alice), cast.deal()
    assert alice.post(f"deals/{deal.pk}/merges/", {"other": cast.deal(owner=cast.bob).pk}).status_code == 403
    assert alice.post(f"deals/{deal.pk}/merges/", {"other": cast.deal(owner=cast.charlie).pk}).status_code == 422
