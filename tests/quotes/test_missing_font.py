"""A server without a Chinese font: nothing goes out or is accepted that has no file, and who can mend it is told."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from crm.errors import Refused
from pipeline.models import Activity
from quotes import keeping, typesetting, workers
from quotes.actions import Caller, accept_quote, draft_invoice, issue_invoice
from quotes.actions.sending import send_quote
from quotes.models import Acceptance, Document, Invoice, Quote, Sending
from quotes.typesetting import FontMissing
from tests.cast import Cast
from tests.quotes.billing import accepted
from tests.quotes.sent import customer, path_to, sent_quote
from tests.quotes.test_documents import draft

pytestmark = pytest.mark.django_db
CAROL = {"choice": "1", "total": "595.00", "name": "Carol Reyes", "email": "carol@acme.example"}


@pytest.fixture
def no_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "CHINESE", ())


def accept(quote: Quote) -> int:
    return customer().post(path_to(quote) + "accept/", CAROL).status_code


@pytest.mark.usefixtures("no_font")
def test_what_cannot_be_set_is_neither_sent_nor_issued(cast: Cast) -> None:
    quote = draft(cast, language="zh-hans")
    with pytest.raises(FontMissing, match="fonts-noto-cjk"):
        send_quote(quote, to=["carol@acme.example"], subject="Q", message="{link}", by=cast.alice)
    invoice = draft_invoice(accepted(cast, language="zh-hans"), by=cast.alice)
    with pytest.raises(FontMissing):
        issue_invoice(invoice, by=cast.alice)
    assert (Quote.objects.get(pk=quote.pk).status, Invoice.objects.get().number) == ("draft", "")
    assert not Document.objects.exists()


@pytest.mark.usefixtures("no_font")
def test_its_sender_reads_what_to_install(cast: Cast) -> None:
    quote, client = draft(cast, language="zh-hans"), Client()
    client.force_login(cast.alice)
    typed = {"to": "carol@acme.example", "subject": "Q", "message": "{link}", "key": "k", "lock": quote.lock}
    response = client.post(f"/quotes/{quote.pk}/send/", typed)
    assert response.status_code == 422
    assert "fonts-noto-cjk" in response.content.decode()


def test_nothing_is_accepted_without_its_hash(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = sent_quote(cast, language="zh-hans")
    with monkeypatch.context() as gone:
        gone.setattr(typesetting, "CHINESE", ())
        answer = customer().post(path_to(quote) + "accept/", CAROL)
        assert answer.status_code == 422
        assert "请稍后再试" in answer.content.decode()
        assert accept(quote) == 422
        assert not Acceptance.objects.exists()
    assert accept(quote) == 302
    kept = Document.objects.get()
    assert Acceptance.objects.get().document_sha256 == kept.sha256 != ""


def test_its_owner_is_told_once_what_to_install(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = sent_quote(cast, language="zh-hans")
    monkeypatch.setattr(typesetting, "CHINESE", ())
    accept(quote)
    accept(quote)
    task = Activity.objects.get(deal=quote.deal)
    assert (task.owner, task.due_on, "fonts-noto-cjk" in task.body) == (cast.alice, cast.today, True)
    told = Sending.objects.get()
    assert (told.to, told.language) == ([cast.alice.email], "en")
    assert "fonts-noto-cjk" in told.body


def test_a_mail_waits_for_the_font(cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.MAIL_IS_ON = True
    sending = send_quote(
        draft(cast, language="zh-hans"), to=["carol@acme.example"], subject="Q", message="{link}", by=cast.alice
    )
    Document.objects.update(sha256="")
    with monkeypatch.context() as gone:
        gone.setattr(typesetting, "CHINESE", ())
        assert (workers.deliver(sending.pk), keeping.make_due()) == (False, 0)
        sending.refresh_from_db()
        assert (sending.state, "fonts-noto-cjk" in sending.problem) == ("waiting", True)
    Sending.objects.update(due_at=sending.created_at)
    assert (keeping.make_due(), workers.deliver(sending.pk)) == (1, True)
    assert len(mail.outbox) == 1


def test_by_hand_it_says_so_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = sent_quote(cast, language="zh-hans")
    monkeypatch.setattr(typesetting, "CHINESE", ())
    with pytest.raises(Refused, match="fonts-noto-cjk"):
        accept_quote(quote, caller=Caller("Carol"), by=cast.alice)
    assert not Sending.objects.exists()
