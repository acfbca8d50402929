"""Many quotas at once as the pages have them: whose may be set, what a proposal would change, what was set last."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from crm.access import Reach
from crm.models import Team, User
from crm.periods import Period
from forecasting.models import QuotaBatch
from forecasting.proposals import Proposal, Subject
from forecasting.quotas import PeriodQuotas
from forecasting.setting import Entry, Step, examine
from forecasting.table import lines_of_quotas
from forecasting.tree import Tree
from forecasting.types import ForecastType
from forecasting.weighting import Row

FRESH = timedelta(hours=24)  # for so long a batch is offered to be taken back


@dataclass(frozen=True)
class Draft:
    """A year and a type, and everybody whose quotas may be set in it, as the grid has them."""

    year: Period
    type: ForecastType
    rows: Sequence[Row]
    subjects: dict[str, Subject]  # by `person-3` or `team-2`

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(row.subject, "\N{EM SPACE}" * row.depth + row.name) for row in self.rows]


def draft_of(reach: Reach, year: Period, type: ForecastType) -> Draft:
    rows = {
        row.subject: row
        for row in lines_of_quotas(Tree(reach, year), PeriodQuotas(year, type))
        if row.may_set_quota and row.subject
    }
    people = User.objects.in_bulk([row.id for row in rows.values() if row.kind == "person"])
    teams = Team.objects.in_bulk([row.id for row in rows.values() if row.kind != "person"])
    subjects = {key: people[row.id] if row.kind == "person" else teams[row.id] for key, row in rows.items()}
    return Draft(year, type, list(rows.values()), subjects)


@dataclass(frozen=True)
class Preview:
    """What would become of each quota. `mark` says what was looked at: what changed since is looked at again."""

    steps: list[Step]
    unread: list[str]

    @property
    def entries(self) -> list[Entry]:
        """What would be set: as it was seen, so that a change meanwhile is a conflict."""
        fit = [step for step in self.steps if step.changes and not step.is_refused]
        return [step.entry._replace(version=step.version) for step in fit]

    @property
    def refused(self) -> int:
        return sum(step.is_refused for step in self.steps)

    @property
    def unchanged(self) -> int:
        return sum(not step.changes for step in self.steps)

    @property
    def mark(self) -> str:
        seen = [(step.entry.key, step.version, str(step.entry.amount), step.currency) for step in self.steps]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]

    @property
    def sum(self) -> tuple[Decimal, str] | None:
        """What all of it comes to, where nothing in it is part of something else: one subject's months, or quarters."""
        alike = {(step.entry.key[:2], step.entry.period.kind, step.currency) for step in self.steps}
        if len(alike) != 1:
            return None
        return sum((step.entry.amount or Decimal(0) for step in self.steps), Decimal(0)), self.steps[0].currency


def preview_of(proposal: Proposal, *, by: User) -> Preview:
    return Preview(examine(proposal.entries, by=by), proposal.unread)


def last_batch(user: User) -> QuotaBatch | None:
    """What this person set together a short while ago, if it was not taken back."""
    batch = QuotaBatch.objects.filter(by=user, made_at__gt=timezone.now() - FRESH, undone_by=None)
    newest = batch.select_related("undoes").order_by("-id").first()
    return newest if newest and newest.undoes_id is None else None
