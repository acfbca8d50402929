"""send_quote: the mail with the PDF and the link, from the outbox to the mail server."""

from datetime import timedelta
from email.utils import parseaddr
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from crm.errors import Conflict, Refused
from crm.models import Event
from quotes import workers
from quotes.actions import draft_quote, save_quote
from quotes.actions.sending import letter_of, send_quote
from quotes.documents import document_for
from quotes.lines import items_of, rows_of
from quotes.models import Letterhead, Quote, Sending, SendingState
from quotes.sending import post_again
from tests.cast import Cast
from tests.quotes.sent import sent_quote
from tests.quotes.test_documents import draft, text_of

pytestmark = pytest.mark.django_db
WORDS: dict[str, Any] = {"to": ["carol@acme.example"], "subject": "Your quote", "message": "Hello\n\n{link}\n\nAlice"}


@pytest.fixture(autouse=True)
def mail_is_on(settings: Any) -> None:
    settings.MAIL_IS_ON = True


def broken(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(self: Any) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)


def test_it_goes_with_the_pdf_and_the_link(cast: Cast) -> None:
    quote = draft(cast)
    sending = send_quote(quote, **WORDS, cc=["bob@acme.example"], by=cast.alice)
    assert workers.deliver(sending.pk)
    (letter,) = mail.outbox
    (name, content, kind) = letter.attachments[0]
    kept = document_for(Quote.objects.get(pk=quote.pk))
    assert kept is not None
    assert (letter.to, letter.cc, letter.reply_to) == (["carol@acme.example"], ["bob@acme.example"], [cast.alice.email])
    assert (letter.subject, name, kind) == ("Your quote", f"{quote}.pdf", "application/pdf")
    assert content == kept.path.read_bytes()
    assert "/a/" in letter.body
    assert "{link}" not in letter.body
    address = letter.body.split()[1]
    assert address.partition("://")[2] in text_of(kept.path.read_bytes()).replace(" ", "")
    assert Client().get("/a/" + address.partition("/a/")[2]).status_code == 200


def test_it_marks_the_draft_as_sent(cast: Cast) -> None:
    sending = send_quote(draft(cast), **WORDS, by=cast.alice)
    quote = Quote.objects.get()
    assert (quote.status, quote.is_synced, sending.quote) == ("sent", True, quote)
    assert sending.state == SendingState.WAITING


def test_the_letterheads_name_is_the_sender(cast: Cast, settings: Any) -> None:
    Letterhead.objects.create(pk=1, name="Halden, Instruments")
    workers.deliver(send_quote(draft(cast), **WORDS, by=cast.alice).pk)
    assert parseaddr(mail.outbox[0].from_email) == ("Halden, Instruments", parseaddr(settings.DEFAULT_FROM_EMAIL)[1])


def test_the_same_words_to_the_same_people_are_sent_once(cast: Cast) -> None:
    quote = draft(cast)
    first, second = send_quote(quote, **WORDS, by=cast.alice), send_quote(quote, **WORDS, by=cast.alice)
    assert first == second
    workers.deliver(first.pk)
    workers.deliver(first.pk)
    assert workers.deliver_due() == 0
    assert len(mail.outbox) == 1


def test_it_can_go_again_with_another_key(cast: Cast) -> None:
    quote = draft(cast)
    send_quote(quote, **WORDS, key="one", by=cast.alice)
    send_quote(quote, **WORDS, key="two", by=cast.alice)
    assert workers.deliver_due() == 2
    assert Event.objects.filter(kind="quote.sent").count() == 1


def test_it_refuses_what_cannot_be_sent(cast: Cast) -> None:
    quote = draft(cast)
    wrong: dict[str, dict[str, Any]] = {
        "to": {"to": ["no address"]},
        "cc": {"cc": ["@"]},
        "subject": {"subject": " \n "},
    }
    for field, change in [*wrong.items(), ("to", {"to": []})]:
        with pytest.raises(Refused) as refused:
            send_quote(quote, **WORDS | change, by=cast.alice)
        assert list(refused.value.errors) == [field]
    assert (Quote.objects.get().status, Sending.objects.count()) == ("draft", 0)


def test_it_is_not_sent_over_somebodys_change(cast: Cast) -> None:
    quote = draft(cast)
    save_quote(quote, title="Other", lines=items_of(rows_of(quote)), by=cast.bob)
    with pytest.raises(Conflict):
        send_quote(quote, **WORDS, lock=quote.lock, by=cast.alice)
    assert not Sending.objects.exists()


def test_what_was_answered_does_not_go_again(cast: Cast) -> None:
    quote = sent_quote(cast)
    Quote.objects.filter(pk=quote.pk).update(status="declined")
    with pytest.raises(Refused):
        send_quote(quote, **WORDS, by=cast.alice)


@pytest.mark.parametrize("language", ["en", "de", "ru", "vi", "zh-hans"])
def test_a_letter_is_proposed_in_the_quotes_language(cast: Cast, language: str) -> None:
    quote = draft_quote(cast.deal(people=[(cast.carol, "")]), by=cast.alice)
    quote.language = language
    letter = letter_of(quote, by=cast.alice)
    assert letter.to == [cast.carol.email]
    assert quote.number in letter.subject
    assert "{link}" in letter.message
    assert ("Guten Tag" in letter.message) == (language == "de")


