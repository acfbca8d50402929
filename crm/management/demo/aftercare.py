"""What follows the deals that the demo won: deliveries under way, and renewals to come."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from crm.management.demo.company import Demo
from pipeline.activities import complete_activity
from pipeline.catalogue import revise_product
from pipeline.models import Activity, Deal, DealLine, Outcome, Product
from quotes.actions.delivering import StepDraft, save_template
from quotes.actions.renewing import set_renewals
from quotes.aftermath import follow
from quotes.models import Assignee, FollowMark, Place

YEARLY = ["Data platform, per year", "Leak analytics, per district", "Support contract, per year"]
RECENT, RENEWING = 14, 24  # deals, so that the demo is quick to load
LATE = 7  # of so many steps one
STEPS = [
    StepDraft("Confirm the order and the dates", 1),
    StepDraft("Kick-off with the customer", 5, kind="meeting"),
    StepDraft("Ship the hardware", 12),
    StepDraft("Commissioning on site", 18, kind="meeting"),
    StepDraft("Hand over to support", 24, assignee=Assignee.MANAGER),
    StepDraft("Ask how the first weeks went", 45, place=Place.AFTER_WIN, kind="call"),
    StepDraft("Ask for a reference", 30, place=Place.AFTER_DELIVERY, kind="email"),
]
TRAINING = [StepDraft("Train the operators", 20, kind="meeting")]


def follow_deals(demo: Demo) -> None:
    """The newest wins are delivered, mostly in time; some of the older ones will renew. The rest is history."""
    _prepare(demo)
    won = Deal.objects.filter(outcome=Outcome.WON, archived_at=None).order_by("-closed_on", "-pk")
    lines = DealLine.objects.filter(product__renews_after__gt=0)
    renewing = won.filter(pk__in=lines.values("deal"), closed_on__gt=demo.today - timedelta(days=300))
    for deal in [*won[:RECENT], *renewing.order_by("closed_on", "pk")[:RENEWING]]:
        follow(deal)
    rng = Random("steps")
    due = Activity.objects.filter(in_checklist=True, due_on__lt=demo.today).order_by("-due_on", "-pk")
    for place, step in enumerate(due.select_related("owner")):
        if step.due_on and place % LATE:  # the newest is late, on whatever day the demo is loaded
            at = datetime.combine(step.due_on, time(rng.randrange(8, 17)), demo.workspace.zone)
            complete_activity(step, at=at, by=step.owner)
    FollowMark.objects.all().delete()


def _prepare(demo: Demo) -> None:
    """Templates, and products that renew."""
    save_template(name="Usual delivery", steps=STEPS, by=demo.admin)
    training = Product.objects.get(name="Operator training")
    save_template(name="Training", product=training, steps=TRAINING, by=demo.admin)
    set_renewals(renewal_uplift=Decimal("3.5"), by=demo.admin)
    for product in Product.objects.filter(name__in=YEARLY):
        revise_product(product, renews_after=12, by=demo.admin)
