"""A quote goes out by e-mail: with its PDF, and the link by which the customer answers."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from crm.models import User
from pipeline.models import Deal
from quotes.actions.links import link_of
from quotes.actions.rules import expect, expect_same
from quotes.actions.states import mark_sent
from quotes.documents import document_for
from quotes.linking import address_of
from quotes.models import OPEN, DocumentKind, Letterhead, Quote, Sending
from quotes.sending import post
from quotes.wording import Speech

LINK = "{link}"  # where it stands in the message the address comes


class Letter(NamedTuple):
    to: list[str]
    subject: str
    message: str


def letter_of(quote: Quote, *, by: User) -> Letter:
    """What is proposed to be written, in the quote's language."""
    say, contact = Speech(quote.language), quote.contact
    parts = [
        say("greeting", name=contact.name) if contact else say("greeting_nobody"),
        say("quote_message", day=say.day(quote.valid_until)),
        f"{say('quote_online')}\n{LINK}",
        f"{say('regards')}\n{by.name}\n{Letterhead.current().name}",
    ]
    return Letter(_to(quote), say("quote_subject", number=str(quote), title=quote.title), "\n\n".join(parts))


def _to(quote: Quote) -> list[str]:
    """Whoever it went to before, else its contact."""
    sent = quote.sendings.filter(key__startswith=f"quote:{quote.pk}:").order_by("-id").first()
    return list(sent.to) if sent else [quote.contact.email] if quote.contact and quote.contact.email else []


def send_quote(
    quote: Quote, *, to: Sequence[str], subject: str, message: str, cc: Sequence[str] = (), key: str = "",
    lock: int | None = None, by: User,
) -> Sending:  # fmt: skip
    """Mark a draft as sent and mail it; one that is with the customer goes to them again.

    The same `key`, or without one the same words to the same people, is sent once. Raises Refused or Conflict.
    """
    told = "\n".join([*to, *cc, subject, message])
    key = f"quote:{quote.pk}:{key or hashlib.sha256(told.encode()).hexdigest()}"
    with transaction.atomic():
        Deal.objects.select_for_update().get(pk=quote.deal_id)  # whoever sends it too waits here
        if standing := Sending.objects.filter(key=key).first():
            return standing
        quote = Quote.objects.select_related("deal").get(pk=quote.pk)
        link = link_of(quote, by=by)  # before it is sent: the PDF bears it
        quote = _sent(quote, lock, by)
        document = document_for(quote)
        return post(
            key=key, kind=DocumentKind.QUOTE, deal=quote.deal, quote=quote, to=to, cc=cc, subject=subject,
            body=message.replace(LINK, address_of(link)), language=quote.language,
            documents=[document] if document else [], by=by,
        )  # fmt: skip


def _sent(quote: Quote, lock: int | None, by: User) -> Quote:
    if quote.is_draft:
        return mark_sent(quote, lock=lock, by=by)
    expect_same(quote, lock)
    expect(quote, *OPEN)
    return quote
