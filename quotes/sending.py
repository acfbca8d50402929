"""The outbox: a mail is written down with what it is about, and sent by a worker once that has committed."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User
from pipeline.models import Deal
from quotes.models import Document, Sending, SendingState

MOST = 20  # people on one mail


def post(
    *,
    key: str,
    kind: str,
    deal: Deal,
    to: Sequence[str],
    subject: str,
    body: str,
    documents: Iterable[Document] = (),
    by: User | None,
    **fields: Any,
) -> Sending:
    """Send it once the caller's transaction has committed; if one with this key stands already, that one is it.

    `fields`: cc, quote, language, reply_to. Raises Refused.
    """
    to, cc = addresses(to, field="to"), addresses(fields.pop("cc", ()), field="cc")
    if not to:
        raise Refused(to=_("Say to whom it goes."))
    values = {"kind": kind, "deal": deal, "to": to, "cc": cc, "subject": _one_line(subject), "body": body, "by": by}
    values |= {"reply_to": by.email if by else ""} | fields
    sending, is_new = Sending.objects.get_or_create(key=key, defaults=values)
    if is_new:
        sending.documents.set(documents)
        _wake(sending)
    return sending


def post_again(sending: Sending) -> Sending:
    """One that failed. Raises Refused."""
    revived = Sending.objects.filter(pk=sending.pk, state=SendingState.FAILED)
    if not revived.update(state=SendingState.WAITING, attempts=0, due_at=timezone.now(), problem=""):
        raise Refused(state=_("Only a mail that failed is sent again."))
    _wake(sending)
    sending.refresh_from_db()
    return sending


def addresses(named: Iterable[str], *, field: str) -> list[str]:
    """Without doubles, in their order. Raises Refused with the one that is none."""
    found = list(dict.fromkeys(name.strip() for name in named if name.strip()))
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            raise Refused(**{field: _("“%(text)s” is no e-mail address.") % {"text": address}}) from None
    if len(found) > MOST:
        raise Refused(**{field: _("At most %(most)d addresses.") % {"most": MOST}})
    return found


def _wake(sending: Sending) -> None:
    """A worker, after commit. A lost wake-up costs a minute: beat looks too."""
    from quotes.tasks import deliver_mail

    transaction.on_commit(lambda: deliver_mail.delay(sending.pk), robust=True)


def _one_line(subject: str) -> str:
    line = " ".join(subject.split())
    if not line:
        raise Refused(subject=_("Say what it is about."))
    return line[:200]
