"""What the pipeline does when something below it changes."""

from datetime import date
from typing import Any

from django.db import transaction

from crm.models import Team, User
from crm.signals import person_moved
from pipeline.ledger import writing
from pipeline.models import Deal, DealChange, Outcome


def connect() -> None:
    person_moved.connect(take_open_deals_along, dispatch_uid="pipeline.take_open_deals_along")


@transaction.atomic
def take_open_deals_along(user: User, team: Team | None, on: date, by: User | None, **kwargs: Any) -> None:
    """Open deals go with their owner to the new team; closed ones stay where they were won or lost."""
    with writing() as ledger:
        ids = Deal.objects.filter(owner=user, outcome=Outcome.OPEN).exclude(team=team).values_list("pk", flat=True)
        for deal in ledger.lock_all(list(ids)):
            deal.team = team
            ledger.note(deal, DealChange.Verb.HANDED_OVER, by=by)
