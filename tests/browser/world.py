"""A company with something of everything, so that a page shows all that it can show."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from crm.periods import month_of, quarter_of
from forecasting import workers
from forecasting.actions import set_quota
from pipeline.actions import Line, archive_deal, lose_deal, move_deal, set_lines, win_deal
from pipeline.activities import log_activity, plan_activity
from tests.cast import Cast


def fill(cast: Cast) -> None:
    """Deals in every state, of several people, in two currencies; quotas; what was done and what is to be done."""
    day = timedelta(days=1)
    planned = cast.deal("Разширение на пречиствателната станция в Стара Загора, втори етап", stage="Demo")
    plan_activity(planned, subject="Send the drawings", due_on=cast.today + 3 * day, by=cast.alice)
    log_activity(planned, subject="Spoke with Carol", kind="call", body="She likes it.", by=cast.alice)
    log_activity(planned, subject="Visited the site", kind="note", by=cast.mia)
    set_lines(planned, [Line(cast.pump, Decimal(2)), Line(cast.sensor)], feed_amount=True, by=cast.alice)
    overdue = cast.deal("Overdue", amount=Decimal("1234.50"), currency_id="USD", by=cast.alice)
    plan_activity(overdue, subject="Call back", due_on=cast.today - 3 * day, by=cast.alice)
    today = cast.deal("Today", stage="Solution", company=None, amount=None)
    plan_activity(today, subject="Meet", due_on=cast.today, by=cast.alice)
    stalled = cast.deal("Stalled", stage="Solution")
    long_ago = timezone.now() - 90 * day
    type(stalled).objects.filter(pk=stalled.pk).update(opened_at=long_ago, stage_since=long_ago, touched_at=None)
    cast.deal("Without a rate", amount=Decimal(700), currency_id="JPY")
    cast.deal("Bob's", owner=cast.bob, expected_close_on=cast.today - 40 * day)
    win_deal(cast.deal("Won", amount=Decimal(5000)), reason=cast.fit, by=cast.alice)
    lose_deal(cast.deal("Lost"), reason=cast.competitor, competitor="Hydrolog", by=cast.alice)
    archive_deal(cast.deal("Deleted"), by=cast.alice)
    moved = cast.deal("Moved by another")
    move_deal(moved, to=cast.stages["Demo"], by=cast.mia)
    for person in (cast.alice, cast.bob):
        set_quota(owner=person, period=month_of(cast.today), amount=Decimal(4000), by=cast.mia)
    set_quota(team=cast.north, period=quarter_of(cast.today), amount=Decimal(90_000), by=cast.dana)
    workers.refresh_all()
