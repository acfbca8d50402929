"""retract_acceptance: what was accepted by mistake is as it was before, and that it was accepted stays on record."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from crm.errors import Conflict, Refused
from crm.models import Event, User
from pipeline.actions import reopen_deal, win_deal
from pipeline.activities import complete_activity
from pipeline.models import Activity, Deal
from quotes.actions import (
    ask_approval,
    draft_quote,
    issue_invoice,
    mark_sent,
    retract_acceptance,
    save_quote,
    sync_quote,
)
from quotes.actions.delivering import StepDraft, save_template
from quotes.aftermath import follow_marked
from quotes.models import Acceptance, Delivery, Invoice, Quote, QuoteSettings, Renewal, Retraction, Series
from tests.cast import Cast
from tests.quotes.offers import drafted
from tests.quotes.sent import customer, path_to, sent_quote
from tests.quotes.test_answers import _as_outside_tests, accept, states

pytestmark = pytest.mark.django_db
WHY = "It was the other Carol"


def take_back(quote: Quote, by: User, **said: Any) -> Quote:
    retract_acceptance(quote, **{"reason": WHY} | said, by=by)
    return Quote.objects.select_related("deal").get(pk=quote.pk)


def refused(quote: Quote, by: User, **said: Any) -> str:
    with pytest.raises(Refused) as refusal:
        take_back(quote, by, **said)
    return str(refusal.value)


def test_the_quote_is_with_the_customer_and_the_deal_where_it_was(cast: Cast) -> None:
    quote = sent_quote(cast)
    stage = quote.deal.stage
    accept(quote)
    quote = take_back(quote, cast.mia)
    assert (quote.status, quote.answered_at, quote.is_synced) == ("sent", None, True)
    deal = quote.deal
    assert (deal.stage, deal.outcome, deal.closed_on, deal.closing_note, deal.amount) == (stage, "open", None, "", 500)


def test_it_says_who_when_and_why_and_forgets_nothing(cast: Cast) -> None:
    quote = sent_quote(cast)
    accepted = accept(quote)
    take_back(quote, cast.mia, reason=f" {WHY} ")
    kept = Retraction.objects.get()
    assert (kept.acceptance, kept.reason, kept.by) == (accepted, WHY, cast.mia)
    event = Event.objects.get(kind="quote.acceptance_retracted")
    assert (event.actor, event.data["name"], event.data["reason"]) == (cast.mia, "Carol Reyes", WHY)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        _as_outside_tests("UPDATE quotes_retraction SET reason = ''")


def test_what_the_customer_chose_is_to_be_chosen_again(cast: Cast) -> None:
    quote = sent_quote(cast)
    accept(quote, chosen=[quote.lines.get(name="Sensor").pk])
    quote = take_back(quote, cast.mia)
    assert (quote.total, quote.deal.amount) == (Decimal("595.00"), 500)
    assert not quote.lines.filter(is_chosen=True).exists()


def test_the_customer_may_answer_again(cast: Cast) -> None:
    quote = sent_quote(cast)
    path = path_to(quote)
    accept(quote)
    said = {"name": "Carol Reyes", "email": "carol@acme.example", "total": "595.00"}
    assert "accept/" not in customer().get(path).content.decode()
    quote = take_back(quote, cast.mia)
    assert "accept/" in customer().get(path).content.decode()
    customer().post(f"{path}accept/", said)
    assert list(Acceptance.objects.filter(retraction=None).values_list("name", "by")) == [("Carol Reyes", None)]
    assert (Acceptance.objects.count(), Deal.objects.get().outcome, Quote.objects.get().status) == (
        2,
        "won",
        "accepted",
    )


def test_one_whose_day_is_over_is_expired(cast: Cast) -> None:
    quote = sent_quote(cast)
    accept(quote)
    Quote.objects.update(valid_until=cast.today - timedelta(days=1))
    quote = take_back(quote, cast.mia)
    assert quote.status == "expired"
    assert quote.answered_at is not None


def test_the_drafts_of_its_invoice_are_gone_and_no_number_with_them(cast: Cast) -> None:
    quote = sent_quote(cast)
    accept(quote)
    draft = Invoice.objects.get()
    take_back(quote, cast.mia)
    assert (Invoice.objects.count(), Series.objects.filter(kind="invoice").count()) == (0, 0)
    accept(quote)
    invoice = issue_invoice(Invoice.objects.get(), by=cast.alice)
    assert (invoice.pk > draft.pk, invoice.number) == (True, f"{cast.today.year}-0001")


def test_what_was_planned_for_the_won_deal_is_cancelled(cast: Cast) -> None:
    save_template(name="Usual", steps=[StepDraft("Install it", days=3)], by=cast.dana)
    cast.pump.renews_after = 12
    cast.pump.save()
    quote = mark_sent(drafted(cast), by=cast.alice)
    accept(quote)
    follow_marked()
    assert (Delivery.objects.get().is_running, Renewal.objects.get().state) == (True, "planned")
    take_back(quote, cast.mia)
    follow_marked()
    assert Delivery.objects.get().stopped_at is not None
    assert not Activity.objects.filter(in_checklist=True).exists()
    assert Renewal.objects.get().state == "stopped"


def test_the_deals_other_quotes_are_back(cast: Cast) -> None:
    deal = cast.deal()
    first, second, third = sent_quote(cast, deal=deal), sent_quote(cast, deal=deal), draft_quote(deal, by=cast.alice)
    waiting = save_quote(draft_quote(deal, by=cast.alice), discount=Decimal(50), lines=[], by=cast.alice)
    Quote.objects.filter(pk=waiting.pk).update(given=50)
    ask_approval(waiting, by=cast.alice)
    Quote.objects.filter(pk=first.pk).update(valid_until=cast.today - timedelta(days=1))
    accept(second)
    assert states(deal) == ["cancelled", "accepted", "cancelled", "cancelled"]
    second = take_back(second, cast.mia)
    assert states(deal) == ["expired", "sent", "draft", "waiting"]
    assert deal.quotes.get(is_synced=True) == first
    sync_quote(third, by=cast.alice)


def test_a_deal_that_followed_no_quote_follows_none(cast: Cast) -> None:
    quote = sent_quote(cast)
    Quote.objects.update(is_synced=False)
    Deal.objects.update(amount_from_quote=False)
    accept(quote)
    quote = take_back(quote, cast.mia)
    assert (quote.is_synced, quote.deal.amount_from_quote, quote.deal.amount) == (False, False, 500)


def test_who_was_to_win_the_deal_needs_not(cast: Cast) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"after_acceptance": "ask"})
    quote = sent_quote(cast)
    accept(quote)
    assert Deal.objects.get().next_step is not None
    quote = take_back(quote, cast.dana)
    assert (quote.status, quote.deal.outcome, quote.deal.next_step) == ("sent", "open", None)


def test_a_deal_that_it_did_not_win_stays_as_it_is(cast: Cast) -> None:
    quote = sent_quote(cast)
    win_deal(quote.deal, reason=cast.fit, by=cast.alice)
    accept(quote)
    assert take_back(quote, cast.mia).deal.outcome == "won"


def test_a_deal_that_was_opened_since_and_won_by_hand_stays_won(cast: Cast) -> None:
    quote = sent_quote(cast)
    accept(quote)
    win_deal(reopen_deal(quote.deal, by=cast.alice), reason=cast.fit, by=cast.alice)
    assert take_back(quote, cast.mia).deal.outcome == "won"


# ── Refused ────────────────────────────────────────────────────────────────────────────────────────


def test_an_invoice_that_was_issued_is_credited_instead(cast: Cast) -> None:
    quote = sent_quote(cast)
    accept(quote)
    issue_invoice(Invoice.objects.get(), by=cast.alice)
    assert refused(quote, cast.mia) == f"Invoice {cast.today.year}-0001 was issued: credit it instead."
    assert (states(quote.deal), Retraction.objects.count()) == (["accepted"], 0)


def test_what_was_delivered_was_meant(cast: Cast) -> None:
    save_template(name="Usual", steps=[StepDraft("Install it")], by=cast.dana)
    quote = sent_quote(cast)
    accept(quote)
    follow_marked()
    complete_activity(Activity.objects.get(in_checklist=True), by=cast.alice)
    assert refused(quote, cast.mia) == "Something of it was delivered already."


def test_it_is_for_somebody_above_to_do(cast: Cast) -> None:
    quote = sent_quote(cast)
    accept(quote)
    for person in (cast.alice, cast.max, cast.ravi):
        assert refused(quote, person) == "Only a manager or an administrator takes an acceptance back."
    assert take_back(quote, cast.dana).status == "sent"


def test_it_is_taken_back_once_as_it_was_seen_and_with_a_reason(cast: Cast) -> None:
    quote = sent_quote(cast)
    assert refused(quote, cast.mia) == "Nobody has accepted this quote."
    accept(quote)
    assert refused(quote, cast.mia, reason=" ") == "Say why."
    assert refused(quote, cast.mia, reason="x" * 501) == "At most 500 characters."
    with pytest.raises(Conflict):
        take_back(quote, cast.mia, lock=0)
    take_back(quote, cast.mia)
    assert refused(quote, cast.mia) == "Nobody has accepted this quote."


# ── Its page ───────────────────────────────────────────────────────────────────────────────────────


def test_a_manager_takes_it_back_on_the_page(cast: Cast, client: Client) -> None:
    quote = sent_quote(cast)
    address = f"/quotes/{quote.pk}/retraction/"
    accept(quote, by=cast.alice)
    client.force_login(cast.alice)
    assert address not in client.get(f"/quotes/{quote.pk}/").content.decode()
    assert client.get(address).status_code == 404
    client.force_login(cast.mia)
    assert address in client.get(f"/quotes/{quote.pk}/").content.decode()
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": WHY}).headers["Location"] == f"/quotes/{quote.pk}/"
    assert address not in client.get(f"/quotes/{quote.pk}/").content.decode()
    shown = client.get(f"/quotes/{quote.pk}/customer/").content.decode()
    assert ("Accepted by mistake" in shown, WHY in shown) == (True, True)
    told = client.get(f"/deals/{quote.deal_id}/timeline/").content.decode()
    assert f"<b>Mia</b> took back that <b>Carol Reyes</b> accepted quote <b>{quote}</b>: {WHY}" in told