# ── The worker ─────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_that_failed_is_tried_again_later(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    pk = send_quote(draft(cast), **WORDS, by=cast.alice).pk
    with monkeypatch.context() as no_server:
        broken(no_server, ConnectionRefusedError("no server"))
        assert not workers.deliver(pk)
    sending = Sending.objects.get()
    assert (sending.state, sending.attempts, sending.problem) == ("waiting", 1, "no server")
    assert workers.deliver_due() == 0  # not yet
    Sending.objects.update(due_at=timezone.now())
    assert workers.deliver_due() == 1
    assert [(each.state, each.attempts, each.problem) for each in Sending.objects.all()] == [("sent", 2, "")]


def test_after_many_attempts_it_has_failed_and_can_be_sent_by_hand(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    sending = send_quote(draft(cast), **WORDS, by=cast.alice)
    with monkeypatch.context() as no_server:
        broken(no_server, ConnectionRefusedError("no server"))
        for _ in range(len(workers.PAUSES) + 1):
            Sending.objects.update(due_at=timezone.now())
            workers.deliver_due()
    sending.refresh_from_db()
    assert (sending.state, sending.attempts) == ("failed", 8)
    assert Event.objects.filter(kind="sending.failed", data__problem="no server").count() == 1
    workers.deliver(post_again(sending).pk)
    assert len(mail.outbox) == 1


def test_an_address_that_there_is_not_is_not_tried_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    pk = send_quote(draft(cast), **WORDS, by=cast.alice).pk
    broken(monkeypatch, SMTPRecipientsRefused({"carol@acme.example": (550, b"no such user")}))
    workers.deliver(pk)
    assert Sending.objects.get().state == SendingState.FAILED


def test_a_worker_that_died_leaves_no_second_mail(cast: Cast) -> None:
    sending = send_quote(draft(cast), **WORDS, by=cast.alice)
    long_ago = timezone.now() - timedelta(minutes=11)
    Sending.objects.update(state=SendingState.TAKEN, taken_at=long_ago, attempts=1)
    assert workers.deliver_due() == 0
    sending.refresh_from_db()
    assert (sending.state, "not known" in sending.problem, len(mail.outbox)) == ("failed", True, 0)


def test_without_a_mail_server_it_waits(cast: Cast, settings: Any) -> None:
    settings.MAIL_IS_ON = False
    pk = send_quote(draft(cast), **WORDS, by=cast.alice).pk
    assert not workers.deliver(pk)
    assert Sending.objects.get().state == SendingState.WAITING
    with pytest.raises(Refused):
        post_again(Sending.objects.get())


# ── The pages ──────────────────────────────────────────────────────────────────────────────────────


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_form_proposes_and_sends(cast: Cast) -> None:
    quote, client = draft(cast), signed_in(cast.alice)
    form = client.get(f"/quotes/{quote.pk}/send/").context["form"]
    typed = {name: form[name].value() for name in form.fields} | {"cc": ""}
    response = client.post(f"/quotes/{quote.pk}/send/", typed)
    assert (response.status_code, response["Location"]) == (302, f"/quotes/{quote.pk}/")
    assert [sending.to for sending in Sending.objects.all()] == [[cast.carol.email]]
    client.post(f"/quotes/{quote.pk}/send/", typed)  # pressed twice
    assert Sending.objects.count() == 1


def test_the_form_keeps_what_was_typed_when_it_is_refused(cast: Cast) -> None:
    quote, client = draft(cast), signed_in(cast.alice)
    typed = {"to": "nobody", "subject": "Mine", "message": "Words", "key": "k", "lock": quote.lock}
    response = client.post(f"/quotes/{quote.pk}/send/", typed)
    assert response.status_code == 422
    assert response.context["form"].errors["to"] == ["“nobody” is no e-mail address."]
    assert "Words" in response.content.decode()


def test_it_may_only_count_as_sent(cast: Cast) -> None:
    quote, client = draft(cast), signed_in(cast.alice)
    client.post(f"/quotes/{quote.pk}/send/", {"by_hand": "1", "key": "k", "lock": quote.lock})
    assert (Quote.objects.get().status, Sending.objects.count()) == ("sent", 0)


def test_the_pdf_and_its_pages_are_served(cast: Cast) -> None:
    quote, client = draft(cast), signed_in(cast.alice)
    for kept in (False, True):
        response = client.get(f"/quotes/{quote.pk}/pdf/")
        assert (response["Content-Type"], response.content[:5]) == ("application/pdf", b"%PDF-")
        assert "sandbox" in response["Content-Security-Policy"]
        again = client.get(f"/quotes/{quote.pk}/pdf/", headers={"If-None-Match": response["ETag"]})
        assert again.status_code == 304
        page = client.get(f"/quotes/{quote.pk}/pages/1/")
        assert (page["Content-Type"], page["X-Pages"]) == ("image/png", "1")
        assert client.get(f"/quotes/{quote.pk}/pages/2/").status_code == 404
        if not kept:
            send_quote(quote, **WORDS, by=cast.alice)


def test_others_do_not_find_it(cast: Cast) -> None:
    quote, client = draft(cast), signed_in(cast.charlie)
    sending = send_quote(quote, **WORDS, by=cast.alice)
    for path in (f"/quotes/{quote.pk}/pdf/", f"/quotes/{quote.pk}/pages/1/", f"/quotes/{quote.pk}/send/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/sendings/{sending.pk}/retry/").status_code == 404
