"""accept_quote, decline_quote, ask_question: what a customer answers, and what becomes of the deal."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction

from crm.errors import Refused
from crm.models import Event
from pipeline.actions import archive_deal, lose_deal
from pipeline.models import Activity, Deal, Stage
from quotes.actions import Caller, accept_quote, ask_question, decline_quote, draft_quote, revise_quote, see_quote
from quotes.models import Acceptance, Quote, QuoteSettings, Sending
from tests.cast import Cast
from tests.quotes.sent import link_to, sent_quote

pytestmark = pytest.mark.django_db
CAROL = Caller("Carol Reyes", "carol@acme.example", "203.0.113.7", "Mozilla/5.0")


def accept(quote: Quote, **said: Any) -> Acceptance:
    return accept_quote(quote, caller=said.pop("caller", CAROL), by=said.pop("by", None), **said)


def states(deal: Deal) -> list[str]:
    return list(deal.quotes.order_by("pk").values_list("status", flat=True))


# ── Accepted ───────────────────────────────────────────────────────────────────────────────────────


def test_it_wins_the_deal_for_what_was_accepted(cast: Cast) -> None:
    quote = sent_quote(cast)
    accept(quote)
    quote.refresh_from_db()
    deal = quote.deal
    deal.refresh_from_db()
    assert (quote.status, quote.is_synced, quote.total) == ("accepted", True, Decimal("595.00"))
    assert (deal.outcome, deal.amount, deal.closed_on, deal.win_reason) == ("won", 500, cast.today, None)
    assert deal.closing_note == f"Carol Reyes accepted quote {quote}"


def test_the_deal_is_worth_what_was_chosen(cast: Cast) -> None:
    quote = sent_quote(cast)
    sensor = quote.lines.get(name="Sensor")
    accepted = accept(quote, chosen=[sensor.pk], seen=Decimal("713.88"))
    quote.refresh_from_db()
    deal = Deal.objects.get(pk=quote.deal_id)
    assert (accepted.chosen, accepted.total, quote.total) == ([sensor.pk], Decimal("713.88"), Decimal("713.88"))
    assert deal.amount == Decimal("599.90")
    assert quote.lines.get(name="Sensor").is_chosen


def test_it_keeps_who_when_and_from_where(cast: Cast) -> None:
    quote = sent_quote(cast)
    link = link_to(quote)
    accept(quote, caller=CAROL._replace(name=" Carol Reyes ", link=link, user_agent="x" * 999))
    kept = Acceptance.objects.get()
    assert (kept.name, kept.email, kept.ip, kept.link) == ("Carol Reyes", "carol@acme.example", "203.0.113.7", link)
    assert (kept.user_agent, kept.currency_id, kept.by) == ("x" * 300, "EUR", None)
    assert Quote.objects.get().answered_at == kept.accepted_at


@pytest.mark.parametrize("table", ["quotes_acceptance", "quotes_remark"])
def test_the_database_lets_nobody_change_it(cast: Cast, table: str) -> None:
    quote = sent_quote(cast)
    ask_question(quote, caller=CAROL, text="When?", by=None)
    accept(quote)
    for change in (f"UPDATE {table} SET name = 'Mallory'", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            _as_outside_tests(change)


def _as_outside_tests(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL penstock.may_truncate = off")
        cursor.execute(statement)


def test_the_deals_other_quotes_are_off_the_table(cast: Cast) -> None:
    deal = cast.deal()
    one, two = sent_quote(cast, deal=deal), sent_quote(cast, deal=deal)
    draft_quote(deal, by=cast.alice)
    accept(two)
    assert states(deal) == ["cancelled", "accepted", "cancelled"]
    with pytest.raises(Refused):
        accept(one)


def test_a_newer_version_that_was_not_sent_yet_is_off_the_table(cast: Cast) -> None:
    quote = sent_quote(cast)
    revise_quote(quote, by=cast.alice)
    accept(quote)
    assert states(quote.deal) == ["accepted", "cancelled"]


def test_it_is_accepted_once(cast: Cast) -> None:
    quote = sent_quote(cast)
    accept(quote)
    with pytest.raises(Refused):
        accept(quote, caller=CAROL._replace(name="Somebody else"))
    assert Acceptance.objects.get().name == "Carol Reyes"


def test_the_owner_is_asked_if_so_set(cast: Cast) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"after_acceptance": "ask"})
    quote = sent_quote(cast)
    accept(quote)
    deal = Deal.objects.get(pk=quote.deal_id)
    assert (deal.outcome, deal.amount) == ("open", 500)
    step = deal.next_step
    assert step is not None
    assert (step.subject, step.owner, step.due_on) == (
        f"Win the deal: quote {quote} was accepted",
        cast.alice,
        cast.today,
    )


def test_what_the_winning_stage_asks_for_does_not_turn_the_customer_away(cast: Cast) -> None:
    Stage.objects.filter(kind="won").update(required_fields=["source"])
    quote = sent_quote(cast)
    accept(quote)
    deal = Deal.objects.get(pk=quote.deal_id)
    assert (deal.outcome, deal.amount, states(deal)) == ("open", 500, ["accepted"])
    assert deal.next_step is not None
    assert deal.next_step.subject == f"Win the deal: quote {quote} was accepted"


def test_a_deal_that_was_lost_or_deleted_is_won(cast: Cast) -> None:
    lost = sent_quote(cast)
    lose_deal(lost.deal, reason=cast.price, by=cast.alice)
    accept(lost)
    gone = sent_quote(cast)
    archive_deal(gone.deal, by=cast.alice)
    accept(gone)
    assert set(Deal.objects.values_list("outcome", "archived_at")) == {("won", None)}


def test_a_day_too_late_is_too_late(cast: Cast) -> None:
    quote = sent_quote(cast)
    Quote.objects.update(valid_until=cast.today - timedelta(days=1))
    with pytest.raises(Refused):
        accept(quote)
    assert states(quote.deal) == ["sent"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"caller": Caller("", "carol@acme.example")}, "name"),
        ({"caller": Caller("C" * 121, "carol@acme.example")}, "name"),
        ({"caller": Caller("Carol", "no address")}, "email"),
        ({"caller": Caller("Carol", "")}, "email"),
        ({"chosen": [0]}, "chosen"),
        ({"seen": Decimal("594.99")}, "total"),
        ({"seen": Decimal("NaN")}, "total"),
    ],
)
def test_it_names_what_is_wrong_and_changes_nothing(cast: Cast, said: dict[str, Any], field: str) -> None:
    quote = sent_quote(cast)
    with pytest.raises(Refused) as refused:
        accept(quote, **said)
    assert list(refused.value.errors) == [field]
    assert states(quote.deal) == ["sent"]


def test_a_line_that_is_not_optional_cannot_be_left_out_or_chosen(cast: Cast) -> None:
    quote = sent_quote(cast)
    with pytest.raises(Refused):
        accept(quote, chosen=[quote.lines.get(name="Pump").pk])


# ── By hand ────────────────────────────────────────────────────────────────────────────────────────


def test_signed_paper_is_accepted_by_hand(cast: Cast) -> None:
    quote = sent_quote(cast)
    Quote.objects.update(status="expired")
    bytes_ = b"%PDF-1.7 signed"
    accepted = accept(
        quote,
        caller=Caller("Carol Reyes"),
        note_=" Signed at the fair ",
        paper=ContentFile(bytes_, "signed.pdf"),
        by=cast.alice,
    )
    assert (accepted.by, accepted.note, accepted.paper) == (cast.alice, "Signed at the fair", "signed.pdf")
    assert accepted.paper_sha256 == hashlib.sha256(bytes_).hexdigest() == quote.deal.files.get().sha256
    assert not Sending.objects.exists()


def test_who_accepted_through_the_link_gets_it_in_writing(cast: Cast) -> None:
    quote = sent_quote(cast, language="de")
    accept(quote)
    mail = Sending.objects.get(key__startswith="acceptance-copy:")
    assert (mail.to, mail.reply_to, mail.language) == (["carol@acme.example"], "alice@example.com", "de")
    assert mail.subject == f"Angebot {quote}: angenommen"
    assert "595,00\N{NO-BREAK SPACE}EUR" in mail.body
    assert mail.documents.get().sha256 == Acceptance.objects.get().document_sha256


# ── Declined, asked ────────────────────────────────────────────────────────────────────────────────


def test_declining_says_why(cast: Cast) -> None:
    quote = sent_quote(cast)
    remark = decline_quote(quote, caller=Caller("", ip="203.0.113.7"), reason=" Too dear ", by=None)
    quote.refresh_from_db()
    assert (quote.status, quote.answered_at, remark.text) == ("declined", remark.created_at, "Too dear")
    assert Deal.objects.get().outcome == "open"
    with pytest.raises(Refused):
        accept(quote)


def test_a_question_lands_on_the_deal_and_with_its_owner(cast: Cast) -> None:
    quote = sent_quote(cast)
    ask_question(quote, caller=CAROL, text="Does it swim?", by=None)
    done = Activity.objects.get(done_at__isnull=False)
    assert (done.subject, done.body, done.owner) == (
        f"Carol Reyes asks about quote {quote}",
        "Does it swim?",
        cast.alice,
    )
    step = Deal.objects.get().next_step
    assert step is not None
    assert (step.subject, step.due_on) == (f"Answer Carol Reyes about quote {quote}", cast.today)
    mail = Sending.objects.get()
    assert (mail.to, mail.reply_to, mail.subject) == (["alice@example.com"], "carol@acme.example", done.subject)
    assert "Does it swim?" in mail.body


def test_a_question_needs_words(cast: Cast) -> None:
    quote = sent_quote(cast)
    for text in ("  ", "x" * 4001):
        with pytest.raises(Refused) as refused:
            ask_question(quote, caller=CAROL, text=text, by=None)
        assert list(refused.value.errors) == ["text"]


def test_each_answer_leaves_an_event_for_the_deals_owner(cast: Cast) -> None:
    quote = sent_quote(cast)
    see_quote(link_to(quote), by=None)
    ask_question(quote, caller=CAROL, text="When?", by=None)
    accept(quote)
    mine = Event.objects.filter(noun="quote", owner_ids=[cast.alice.pk], actor=None).order_by("id")
    assert list(mine.values_list("kind", flat=True)) == ["quote.viewed", "quote.asked", "quote.accepted"]


# ── Seen ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_look_marks_it_viewed_and_all_are_counted(cast: Cast) -> None:
    quote = sent_quote(cast)
    link = link_to(quote)
    see_quote(link, by=cast.alice)
    assert Quote.objects.get().status == "sent"
    see_quote(link, by=None)
    first = Quote.objects.get()
    link.refresh_from_db()
    see_quote(link, by=None)
    again = Quote.objects.get()
    assert (first.status, again.viewed_at, again.views) == ("viewed", first.viewed_at, 2)
