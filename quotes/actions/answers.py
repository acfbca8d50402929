"""What a customer answers: accepted, declined, or a question. `caller` is all that is known of who answers."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, NamedTuple
from unicodedata import category

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.validators import validate_email
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User, Workspace
from crm.templatetags.penstock import day
from pipeline.actions import restore_deal, win_deal
from pipeline.filing import add_file
from quotes.actions.rules import expect, holding, note, tell
from quotes.actions.saving import write_lines
from quotes.actions.syncing import sync
from quotes.documents import document_for
from quotes.following import follow_acceptance
from quotes.keeping import made
from quotes.lines import rows_of
from quotes.models import (
    OPEN,
    Acceptance,
    AfterAcceptance,
    LineItem,
    Quote,
    QuoteLink,
    QuoteSettings,
    Remark,
    RemarkKind,
    Status,
)
from quotes.notices import confirm, remind_owner, tell_owner, warn_owner

LONGEST_NAME, LONGEST_EMAIL, LONGEST_TEXT, LONGEST_AGENT = 120, 254, 4000, 300
PENDING = (Status.DRAFT, Status.WAITING, *OPEN)


class Caller(NamedTuple):
    """Who answers, in their own words, and where the answer came from."""

    name: str
    email: str = ""
    ip: str | None = None
    user_agent: str = ""
    link: QuoteLink | None = None  # None: entered by hand

    @property
    def facts(self) -> dict[str, Any]:
        return self._asdict() | {"user_agent": self.user_agent[:LONGEST_AGENT]}


def accept_quote(
    quote: Quote,
    *,
    caller: Caller,
    chosen: Collection[int] | None = None,
    seen: Decimal | None = None,
    note_: str = "",
    paper: "File[bytes] | None" = None,
    by: User | None,
) -> Acceptance:
    """The customer wants it, with the optional lines `chosen` (None: as they stand) and for the total they have `seen`.

    One acceptance wins: the deal follows the quote and is won, or its owner asked to win it; the deal's other quotes
    are off the table, and what follows begins. `paper` is a signed one, by hand. Raises Refused.
    """
    caller = _checked(caller, needs_email=by is None)
    _expect_document(quote, by)
    with holding(quote) as (quote, _ledger):
        _expect_acceptable(quote, by)
        lines = rows_of(quote)
        before = _before(quote, lines)
        _choose(lines, chosen)
        write_lines(quote, lines)
        if seen is not None and seen != quote.total:
            raise Refused(total=_("The total is another one now. Look at it again, please."))
        quote.status, quote.answered_at = Status.ACCEPTED, (at := timezone.now())
        note(quote, "accepted", by=by, name=caller.name, total=str(quote.total), currency=quote.currency_id)
        before["set_aside"] = _set_aside_others(quote, by)
        if quote.deal.archived_at:
            quote.deal = restore_deal(quote.deal, by=by)
        sync(quote, by=by)
        before |= _win(quote, caller, by)
        accepted = _keep(quote, caller, lines, note_, paper, by, accepted_at=at, before=before)
        tell_owner(quote, accepted, by=by)
        if by is None:
            confirm(quote, accepted)
        follow_acceptance(quote, by=by)
    return accepted


def decline_quote(quote: Quote, *, caller: Caller, reason: str = "", by: User | None) -> Remark:
    """The customer does not want it. Raises Refused."""
    caller = _checked(caller, needs_name=False)
    with holding(quote) as (quote, _ledger):
        expect(quote, *OPEN)
        remark = _remark(quote, RemarkKind.DECLINED, caller, reason, by)
        quote.status, quote.answered_at = Status.DECLINED, remark.created_at
        note(quote, "declined", by=by, reason=remark.text[:200])
        tell_owner(quote, remark, by=by)
    return remark


def ask_question(quote: Quote, *, caller: Caller, text: str, by: User | None) -> Remark:
    """Onto the deal's timeline, as something to do for its owner, and to their mail. Raises Refused."""
    caller = _checked(caller)
    if not _readable(text).strip():
        raise Refused(text=_("What would you like to know?"))
    with holding(quote) as (quote, _ledger):
        remark = _remark(quote, RemarkKind.QUESTION, caller, text, by)
        tell(quote, "asked", by=by, name=caller.name, text=remark.text[:200])
        tell_owner(quote, remark, by=by)
    return remark


def see_quote(link: QuoteLink, *, by: User | None) -> None:
    """Count that the customer looked; the first time, the quote is viewed. One's own look (`by`) does not count."""
    if by is not None:
        return
    now = timezone.now()
    QuoteLink.objects.filter(pk=link.pk).update(views=F("views") + 1, viewed_at=now)
    Quote.objects.filter(pk=link.quote_id).update(views=F("views") + 1)
    if link.quote.status != Status.SENT:
        return
    with holding(link.quote) as (quote, _ledger):
        if quote.status == Status.SENT:
            quote.status, quote.viewed_at = Status.VIEWED, quote.viewed_at or now
            note(quote, "viewed", by=None)


# ── What is taken ──────────────────────────────────────────────────────────────────────────────────


