"""What the pipeline does when something below it changes."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import Team, User, Workspace
from crm.signals import periods_held, person_moved, workspace_changed
from pipeline.ledger import writing
from pipeline.models import Deal, DealChange, Outcome


def connect() -> None:
    person_moved.connect(take_open_deals_along, dispatch_uid="pipeline.take_open_deals_along")
    periods_held.connect(hold_begun_periods, dispatch_uid="pipeline.hold_begun_periods")
    workspace_changed.connect(keep_frozen_values, dispatch_uid="pipeline.keep_frozen_values")


@transaction.atomic
def take_open_deals_along(user: User, team: Team | None, on: date, by: User | None, **kwargs: Any) -> None:
    """Open deals go with their owner to the new team; closed ones stay where they were won or lost."""
    with writing() as ledger:
        ids = Deal.objects.filter(owner=user, outcome=Outcome.OPEN).exclude(team=team).values_list("pk", flat=True)
        for deal in ledger.lock_all(list(ids)):
            deal.team = team
            ledger.note(deal, DealChange.Verb.HANDED_OVER, by=by)


def keep_frozen_values(changed: set[str], **kwargs: Any) -> None:
    """Closed deals keep their value in the base currency of their day: once there are any, the base stays."""
    if "currency" in changed and Deal.objects.filter(base_amount__isnull=False).exists():
        raise Refused(currency=_("Closed deals keep their value in the base currency, so it can no longer change."))


def hold_begun_periods(workspace: Workspace, **kwargs: Any) -> date | None:
    """Once there are deals, periods that have begun were read by somebody."""
    return workspace.today if Deal.objects.exists() else None
