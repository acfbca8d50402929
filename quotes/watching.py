"""What quotes have to tell whom: an approval that waits, and a step of a delivery that is late."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access import reach_of
from crm.alerts import Facts, Found, Kind, People, Said, telling
from crm.models import Workspace
from crm.templatetags.penstock import day, percent
from pipeline.models import Deal
from quotes.actions.approving import may_decide
from quotes.models import DeliveryStep, Quote, Status

WEEK = timedelta(days=7)  # late by more than this, whoever leads the team should know too


def watch(since: datetime | None = None) -> Found:
    people = People()
    return _waiting(people) | _late(people)


def _waiting(people: People) -> Found:
    """Told to the nearest above who may decide."""
    found: Found = {}
    quotes = Quote.objects.filter(status=Status.WAITING, deal__in=Deal.objects.live()).select_related("deal")
    for quote in quotes.prefetch_related("approvals__asked_by"):
        asked = next(each for each in quote.approvals.all() if each.granted is None)
        facts = {"quote": quote.pk, "number": str(quote), "deal": quote.deal.title, "who": asked.asked_by.name}
        facts |= {"given": str(quote.given), "remark": asked.remark}
        found |= telling(_deciding(people, quote), "approval", f"{asked.pk}", facts)
    return found


def _deciding(people: People, quote: Quote) -> list[int]:
    for level in people.upward(quote.deal.team_id):
        if able := [pk for pk in level if may_decide(quote, reach_of(people.users[pk]))]:
            return able
    return []


def _late(people: People) -> Found:
    """Told to who has the step and to whose deal it is."""
    found: Found = {}
    today = Workspace.current().today
    steps = DeliveryStep.objects.filter(activity__in_checklist=True, activity__done_at=None, activity__due_on__lt=today)
    steps = steps.filter(delivery__stopped_at=None, delivery__deal__in=Deal.objects.live())
    for step in steps.select_related("activity__owner", "delivery__deal"):
        activity, deal = step.activity, step.delivery.deal
        assert activity is not None
        assert activity.due_on is not None
        facts = {"step": activity.subject, "deal": deal.pk, "title": deal.title}
        facts |= {"on": activity.due_on.isoformat(), "who": activity.owner.name}
        whom = [activity.owner_id, deal.owner_id]
        if today - activity.due_on > WEEK:
            whom += people.leading(deal.team_id)
        told = people.seeing(whom, deal.owner_id, deal.team_id)
        found |= telling(told, "late", f"{activity.pk}-{activity.due_on}", facts)
    return found


# ── In words ───────────────────────────────────────────────────────────────────────────────────────


def _say_waiting(facts: Facts) -> Said:
    words = {"number": facts["number"], "who": facts["who"], "title": facts["deal"]}
    words["given"] = percent(Decimal(facts["given"]) / 100, 1)
    text = _("%(who)s asks for “%(title)s”: %(given)s discount in all.") % words
    if facts["remark"]:
        text += f" “{facts['remark']}”"
    return Said(
        _("Quote %(number)s waits for your approval") % words, text, reverse("quotes:quote", args=[facts["quote"]])
    )


def _say_late(facts: Facts) -> Said:
    words = {name: facts[name] for name in ("step", "title", "who")}
    words["day"] = day(date.fromisoformat(facts["on"]), "yMMMd")
    text = _("Delivery of “%(title)s”: %(who)s was to do it by %(day)s.") % words
    return Said(_("“%(step)s” is late") % words, text, reverse("pipeline:deal", args=[facts["deal"]]))


KINDS = {
    "approval": Kind(gettext_lazy("A quote waits for your approval"), "circle-check", _say_waiting),
    "late": Kind(gettext_lazy("A delivery is late"), "truck", _say_late),
}
