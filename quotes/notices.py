"""What a customer's answer tells the deal's owner: on the deal's timeline, in what there is to do, and by mail."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.models import User, Workspace
from pipeline.activities import log_activity, plan_activity
from pipeline.models import Activity, ActivityKind
from quotes.models import Acceptance, DocumentKind, Quote, Remark, RemarkKind, Sending
from quotes.sending import post
from quotes.typesetting import FontMissing
from quotes.wording import Speech

KINDS = {RemarkKind.QUESTION: ActivityKind.EMAIL, RemarkKind.DECLINED: ActivityKind.NOTE}


def tell_owner(quote: Quote, answer: Acceptance | Remark, *, by: User | None) -> None:
    """Whoever entered the answer by hand knows already, so no mail goes out then."""
    deal, words = quote.deal, {"name": answer.name or _("The customer"), "quote": quote}
    with translation.override(deal.owner.language or Workspace.current().language):
        if isinstance(answer, Acceptance):
            subject, text = _("%(name)s accepted quote %(quote)s") % words, answer.note
            kind = ActivityKind.NOTE
        else:
            asked = _("%(name)s asks about quote %(quote)s")
            subject = (asked if answer.kind == RemarkKind.QUESTION else _("%(name)s declined quote %(quote)s")) % words
            text, kind = answer.text, KINDS[RemarkKind(answer.kind)]
        log_activity(deal, subject=subject[:200], kind=kind, body=text, owner=deal.owner, by=by or deal.owner)
        if by is None:
            _mail(quote, answer, subject, text)
            if isinstance(answer, Remark):
                remind_owner(quote, _("Answer %(name)s about quote %(quote)s") % words)


def remind_owner(quote: Quote, subject: str) -> Activity:
    """Something to do today."""
    owner = quote.deal.owner
    return plan_activity(quote.deal, subject=subject[:200], due_on=Workspace.current().today, by=owner)


def warn_owner(quote: Quote) -> None:
    """That a customer wanted to accept and could not, and what to do; once a day."""
    owner, today = quote.deal.owner, Workspace.current().today
    with translation.override(owner.language or Workspace.current().language):
        subject = _("%(quote)s could not be accepted: its PDF cannot be made") % {"quote": quote}
        address = settings.SITE_URL + reverse("quotes:quote", args=[quote.pk])
        told = Sending.objects.filter(key=(key := f"unmade:{quote.pk}:{today}")).exists()
        post(
            key=key, kind=DocumentKind.QUOTE, deal=quote.deal, quote=quote, to=[owner.email], subject=subject,
            body="\n\n".join((str(FontMissing()), address)), language=translation.get_language(), by=None,
        )  # fmt: skip
        if not told:
            plan_activity(quote.deal, subject=subject[:200], body=str(FontMissing()), due_on=today, by=owner)


def _mail(quote: Quote, answer: Acceptance | Remark, subject: str, text: str) -> None:
    address = settings.SITE_URL + reverse("quotes:quote", args=[quote.pk])
    post(
        key=f"{type(answer).__name__.lower()}:{answer.pk}",
        kind=DocumentKind.QUOTE,
        deal=quote.deal,
        quote=quote,
        to=[quote.deal.owner.email],
        reply_to=answer.email,
        subject=subject,
        body="\n\n".join(part for part in (text, quote.title, address) if part),
        language=translation.get_language(),
        by=None,
    )


def confirm(quote: Quote, accepted: Acceptance) -> None:
    """To who accepted it through the link, in the quote's language, with the PDF."""
    say, owner = Speech(quote.language), quote.deal.owner
    words = {
        "quote": quote,
        "total": say.money(accepted.total, quote.currency_id, quote.currency.digits),
        "day": say.day(timezone.localdate(accepted.accepted_at)),
    }
    parts = [say("greeting", name=accepted.name), say("confirmed", **words), f"{say('regards')}\n{owner.name}"]
    post(
        key=f"acceptance-copy:{accepted.pk}",
        kind=DocumentKind.QUOTE,
        deal=quote.deal,
        quote=quote,
        to=[accepted.email],
        reply_to=owner.email,
        subject=say("confirmed_subject", quote=quote),
        body="\n\n".join(parts),
        documents=[quote.document] if quote.document else [],
        language=quote.language,
        by=None,
    )
