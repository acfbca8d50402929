"""The sub-resources of a deal that move, close, hand over and undo: the same verbs as the board's."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from pipeline.models import Deal, RequiredField
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_it_moves_between_two_cards(cast: Cast, as_user: As) -> None:
    low, high = cast.deal("Low", stage="Demo"), cast.deal("High", stage="Demo")
    deal = cast.deal()

    answer = as_user(cast.alice).post(
        f"deals/{deal.pk}/moves/", {"stage": cast.stages["Demo"].pk, "after": high.pk, "before": low.pk}
    )

    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert (answer.json()["stage"], answer.json()["probability"]) == (cast.stages["Demo"].pk, "35.00")
    column = Deal.objects.filter(stage=cast.stages["Demo"]).order_by("rank")
    assert list(column.values_list("title", flat=True)) == ["High", "Pump station", "Low"]


def test_a_move_fills_in_what_the_stage_asks_for(cast: Cast, as_user: As) -> None:
    demo = cast.stages["Demo"]
    demo.required_fields = [RequiredField.AMOUNT, RequiredField.CONTACT, RequiredField.NEXT_STEP]
    demo.save()
    api, deal = as_user(cast.alice), cast.deal(amount=None)

    refused = api.post(f"deals/{deal.pk}/moves/", {"stage": demo.pk})
    assert (refused.status_code, refused.json()["needs"]) == (422, ["amount", "contact", "next_step"])

    fields = {
        "amount": "750.00",
        "contact": cast.carol.pk,
        "next_step": {"subject": "Call", "due_on": (cast.today + timedelta(days=1)).isoformat()},
    }
    moved = api.post(f"deals/{deal.pk}/moves/", {"stage": demo.pk, "fields": fields})

    assert (moved.status_code, moved.json()["amount"]) == (200, "750.00")
    assert moved.json()["next_step"] == Deal.objects.get(pk=deal.pk).next_step_id


def test_a_move_into_won_says_where_to_go(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    answer = as_user(cast.alice).post(f"deals/{deal.pk}/moves/", {"stage": cast.stages["Won"].pk})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["stage"])


def test_a_move_of_a_deal_that_was_moved_meanwhile_is_a_conflict(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    api.post(f"deals/{deal.pk}/moves/", {"stage": cast.stages["Demo"].pk})

    answer = api.post(f"deals/{deal.pk}/moves/", {"stage": cast.stages["Solution"].pk, "version": 1})

    assert (answer.status_code, answer.json()["version"]) == (409, 2)
    assert Deal.objects.get(pk=deal.pk).stage == cast.stages["Demo"]


def test_it_wins(cast: Cast, as_user: As) -> None:
    deal = cast.deal(amount=Decimal(1000), currency_id="USD")
    yesterday = cast.today - timedelta(days=1)
    Deal.objects.filter(pk=deal.pk).update(opened_at=deal.opened_at - timedelta(days=9))

    answer = as_user(cast.alice).post(
        f"deals/{deal.pk}/wins/", {"reason": cast.fit.pk, "closed_on": yesterday.isoformat(), "note": "At last"}
    )

    won = answer.json()
    assert answer.status_code == 200, won
    assert (won["outcome"], won["closed_on"], won["win_reason"]) == ("won", yesterday.isoformat(), cast.fit.pk)
    assert (won["base_amount"], won["base_rate"], won["closing_note"]) == ("900.00", "0.9000000000", "At last")
    assert (won["probability"], won["category"]) == ("100.00", "closed")


def test_it_loses_to_a_competitor(cast: Cast, as_user: As) -> None:
    deal = cast.deal(stage="Solution")

    lost = as_user(cast.alice).post(f"deals/{deal.pk}/losses/", {"reason": cast.competitor.pk, "competitor": "Initech"})

    assert (lost.json()["outcome"], lost.json()["competitor"]) == ("lost", "Initech")
    assert (lost.json()["lost_from"], lost.json()["probability"]) == (cast.stages["Solution"].pk, "0.00")


@pytest.mark.parametrize("sent", [{}, {"reason": 0}, {"reason": None}, {"reason": 1, "closed_on": "2999-01-01"}])
def test_closing_needs_a_reason_and_a_day_that_was(cast: Cast, as_user: As, sent: dict[str, object]) -> None:
    deal = cast.deal()
    if sent.get("reason") == 1:
        sent["reason"] = cast.fit.pk
    assert as_user(cast.alice).post(f"deals/{deal.pk}/wins/", sent).status_code == 422
    assert Deal.objects.get(pk=deal.pk).is_open


def test_it_reopens_where_it_was(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal(stage="Solution")
    assert api.post(f"deals/{deal.pk}/reopenings/", {}).status_code == 422
    api.post(f"deals/{deal.pk}/losses/", {"reason": cast.price.pk})

    reopened = api.post(f"deals/{deal.pk}/reopenings/", {}).json()

    assert (reopened["outcome"], reopened["stage"]) == ("open", cast.stages["Solution"].pk)
    assert (reopened["closed_on"], reopened["loss_reason"]) == (None, None)


def test_it_hands_over_within_the_reach(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()

    assert api.post(f"deals/{deal.pk}/handovers/", {"owner": cast.charlie.pk}).status_code == 422
    assert api.post(f"deals/{deal.pk}/handovers/", {"owner": cast.bob.pk}).json()["owner"] == cast.bob.pk
    assert api.patch(f"deals/{deal.pk}/", {"title": "Mine?"}).status_code == 403


def test_it_undoes_the_newest_change_only(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    api.post(f"deals/{deal.pk}/moves/", {"stage": cast.stages["Demo"].pk})
    api.patch(f"deals/{deal.pk}/", {"title": "New"})

    assert api.post(f"deals/{deal.pk}/undoings/", {"version": 2}).status_code == 409
    undone = api.post(f"deals/{deal.pk}/undoings/", {"version": 3})
    assert (undone.json()["title"], undone.json()["version"]) == ("Pump station", 4)
    assert api.post(f"deals/{deal.pk}/undoings/", {"version": 1}).status_code == 422


def test_history_has_every_change_newest_first(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    api.post(f"deals/{deal.pk}/moves/", {"stage": cast.stages["Demo"].pk})
    api.post(f"deals/{deal.pk}/wins/", {"reason": cast.fit.pk})

    changes = api.get(f"deals/{deal.pk}/changes/").json()["results"]

    assert [(each["version"], each["verb"], each["by"]) for each in changes] == [
        (3, "won", cast.alice.pk),
        (2, "moved", cast.alice.pk),
        (1, "opened", cast.alice.pk),
    ]
    assert changes[1]["was"]["stage_id"] == cast.stages["Qualify"].pk
    assert (changes[1]["stage"], changes[1]["amount"]) == (cast.stages["Demo"].pk, "1000.00")
    assert as_user(cast.charlie).get(f"deals/{deal.pk}/changes/").status_code == 404


def test_lines_are_replaced_as_a_whole(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()

    answer = api.put(
        f"deals/{deal.pk}/lines/", {"lines": [{"product": cast.pump.pk, "quantity": 3}], "feed_amount": True}
    )

    assert (answer.json()["amount"], answer.json()["version"]) == ("750.00", 2)
    assert api.put(f"deals/{deal.pk}/lines/", {"lines": [{"product": cast.pump.pk, "quantity": 0}]}).status_code == 422
    assert api.put(f"deals/{deal.pk}/lines/", {}).json()["errors"].keys() == {"lines"}
    assert as_user(cast.bob).put(f"deals/{deal.pk}/lines/", {"lines": []}).status_code == 403


def test_people_are_replaced_as_a_whole_and_named_once(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    twice = [{"contact": cast.carol.pk, "role": "uses"}, {"contact": cast.carol.pk, "role": "decides"}]

    assert api.put(f"deals/{deal.pk}/contacts/", {"contacts": twice}).status_code == 200

    assert api.get(f"deals/{deal.pk}/contacts/").json()["results"] == [{"contact": cast.carol.pk, "role": "decides"}]
    assert [each["id"] for each in api.get("deals/", {"contact": cast.carol.pk}).json()["results"]] == [deal.pk]


@pytest.mark.parametrize("verb", ["moves", "wins", "losses", "reopenings", "handovers", "undoings", "restorations"])
def test_every_verb_asks_whose_deal_it_is(cast: Cast, as_user: As, verb: str) -> None:
    deal = cast.deal()
    address = f"deals/{deal.pk}/{verb}/"
    assert as_user(None).post(address, {}).status_code == 401
    assert as_user(cast.charlie).post(address, {}).status_code == 404
    assert as_user(cast.bob).post(address, {}).status_code == 403
    assert as_user(cast.ravi).post(address, {}).status_code == 403
    assert as_user(cast.alice).get(address).status_code == 405
    assert deal.changes.count() == 1
