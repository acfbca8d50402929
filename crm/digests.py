"""One mail a day with what is new, to whoever wants it. Taken before it is sent: never sent twice."""

import logging
from datetime import date

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from crm.alerts import told, wishes
from crm.models import Alert, Digest, User, Workspace

log = logging.getLogger(__name__)
HOUR = 7  # of the company's morning
MOST = 5  # attempts


def send_digests() -> int:
    """Of today, once the morning has come; again for those that failed. Returns how many were sent."""
    workspace = Workspace.current()
    if not settings.MAIL_IS_ON or timezone.now().astimezone(workspace.zone).hour < HOUR:
        return 0
    waiting = Alert.objects.filter(mailed_at=None, settled_at=None, user__is_active=True)
    people = waiting.values_list("user_id", flat=True).order_by("user_id").distinct()
    return sum(send_digest(pk, workspace.today) for pk in people)


def send_digest(user_id: int, day: date) -> bool:
    """Send one person's mail of the day, unless it was sent or is being sent."""
    unwanted = {kind for (pk, kind), (_in_app, by_mail) in wishes().items() if pk == user_id and not by_mail}
    with transaction.atomic():
        Digest.objects.get_or_create(user_id=user_id, day=day)
        digest = Digest.objects.select_for_update().get(user_id=user_id, day=day)
        alerts = list(Alert.objects.filter(user_id=user_id, mailed_at=None, settled_at=None).exclude(kind__in=unwanted))
        if digest.taken_at or digest.attempts >= MOST or not alerts:
            return False
        digest.taken_at, digest.attempts = timezone.now(), digest.attempts + 1
        digest.save()
    try:
        _mail(User.objects.get(pk=user_id), alerts, digest).send()
    except OSError as error:  # of the network, and of SMTP
        log.warning("The digest of %s was not sent: %s", user_id, error)
        Digest.objects.filter(pk=digest.pk).update(taken_at=None)
        return False
    now = timezone.now()
    Digest.objects.filter(pk=digest.pk).update(sent_at=now)
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(mailed_at=now)
    return True


def _mail(user: User, alerts: list[Alert], digest: Digest) -> EmailMessage:
    workspace = Workspace.current()
    with translation.override(user.language or workspace.language):
        subject = ngettext("%(count)d thing to know", "%(count)d things to know", len(alerts)) % {"count": len(alerts)}
        text = render_to_string(
            "crm/digest.txt",
            {"name": user.name, "alerts": [told(alert) for alert in alerts], "site": settings.SITE_URL},
        )
    return EmailMessage(
        f"{workspace.name}: {subject}", text, None, [user.email],
        headers={"Message-ID": f"<digest-{digest.pk}-{digest.attempts}@{settings.SITE_HOST}>"},
    )  # fmt: skip