def _checked(caller: Caller, *, needs_name: bool = True, needs_email: bool = False) -> Caller:
    caller = caller._replace(name=" ".join(_readable(caller.name).split()), email=caller.email.strip())
    errors: dict[str, Any] = {}
    if needs_name and not caller.name:
        errors["name"] = _("Please give your name.")
    elif len(caller.name) > LONGEST_NAME:
        errors["name"] = _("At most %(most)d characters.") % {"most": LONGEST_NAME}
    if caller.email or needs_email:
        try:
            validate_email(caller.email)
        except ValidationError:
            errors["email"] = _("Please give your e-mail address.")
        if len(caller.email) > LONGEST_EMAIL:
            errors["email"] = _("At most %(most)d characters.") % {"most": LONGEST_EMAIL}
    if errors:
        raise Refused(**errors)
    return caller


def _readable(text: str) -> str:
    """Without what no keyboard writes and the database does not take."""
    return "".join(char for char in text if char in "\n\t" or category(char) not in {"Cc", "Cs"})


def _expect_acceptable(quote: Quote, by: User | None) -> None:
    """By hand, a paper that came back late is taken too."""
    expect(quote, *OPEN, *([Status.EXPIRED] if by else []))
    if by is None and quote.valid_until < Workspace.current().today:
        raise Refused(status=_("This quote was valid until %(day)s.") % {"day": day(quote.valid_until, "yMMMd")})
    if quote.deal.quotes.filter(status=Status.ACCEPTED).exists():
        raise Refused(status=_("Another quote of this deal was accepted."))


def _expect_document(quote: Quote, by: User | None) -> None:
    """Nothing is accepted without the hash of what was offered. Who can mend that is told."""
    try:
        document_for(quote)
    except Refused as missing:
        if by is not None:
            raise
        warn_owner(quote)
        raise Refused(document=str(missing)) from missing


def _choose(lines: Sequence[LineItem], chosen: Collection[int] | None) -> None:
    if chosen is None:
        return
    optional = {line.pk: line for line in lines if line.is_optional}
    if set(chosen) - optional.keys():
        raise Refused(chosen=_("This line is not optional, or not of this quote."))
    for pk, line in optional.items():
        line.is_chosen = pk in chosen


# ── What happens ───────────────────────────────────────────────────────────────────────────────────


def _before(quote: Quote, lines: Sequence[LineItem]) -> dict[str, Any]:
    followed = quote.deal.quotes.filter(is_synced=True).values_list("pk", flat=True).first()
    return {"chosen": [line.pk for line in lines if line.is_chosen], "followed": followed}


def _keep(
    quote: Quote,
    caller: Caller,
    lines: Sequence[LineItem],
    words: str,
    paper: "File[bytes] | None",
    by: User | None,
    **facts: Any,
) -> Acceptance:
    assert quote.document is not None  # whatever was sent has one
    kept = add_file(quote.deal, file=paper, name=paper.name or "", by=by) if paper and by else None
    return Acceptance.objects.create(
        quote=quote,
        **caller.facts,
        **facts,
        document_sha256=made(quote.document).sha256,
        chosen=[line.pk for line in lines if line.is_optional and line.is_chosen],
        total=quote.total,
        currency=quote.currency,
        by=by,
        note=words.strip()[:500],
        paper=kept.name if kept else "",
        paper_sha256=kept.sha256 if kept else "",
    )


def _set_aside_others(quote: Quote, by: User | None) -> dict[int, str]:
    """What else was offered, or about to be, is off the table. Returns how each stood."""
    others = quote.deal.quotes.select_for_update(of=["self"]).filter(status__in=PENDING).exclude(pk=quote.pk)
    stood: dict[int, str] = {}
    for other in others.order_by("pk"):
        stood[other.pk] = other.status
        other.deal, other.status = quote.deal, Status.CANCELLED
        note(other, "cancelled", by=by, accepted=quote.pk)
    return stood


def _win(quote: Quote, caller: Caller, by: User | None) -> dict[str, Any]:
    """As the settings say; what the winning stage asks for and the deal lacks is for its owner to fill in.

    Returns what taking it back needs to know of that.
    """
    if quote.deal.is_won:
        return {}
    if QuoteSettings.current().after_acceptance == AfterAcceptance.WIN:
        words = _("%(name)s accepted quote %(quote)s") % {"name": caller.name, "quote": quote}
        with suppress(Refused):
            quote.deal = win_deal(quote.deal, reason=None, note=words, by=by)
            return {"won": quote.deal.version}
    return {"task": remind_owner(quote, _("Win the deal: quote %(quote)s was accepted") % {"quote": quote}).pk}


def _remark(quote: Quote, kind: RemarkKind, caller: Caller, text: str, by: User | None) -> Remark:
    if len(text) > LONGEST_TEXT:
        raise Refused(text=_("At most %(most)d characters.") % {"most": LONGEST_TEXT})
    return Remark.objects.create(quote=quote, kind=kind, text=_readable(text).strip(), by=by, **caller.facts)
