"""Make and take back the link by which a customer answers."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from crm.models import User
from crm.request import current_workspace
from quotes.actions.rules import tell
from quotes.linking import digest_of, new_seed, token_of
from quotes.models import Quote, QuoteLink

KEPT = timedelta(days=90)  # after a quote's last day its link still tells what became of it


@transaction.atomic
def link_of(quote: Quote, *, expires_on: date | None = None, by: User | None) -> QuoteLink:
    """The quote's link; a new one if there is none that works."""
    quote = Quote.objects.select_for_update(of=("self",)).select_related("deal").get(pk=quote.pk)
    link = quote.links.filter(revoked_at=None).first()
    if link and link.works(current_workspace().today) and expires_on in {None, link.expires_on}:
        return link
    if link:
        _revoke(link, by)
    seed = new_seed()
    until = expires_on or max(quote.valid_until, current_workspace().today) + KEPT
    made = QuoteLink.objects.create(
        quote=quote, seed=seed, digest=digest_of(token_of(seed)), expires_on=until, made_by=by
    )
    tell(quote, "link_made", by=by, expires_on=until.isoformat())
    return made


@transaction.atomic
def revoke_link(link: QuoteLink, *, by: User | None) -> QuoteLink:
    """From now on it opens nothing. Doing it twice changes nothing."""
    quote = Quote.objects.select_for_update(of=("self",)).select_related("deal").get(pk=link.quote_id)
    link = QuoteLink.objects.get(pk=link.pk)
    if link.revoked_at is None:
        _revoke(link, by)
        tell(quote, "link_revoked", by=by)
    return link


def _revoke(link: QuoteLink, by: User | None) -> None:
    link.revoked_at, link.revoked_by = timezone.now(), by
    link.save(update_fields=["revoked_at", "revoked_by"])
