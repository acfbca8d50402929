"""What happens to the rollups when something below changes: marks in the same transaction, a wake-up after it."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Max

from contacts.signals import companies_changed
from crm.models import User, Workspace
from crm.signals import periods_held, person_moved, rates_changed, workspace_changed
from forecasting import workers
from forecasting.models import Adjustment, Quota, first_of
from forecasting.recount import Key
from forecasting.seating import is_own
from forecasting.tasks import rebuild_cells, wake
from pipeline.models import Deal, Outcome, Pipeline
from pipeline.signals import DealChanged, DealFacts, deals_changed, pipeline_reshaped, products_regrouped


def connect() -> None:
    deals_changed.connect(mark_deals, dispatch_uid="forecasting.mark_deals")
    pipeline_reshaped.connect(mark_pipeline, dispatch_uid="forecasting.mark_pipeline")
    rates_changed.connect(mark_currencies, dispatch_uid="forecasting.mark_currencies")
    companies_changed.connect(mark_companies, dispatch_uid="forecasting.mark_companies")
    periods_held.connect(hold_periods, dispatch_uid="forecasting.hold_periods")
    products_regrouped.connect(mark_products, dispatch_uid="forecasting.mark_products")
    person_moved.connect(mark_moved, dispatch_uid="forecasting.mark_moved")
    workspace_changed.connect(recount_everything, dispatch_uid="forecasting.recount_everything")


def place_of(deal: DealFacts | None) -> set[Key]:
    """The owner and month in whose cells a deal counts."""
    if deal is None or deal.is_archived:
        return set()
    day = deal.expected_close_on if deal.outcome == Outcome.OPEN else deal.closed_on
    return {(deal.owner_id, first_of(day))}


def mark_deals(changes: list[DealChanged], **kwargs: Any) -> None:
    _mark({key for change in changes for key in place_of(change.before) | place_of(change.after)})


def mark_pipeline(pipeline: Pipeline, **kwargs: Any) -> None:
    _mark_open_deals("d.pipeline_id = %(pipeline)s", {"pipeline": pipeline.pk})


def mark_currencies(currency_ids: list[str], **kwargs: Any) -> None:
    _mark_open_deals("d.currency_id = ANY(%(currencies)s)", {"currencies": currency_ids})


def mark_companies(company_ids: list[int], **kwargs: Any) -> None:
    closed = Deal.objects.filter(company_id__in=company_ids, closed_on__isnull=False)
    _mark({(owner, first_of(day)) for owner, day in closed.values_list("owner_id", "closed_on").distinct()})


def mark_products(product_ids: list[int], **kwargs: Any) -> None:
    _mark_now_and_then(partial(workers.mark_deals_with, product_ids))


def mark_moved(user: User, on: date, **kwargs: Any) -> None:
    """Who joins a team sits there in the forecast, as long as nobody has made a tree of its own."""
    if not is_own():
        mark_people([user.pk], on)


def mark_people(people: list[int], since: date) -> None:
    """From a day on their deals may count in another line."""
    _mark_now_and_then(partial(workers.mark_people, people, since))


def recount_everything(workspace: Workspace, **kwargs: Any) -> None:
    transaction.on_commit(rebuild_cells.delay, robust=True)


def hold_periods(**kwargs: Any) -> date | None:
    """What a quota or an adjustment is for stays what it was."""
    ends = [kind.objects.aggregate(last=Max("ends_on"))["last"] for kind in (Quota, Adjustment)]
    last: date | None = max((end for end in ends if end), default=None)
    return last and last - timedelta(days=1)


def _mark_open_deals(where: str, params: dict[str, Any]) -> None:
    _mark_now_and_then(partial(workers.mark_open_deals, where, params))


def _mark_now_and_then(mark: Callable[[], None]) -> None:
    """Now, and again once it holds: a deal that changed in between was still counted by the old definition."""
    mark()
    transaction.on_commit(mark, robust=True)
    _wake_after_commit()


def _mark(keys: set[Key]) -> None:
    workers.mark(keys)
    if keys:
        _wake_after_commit()


def _wake_after_commit() -> None:
    transaction.on_commit(wake, robust=True)  # a lost wake-up costs seconds: beat looks for marks too
