"""Renewals and upsells: planned on a won deal, opened at their time as deals of the renewal pipeline."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from crm import events
from crm.errors import Refused
from crm.models import User, Workspace
from crm.money import round_to
from pipeline.actions import Line, open_deal
from pipeline.actions.cloning import custom_facts_of, people_of
from pipeline.actions.rules import lines_of
from pipeline.activities import plan_activity
from pipeline.models import ActivityKind, Deal, DealLine, Outcome, Pipeline
from pipeline.pricing import lines_total
from pipeline.processes import TEMPLATES
from pipeline.structure import create_pipeline
from quotes.actions.delivering import manager_of, tell
from quotes.models import DocumentKind, QuoteSettings, Renewal, RenewalKind, RenewalState
from quotes.models.renewals import UPLIFT
from quotes.sending import post

LEAST, MOST = (each.limit_value for each in UPLIFT)  # percent


@transaction.atomic
def plan_renewal(
    deal: Deal,
    *,
    due_on: date,
    kind: str = RenewalKind.RENEWAL,
    title: str = "",
    lead_days: int | None = None,
    owner: User | None = None,
    amount: Decimal | None = None,
    uplift: Decimal = Decimal(0),
    by: User | None,
) -> Renewal:
    """By hand: with an `amount`, or with the lines of the won deal."""
    deal = Deal.objects.select_for_update(of=("self",)).get(pk=deal.pk)
    if not deal.is_won:
        raise Refused(deal=_("Only a won deal is renewed."))
    _expect_ahead(due_on)
    renewal = Renewal(
        deal=deal, kind=kind, title=title.strip(), due_on=due_on, owner=owner, amount=amount,
        currency_id=deal.currency_id, uplift=uplift, made_by=by,
        opens_on=_opens_on(due_on, QuoteSettings.current().renewal_lead_days if lead_days is None else lead_days),
    )  # fmt: skip
    _check(renewal)
    renewal.save()
    tell(renewal, "renewal.planned", by, due_on=due_on.isoformat())
    return renewal


@transaction.atomic
def revise_renewal(renewal: Renewal, *, by: User, **fields: Any) -> Renewal:
    """`due_on`, `lead_days`, `kind`, `title`, `owner`, `amount` or `uplift` of one that has not opened yet."""
    renewal = _locked(renewal)
    if not renewal.is_planned:
        raise Refused(renewal=_("It is no longer planned."))
    if fields.get("due_on", renewal.due_on) != renewal.due_on:
        renewal.won_on = None
    lead = fields.pop("lead_days", (renewal.due_on - renewal.opens_on).days)
    for name, value in fields.items():
        setattr(renewal, name, value)
    _expect_ahead(renewal.due_on)
    renewal.opens_on = _opens_on(renewal.due_on, lead)
    _check(renewal)
    renewal.problem, renewal.version = "", renewal.version + 1
    renewal.save()
    tell(renewal, "renewal.revised", by, due_on=renewal.due_on.isoformat())
    return renewal


@transaction.atomic
def cancel_renewal(renewal: Renewal, *, by: User | None, state: str = RenewalState.CANCELLED) -> Renewal:
    """It will not open. `state` says whether a person decided so, or the deal that is no longer won."""
    renewal = _locked(renewal)
    if not renewal.is_planned:
        raise Refused(renewal=_("It is no longer planned."))
    _turn(renewal, state)
    tell(renewal, "renewal.cancelled", by)
    return renewal


@transaction.atomic
def resume_renewal(renewal: Renewal, *, by: User | None) -> Renewal:
    """Planned again."""
    renewal = _locked(renewal)
    if renewal.state not in {RenewalState.CANCELLED, RenewalState.STOPPED}:
        raise Refused(renewal=_("It is planned or open already."))
    if not renewal.deal.is_won:
        raise Refused(deal=_("Only a won deal is renewed."))
    _turn(renewal, RenewalState.PLANNED)
    tell(renewal, "renewal.planned", by, due_on=renewal.due_on.isoformat())
    return renewal


def renew(deal: Deal) -> None:
    """A won deal: one renewal for each time after which products of it renew, as long as that day is to come.

    What its reopening stopped is planned again; what renews a product that it no longer has is stopped. All are counted
    from the day of the win, also when that is corrected, but for those whose day was set by hand.
    """
    assert deal.closed_on is not None
    terms = set(deal.lines.filter(product__renews_after__gt=0).values_list("product__renews_after", flat=True))
    for renewal in Renewal.objects.filter(deal=deal):
        fits = renewal.months is None or renewal.months in terms
        if fits and renewal.state == RenewalState.STOPPED:
            _revive(renewal, deal.closed_on)
        elif not fits and renewal.is_planned:
            cancel_renewal(renewal, state=RenewalState.STOPPED, by=None)
        elif renewal.is_planned and _count(renewal, deal.closed_on):
            renewal.version += 1
            renewal.save(update_fields=["won_on", "due_on", "opens_on", "version"])
            tell(renewal, "renewal.revised", None, due_on=renewal.due_on.isoformat())
    known = set(Renewal.objects.filter(deal=deal).values_list("months", flat=True))
    for months in sorted(term for term in terms - known if term is not None):
        _plan_by_product(deal, months, months_after(deal.closed_on, months))


def _plan_by_product(deal: Deal, months: int, due_on: date) -> None:
    if due_on > Workspace.current().today:
        usual = QuoteSettings.current()
        opens_on = _opens_on(due_on, usual.renewal_lead_days)
        renewal = Renewal.objects.create(
            deal=deal, months=months, won_on=deal.closed_on, due_on=due_on, opens_on=opens_on,
            currency_id=deal.currency_id, uplift=usual.renewal_uplift,
        )  # fmt: skip
        tell(renewal, "renewal.planned", None, due_on=due_on.isoformat())


def _count(renewal: Renewal, won_on: date) -> bool:
    """From another day of the win; whether it is another one."""
    if renewal.months is None or renewal.won_on in {None, won_on}:
        return False
    lead = (renewal.due_on - renewal.opens_on).days
    renewal.won_on, renewal.due_on = won_on, months_after(won_on, renewal.months)
    renewal.opens_on = _opens_on(renewal.due_on, lead)
    return True


def _revive(renewal: Renewal, won_on: date) -> None:
    _count(renewal, won_on)
    if renewal.due_on > Workspace.current().today:
        renewal.save(update_fields=["won_on", "due_on", "opens_on"])
        resume_renewal(renewal, by=None)


def stop_renewals(deal: Deal) -> None:
    """The deal is no longer won."""
    for renewal in Renewal.objects.filter(deal=deal, state=RenewalState.PLANNED):
        cancel_renewal(renewal, state=RenewalState.STOPPED, by=None)


# ── Opening ────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def set_renewals(*, by: User | None, **fields: Any) -> QuoteSettings:
    """How renewals begin from now on: `renewal_pipeline`, `renewal_lead_days`, `renewal_uplift`."""
    usual = _settings()
    for name, value in fields.items():
        setattr(usual, name, value)
    if not LEAST <= usual.renewal_uplift <= MOST:
        raise Refused(renewal_uplift=_("Between −100 and 1,000 percent."))
    usual.save(update_fields=list(fields))
    said = {name: str(value) for name, value in fields.items()}
    events.record([events.event("quote_settings.revised", usual, by=by, is_public=True, data=said)])
    return usual


def _settings() -> QuoteSettings:
    QuoteSettings.objects.get_or_create(pk=1)
    return QuoteSettings.objects.select_for_update(of=("self",)).get(pk=1)


@transaction.atomic
def open_renewal(renewal: Renewal, *, by: User | None) -> Deal | None:
    """Open its deal, linked both ways; None if it is not to be (any more). Raises Refused as open_deal does."""
    renewal = _locked(renewal)
    won, today = renewal.deal, Workspace.current().today
    if not renewal.is_planned or not won.is_won or won.archived_at is not None:
        return None
    owner = renewal.owner or won.owner
    if not owner.is_active:
        owner = manager_of(won) or owner
    lines = _renewed(renewal, won.lines.select_related("product"))
    made = open_deal(
        title=title_of(renewal)[:200],
        owner=owner,
        pipeline=renewal_pipeline(),
        company=won.company,
        source=won.source,
        people=people_of(won),
        currency_id=renewal.currency_id,
        amount=None if lines else _worth(renewal, []),
        lines=lines,
        expected_close_on=max(renewal.due_on, today),
        by=by,
        **custom_facts_of(won),
    )
    renewal.opened_deal, renewal.problem = made, ""
    _turn(renewal, RenewalState.OPENED)
    _tell_owner(renewal, made, by=by)
    tell(renewal, "renewal.opened", by, opened_deal=made.pk)
    return made


def _tell_owner(renewal: Renewal, made: Deal, *, by: User | None) -> None:
    """A call to make today; who did not open it themselves gets a mail."""
    owner, today = made.owner, Workspace.current().today
    with translation.override(owner.language or Workspace.current().language):
        plan_activity(made, subject=_("Talk about the renewal"), kind=ActivityKind.CALL, due_on=today, by=owner)
        if owner != by:
            address = settings.SITE_URL + reverse("pipeline:deal", args=[made.pk])
            post(
                key=f"renewal:{renewal.pk}",
                kind=DocumentKind.QUOTE,
                deal=made,
                to=[owner.email],
                subject=_("To be renewed: %(title)s") % {"title": renewal.deal.title},
                body="\n\n".join([made.title, _("Due: %(day)s") % {"day": renewal.due_on.isoformat()}, address]),
                language=translation.get_language(),
                by=by,
            )


def open_due_renewals() -> int:
    """Those whose day has come, each by itself: one that cannot open says why and holds up no other. How many opened.

    Two workers at once open nothing twice: the second waits for the first at the won deal, then finds it done.
    """
    opened = last = 0
    due = Renewal.objects.filter(state=RenewalState.PLANNED, opens_on__lte=Workspace.current().today).order_by("pk")
    due = due.filter(deal__outcome=Outcome.WON, deal__archived_at=None)
    while (renewal := due.filter(pk__gt=last).first()) is not None:
        last = renewal.pk
        try:
            opened += open_renewal(renewal, by=None) is not None
        except Refused as refused:
            Renewal.objects.filter(pk=renewal.pk, state=RenewalState.PLANNED).update(problem=str(refused)[:400])
    return opened


def renewal_pipeline() -> Pipeline:
    """The one the settings name; without one, it is made from the template of renewals."""
    usual = _settings()
    named = usual.renewal_pipeline
    if named is None or not named.is_active:
        named = create_pipeline(template=TEMPLATES["renewal"], by=None)
        usual.renewal_pipeline = named
        usual.save(update_fields=["renewal_pipeline"])
    return named


def worths_of(renewals: Sequence[Renewal]) -> dict[int, Decimal | None]:
    """What the deal of each would come to, however many in one query; None if neither an amount nor a line is known."""
    lines: dict[int, list[DealLine]] = defaultdict(list)
    for line in DealLine.objects.filter(deal__in=[each.deal_id for each in renewals]).select_related("product"):
        lines[line.deal_id].append(line)
    return {each.pk: _worth(each, _renewed(each, lines[each.deal_id])) for each in renewals}


def _worth(renewal: Renewal, lines: list[Line]) -> Decimal | None:
    if renewal.amount is not None:
        return renewal.amount
    if not lines:
        return _raised(renewal, renewal.deal.amount)
    return lines_total(line.total for line in lines_of(renewal.deal, lines))


def _renewed(renewal: Renewal, lines: Iterable[DealLine]) -> list[Line]:
    """The lines it renews, at the prices to come; none if it has an amount of its own."""
    if renewal.amount is not None:
        return []
    return [
        Line(line.product, line.quantity, _raised(renewal, line.unit_price), line.discount)
        for line in lines
        if renewal.months in {None, line.product.renews_after}
    ]


def _raised(renewal: Renewal, price: Decimal | None) -> Decimal | None:
    if price is None or not renewal.uplift:
        return price
    return round_to(price * (100 + renewal.uplift) / 100, renewal.currency.digits)


def title_of(renewal: Renewal) -> str:
    """Its own, or that of the first deal in the row and the year."""
    if renewal.title:
        return renewal.title
    first = renewal.deal
    while earlier := Renewal.objects.filter(opened_deal=first).select_related("deal").first():
        first = earlier.deal
    text = _("%(title)s, renewal %(year)s") if renewal.kind == RenewalKind.RENEWAL else _("%(title)s, upsell %(year)s")
    return text % {"title": first.title[:150], "year": renewal.due_on.year}


def months_after(day: date, months: int) -> date:
    """The same day of the month, or its last one where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _opens_on(due_on: date, lead_days: int) -> date:
    return due_on - timedelta(days=lead_days)


def _turn(renewal: Renewal, state: str) -> None:
    renewal.state, renewal.version = state, renewal.version + 1
    renewal.save(update_fields=["state", "version", "opened_deal", "problem"])


def _locked(renewal: Renewal) -> Renewal:
    """The won deal before the renewal, as everywhere: two who meet cannot wait for each other."""
    Deal.objects.select_for_update(of=("self",)).get(pk=renewal.deal_id)
    deals = Renewal.objects.select_related("deal__owner", "deal__company", "deal__source", "owner", "currency")
    return deals.select_for_update(of=("self",)).get(pk=renewal.pk)


def _expect_ahead(due_on: date) -> None:
    if due_on <= Workspace.current().today:
        raise Refused(due_on=_("It is to be in the future."))


def _check(renewal: Renewal) -> None:
    if renewal.opens_on > renewal.due_on:
        raise Refused(lead_days=_("It opens before it is due."))
    if renewal.amount is not None and renewal.amount < 0:
        raise Refused(amount=_("An amount is not negative."))
    if not LEAST <= renewal.uplift <= MOST:
        raise Refused(uplift=_("Between −100 and 1,000 percent."))
