"""A discount or a margin past a limit needs the word of somebody above who is not the quote's author."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access import Reach, reach_of
from crm.alerts import look_soon
from crm.errors import Refused
from crm.models import User
from quotes.actions.rules import expect, expect_same, holding, note
from quotes.models import Approval, Quote, QuoteSettings, Status


def limits_passed(quote: Quote) -> list[str]:
    """ "discount", "margin": what goes past its limit and further than anyone has granted for this version."""
    settings = QuoteSettings.current()
    passed = []
    if settings.discount_limit is not None and quote.given > settings.discount_limit:
        passed.append("discount")
    if settings.margin_limit is not None and quote.margin is not None and quote.margin < settings.margin_limit:
        passed.append("margin")
    granted = list(quote.approvals.filter(granted=True)) if passed else []
    return [why for why in passed if not any(_covers(approval, why, quote) for approval in granted)]


def _covers(approval: Approval, why: str, quote: Quote) -> bool:
    """Whether the quote gives away no more than what was granted."""
    if why == "discount":
        return quote.given <= approval.given
    return None not in (approval.margin, quote.margin) and quote.margin >= approval.margin  # type: ignore[operator]


def may_decide(quote: Quote, reach: Reach) -> bool:
    """Somebody who manages, may change the deal, and neither made the quote nor asked."""
    asked = quote.approvals.filter(granted=None).values_list("asked_by_id", flat=True)
    return is_above(reach, quote) and reach.user_id not in {quote.made_by_id, *asked}


def is_above(reach: Reach, quote: Quote) -> bool:
    return (reach.is_manager or reach.is_admin) and reach.changes(quote.deal.owner_id, quote.deal.team_id)


def awaiting(reach: Reach) -> QuerySet[Quote]:
    """Quotes whose approval is this person's to decide, the longest waiting first."""
    if not (reach.is_manager or reach.is_admin):
        return Quote.objects.none()
    asked = Approval.objects.filter(granted=None).exclude(asked_by=reach.user_id)
    quotes = Quote.objects.editable_by(reach).filter(status=Status.WAITING, pk__in=asked.values("quote"))
    return quotes.exclude(made_by=reach.user_id).order_by("changed_at", "pk")


def ask_approval(quote: Quote, *, lock: int | None = None, remark: str = "", by: User) -> Quote:
    """Have somebody above look at the draft, which nobody changes meanwhile."""
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        expect(quote, Status.DRAFT)
        if not (why := limits_passed(quote)):
            raise Refused(status=_("This quote needs no approval."))
        Approval.objects.create(
            quote=quote, why=why, asked_by=by, given=quote.given, margin=quote.margin, remark=_short("remark", remark)
        )
        quote.status = Status.WAITING
        note(quote, "approval_asked", by=by, why=why)
        look_soon("quotes")
    return quote


def grant(quote: Quote, *, lock: int | None = None, remark: str = "", by: User) -> Quote:
    """It may be sent as it is, and with less discount or more margin too."""
    return _decide(quote, True, lock, remark, by)


def refuse(quote: Quote, *, lock: int | None = None, remark: str = "", by: User) -> Quote:
    """A draft again; `remark` says why."""
    return _decide(quote, False, lock, remark, by)


def withdraw(quote: Quote, *, lock: int | None = None, by: User) -> Quote:
    """Ask no longer, to go on with the draft."""
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        expect(quote, Status.WAITING)
        quote.approvals.filter(granted=None).delete()
        quote.status = Status.DRAFT
        note(quote, "approval_withdrawn", by=by)
        look_soon("quotes")
    return quote


def _decide(quote: Quote, granted: bool, lock: int | None, remark: str, by: User) -> Quote:
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        expect(quote, Status.WAITING)
        if not may_decide(quote, reach_of(by)):
            raise Refused(status=_("Somebody above decides who did not make the quote."))
        approval = quote.approvals.get(granted=None)
        approval.granted, approval.decided_by, approval.decided_at = granted, by, timezone.now()
        approval.note = _short("remark", remark)
        approval.save()
        quote.status = Status.DRAFT
        note(quote, "approval_granted" if granted else "approval_refused", by=by, remark=approval.note)
        look_soon("quotes")
    return quote


def _short(name: str, text: str) -> str:
    if len(text := text.strip()) > 255:
        raise Refused(**{name: _("At most 255 characters.")})
    return text
