"""The worker's side of the outbox. A mail is taken before it is sent, so it is never sent twice: when a worker dies in
between, nobody knows whether it went out, and the mail says so instead of going again by itself."""

import logging
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.errors import Refused
from quotes.keeping import made
from quotes.models import Letterhead, Sending, SendingState

log = logging.getLogger(__name__)
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720)]  # after which it is tried again
UNKNOWN_AFTER = timedelta(minutes=10)
AT_ONCE = 200


def deliver(pk: int) -> bool:
    """Send it, unless it was sent, is being sent, or its time has not come."""
    if not settings.MAIL_IS_ON or (sending := _take(pk)) is None:
        return False
    try:
        _mail(sending).send()
    except (OSError, Refused) as error:  # of the network, of SMTP, of a document's file, and of a font for it
        log.warning("The mail %s was not sent: %s", pk, error)
        _put_back(sending, error)
        return False
    _close(sending, SendingState.SENT, sent_at=timezone.now())
    return True


def deliver_due() -> int:
    """What nobody woke us for, and what is tried again. Returns how many were sent."""
    now = timezone.now()
    for lost in Sending.objects.filter(state=SendingState.TAKEN, taken_at__lt=now - UNKNOWN_AFTER):
        _close(lost, SendingState.FAILED, problem=_("It is not known whether it went out: a worker was stopped."))
    waiting = Sending.objects.filter(state=SendingState.WAITING, due_at__lte=now).order_by("due_at", "pk")
    return sum(deliver(pk) for pk in waiting.values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _take(pk: int) -> Sending | None:
    now = timezone.now()
    waiting = Sending.objects.filter(pk=pk, state=SendingState.WAITING, due_at__lte=now)
    sending = waiting.select_for_update(skip_locked=True, of=["self"]).first()
    if sending:
        sending.state, sending.taken_at, sending.attempts = SendingState.TAKEN, now, sending.attempts + 1
        sending.save(update_fields=["state", "taken_at", "attempts"])
    return sending


def _put_back(sending: Sending, error: Exception) -> None:
    problem = str(error)[:400] or type(error).__name__
    if _is_final(error) or sending.attempts > len(PAUSES):
        _close(sending, SendingState.FAILED, problem=problem)
    else:
        due = timezone.now() + PAUSES[sending.attempts - 1]
        _set(sending, state=SendingState.WAITING, problem=problem, due_at=due)


def _is_final(error: Exception) -> bool:
    """Whether the other side said never, not later."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    if isinstance(error, SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, FileNotFoundError) or (isinstance(error, SMTPResponseException) and error.smtp_code == 553)


@transaction.atomic
def _close(sending: Sending, state: SendingState, *, problem: str = "", sent_at: datetime | None = None) -> None:
    if not _set(sending, state=state, problem=problem, sent_at=sent_at):
        return
    deal = sending.deal
    data = {"deal": deal.pk, "subject": sending.subject, "to": sending.to, "problem": problem}
    reach = {"owner_ids": [deal.owner_id], "team_ids": [deal.team_id] if deal.team_id else []}
    verb = "sent" if state == SendingState.SENT else "failed"
    events.record([events.event(f"sending.{verb}", sending, by=None, data=data, **reach)])


def _set(sending: Sending, **fields: object) -> int:
    """Of a mail that is still taken."""
    return Sending.objects.filter(pk=sending.pk, state=SendingState.TAKEN).update(**fields)


def _mail(sending: Sending) -> EmailMessage:
    sender = formataddr((Letterhead.current().name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    mail = EmailMessage(
        sending.subject, sending.body, sender, sending.to, cc=sending.cc,
        reply_to=[sending.reply_to] if sending.reply_to else None,
        headers={"Message-ID": f"<sending-{sending.pk}@{settings.SITE_HOST}>"},
    )  # fmt: skip
    for document in sending.documents.order_by("pk"):
        mail.attach(document.name, made(document).path.read_bytes(), "application/pdf")
    return mail
