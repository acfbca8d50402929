"""What the pipeline does by itself."""

from django.db.models import F, OuterRef, Q, Subquery

from crm.models import Membership, Workspace
from pipeline.ledger import writing
from pipeline.models import Deal, DealChange, Outcome

AT_ONCE = 500


def follow_memberships() -> int:
    """Give open deals the team their owner is in today: memberships begin and end on dates, not on clicks."""
    today = Workspace.current().today
    team = Membership.objects.on(today).filter(user_id=OuterRef("owner_id")).values("team_id")[:1]
    stray = Deal.objects.filter(outcome=Outcome.OPEN).annotate(owners_team=Subquery(team))
    stray = stray.filter(
        ~Q(owners_team=F("team_id"))
        | Q(owners_team=None, team_id__isnull=False)
        | Q(owners_team__isnull=False, team_id=None)
    )
    moved = 0
    while ids := list(stray.values_list("pk", flat=True)[:AT_ONCE]):
        with writing() as ledger:
            teams = dict(Deal.objects.filter(pk__in=ids).annotate(now=Subquery(team)).values_list("pk", "now"))
            for deal in ledger.lock_all(ids):
                deal.team_id = teams[deal.pk]
                ledger.note(deal, DealChange.Verb.HANDED_OVER, by=None)
        moved += len(ids)
    return moved
