"""Many at once: on one card, on one stage, on all cells, with workers that die in the middle of it."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from crm.actions import revise_workspace
from crm.calendar import fiscal_calendar, this
from crm.errors import Conflict, Refused
from crm.periods import Period, month_of
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.models import Quota, QuotaChange, StaleCell
from forecasting.tasks import refresh_cells
from pipeline.actions import (
    lose_deal,
    move_deal,
    open_deal,
    revise_deal,
    undo_change,
    win_deal,
)
from pipeline.models import Deal, Stage
from pipeline.structure import delete_stage, revise_stage
from tests.cast import Cast, make_cast
from tests.conftest import celery, settle
from tests.crowd import Crowd, Elsewhere, assert_everything_holds
from tests.pipeline.history import assert_history_replays
from tests.quiet import wait_for_refreshes
from tests.recount import assert_cells_are_right

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    yield make_cast()
    settle()


# ── Two people ─────────────────────────────────────────────────────────────────────────────────


def wait_for_somebody_waiting() -> None:
    """Until another connection waits for a lock that we hold."""
    tick = threading.Event()
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone() != (0,):
                return
            tick.wait(0.01)
    pytest.fail("nobody waits for us")


def while_we(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Do `first`, let `second` run into it before we commit, and return what came of `second`."""
    with transaction.atomic():
        first()
        other = Elsewhere(second)
        wait_for_somebody_waiting()
    return other.done()


def test_two_who_set_the_same_quota_at_once(cast: Cast) -> None:
    """The second waits, and then revises what the first has set, or is told of it."""
    month = month_of(cast.today)

    def set_to(amount: int, **seen: Any) -> Callable[[], Quota | None]:
        return lambda: set_quota(owner=cast.alice, period=month, amount=Decimal(amount), by=cast.dana, **seen)

    assert isinstance(while_we(set_to(1, version=0), set_to(2, version=0)), Conflict)
    assert while_we(set_to(3), set_to(4)).version == 3
    assert Quota.objects.get().amount == 4
    assert list(QuotaChange.objects.order_by("id").values_list("was_amount", "amount")) == [(None, 1), (1, 3), (3, 4)]


Verb = Callable[[Cast, Deal], Deal]
MOVES: dict[str, Verb] = {
    "move": lambda cast, deal: move_deal(deal, to=cast.stages["Solution"], version=2, by=cast.mia),
    "win": lambda cast, deal: win_deal(deal, reason=cast.fit, version=2, by=cast.mia),
    "lose": lambda cast, deal: lose_deal(deal, reason=cast.price, version=2, by=cast.mia),
    "undo": lambda cast, deal: undo_change(deal, version=2, by=cast.mia),
}


@pytest.mark.parametrize("second", MOVES)
@pytest.mark.parametrize("first", MOVES)
def test_on_the_same_card_one_wins_and_the_other_is_told(cast: Cast, first: str, second: str) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    result = while_we(lambda: MOVES[first](cast, deal), lambda: MOVES[second](cast, deal))
    assert isinstance(result, Conflict)
    assert (result.change.by, result.current.version) == (cast.mia, 3)
    deal.refresh_from_db()
    verb = {"move": "moved", "win": "won", "lose": "lost", "undo": "moved"}[first]
    assert [change.verb for change in assert_history_replays(deal)] == ["opened", "moved", verb]


def test_one_who_does_not_ask_for_a_version_acts_on_what_is_there(cast: Cast) -> None:
    deal = cast.deal()
    lost = while_we(
        lambda: win_deal(deal, reason=cast.fit, by=cast.mia), lambda: lose_deal(deal, reason=cast.price, by=cast.alice)
    )
    assert (lost.outcome, lost.version, lost.win_reason) == ("lost", 3, None)
    assert_history_replays(Deal.objects.get(pk=deal.pk))


def test_of_two_revisions_of_one_field_the_second_is_told(cast: Cast) -> None:
    deal = cast.deal()
    result = while_we(
        lambda: revise_deal(deal, version=1, amount=Decimal(5), by=cast.mia),
        lambda: revise_deal(deal, version=1, amount=Decimal(6), by=cast.alice),
    )
    assert isinstance(result, Conflict)
    deal.refresh_from_db()
    assert (deal.amount, deal.version) == (5, 2)


def test_of_two_revisions_of_two_fields_both_are_kept(cast: Cast) -> None:
    deal = cast.deal()
    while_we(
        lambda: revise_deal(deal, version=1, amount=Decimal(5), by=cast.mia),
        lambda: revise_deal(deal, version=1, title="Both", by=cast.alice),
    )
    deal.refresh_from_db()
    assert (deal.amount, deal.title, deal.version) == (5, "Both", 3)
    assert_history_replays(deal)


def later_quarter() -> Period:
    return fiscal_calendar().beside(this("quarter"), 9)


def test_a_quota_that_runs_into_a_new_fiscal_year_is_refused(cast: Cast) -> None:
    cast.deal()
    result = while_we(
        lambda: revise_workspace(fiscal_start=2, by=cast.dana),
        lambda: set_quota(owner=cast.alice, period=later_quarter(), amount=Decimal(1), by=cast.mia),
    )
    assert isinstance(result, Refused)
    assert (list(result.errors), Quota.objects.count()) == (["period"], 0)


def test_a_new_fiscal_year_leaves_the_year_of_a_quota_that_came_before_it(cast: Cast) -> None:
    cast.deal()
    quarter = later_quarter()
    while_we(
        lambda: set_quota(owner=cast.alice, period=quarter, amount=Decimal(1), by=cast.mia),
        lambda: revise_workspace(fiscal_start=2, by=cast.dana),
    )
    assert Quota.objects.get().period == quarter
    assert fiscal_calendar().year_of(fiscal_calendar().year_of(quarter.start).end).in_short_year


def test_two_drop_different_cards_into_the_same_gap(cast: Cast) -> None:
    top, bottom = cast.deal("top", stage="Demo"), cast.deal("bottom", stage="Demo")
    move_deal(bottom, to=cast.stages["Demo"], after=top.pk, by=cast.alice)
    one, other = cast.deal("one"), cast.deal("other")
    with transaction.atomic():
        move_deal(one, to=cast.stages["Demo"], after=top.pk, by=cast.alice)
        elsewhere = Elsewhere(lambda: move_deal(other, to=cast.stages["Demo"], after=top.pk, by=cast.mia))
        elsewhere.done()  # neither waits for the other
    titles = list(Deal.objects.filter(stage=cast.stages["Demo"]).order_by("rank").values_list("title", flat=True))
    assert (titles[0], set(titles[1:3]), titles[3]) == ("top", {"one", "other"}, "bottom")
    assert Deal.objects.values("rank").distinct().count() == 4


def test_an_amount_that_somebody_entered_meanwhile_is_enough_for_the_stage(cast: Cast) -> None:
    stage = revise_stage(cast.stages["Solution"], required_fields=["amount"], by=cast.dana)
    deal = cast.deal(amount=None)
    moved = while_we(
        lambda: revise_deal(deal, amount=Decimal(5), by=cast.mia), lambda: move_deal(deal, to=stage, by=cast.alice)
    )
    assert (moved.stage, moved.amount) == (stage, 5)


# ── A stage that goes while deals come ─────────────────────────────────────────────────────────


def test_a_stage_is_not_deleted_under_a_deal_that_moves_in(cast: Cast) -> None:
    deal, stage = cast.deal(), cast.stages["Demo"]
    result = while_we(lambda: move_deal(deal, to=stage, by=cast.alice), lambda: delete_stage(stage, by=cast.dana))
    assert isinstance(result, Refused)
    assert result.errors.keys() == {"move_to"}
    deal.refresh_from_db()
    assert deal.stage == cast.stages["Demo"]


def test_a_deal_that_moves_in_is_taken_along(cast: Cast) -> None:
    deal, stage, to = cast.deal(), cast.stages["Demo"], cast.stages["Solution"]
    assert not isinstance(
        while_we(
            lambda: move_deal(deal, to=stage, by=cast.alice), lambda: delete_stage(stage, move_to=to, by=cast.dana)
        ),
        Exception,
    )
    deal.refresh_from_db()
    assert deal.stage == to
    assert_history_replays(deal)


def test_a_deal_that_moves_out_is_left_alone(cast: Cast) -> None:
    deal, stage, to = cast.deal(stage="Demo"), cast.stages["Demo"], cast.stages["Qualify"]
    while_we(
        lambda: move_deal(deal, to=cast.stages["Solution"], by=cast.alice),
        lambda: delete_stage(stage, move_to=to, by=cast.dana),
    )
    deal.refresh_from_db()
    assert (deal.stage, Stage.objects.filter(name="Demo").exists()) == (cast.stages["Solution"], False)


@pytest.mark.parametrize(
    "enter",
    [
        lambda cast, deal: move_deal(deal, to=Stage(pk=cast.stages["Demo"].pk, pipeline=cast.pipeline), by=cast.alice),
        lambda cast, deal: open_deal(title="New", owner=cast.alice, stage=cast.stages["Demo"], by=cast.alice),
        lambda cast, deal: undo_change(deal, version=2, by=cast.alice),
    ],
    ids=["move", "open", "undo"],
)
def test_nothing_enters_a_stage_that_is_being_deleted(cast: Cast, enter: Verb) -> None:
    deal = move_deal(cast.deal(stage="Demo"), to=cast.stages["Qualify"], by=cast.alice)
    result = while_we(lambda: delete_stage(Stage.objects.get(name="Demo"), by=cast.dana), lambda: enter(cast, deal))
    assert isinstance(result, Refused)
    assert list(Deal.objects.values_list("stage__name", flat=True)) == ["Qualify"]


# ── Cells ──────────────────────────────────────────────────────────────────────────────────────


def test_a_change_during_a_refresh_is_counted_by_the_next(cast: Cast) -> None:
    deal = cast.deal()
    with transaction.atomic():
        assert workers.refresh() == 1
        Elsewhere(lambda: win_deal(deal, reason=cast.fit, by=cast.alice)).done()
        other = Elsewhere(workers.refresh_all)
        wait_for_somebody_waiting()
    other.done()
    wait_for_refreshes()
    assert_cells_are_right()


def test_a_mark_somebody_else_holds_is_skipped_not_waited_for(cast: Cast) -> None:
    cast.deal()
    with transaction.atomic():
        assert workers.refresh() == 1
        assert Elsewhere(workers.refresh).done() == 0


def test_a_refresh_that_dies_leaves_its_marks(cast: Cast) -> None:
    cast.deal()
    with transaction.atomic():
        workers.refresh()
        transaction.set_rollback(True)
    assert StaleCell.objects.count() == 1
    workers.refresh_all()
    assert_cells_are_right()


def test_a_deal_opened_while_its_stage_is_revised_gets_the_new_weight(cast: Cast) -> None:
    stage = cast.stages["Qualify"]
    with transaction.atomic():
        revise_stage(stage, probability=Decimal(90), by=cast.dana)
        Elsewhere(cast.deal).done()
        Elsewhere(workers.refresh_all).done()  # still by the old probability, which is what holds until we commit
    workers.refresh_all()
    assert_cells_are_right()


def test_a_rebuild_among_changes_loses_nothing(cast: Cast) -> None:
    deal = cast.deal()
    with transaction.atomic():
        move_deal(deal, to=cast.stages["Solution"], by=cast.alice)
        Elsewhere(workers.rebuild).done()
    rebuilding = Elsewhere(workers.rebuild)
    workers.refresh_all()
    rebuilding.done()
    workers.refresh_all()
    assert_cells_are_right()


# ── Everybody ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(4))
def test_a_crowd_and_its_workers_agree_in_the_end(cast: Cast, seed: int) -> None:
    crowd = Crowd(cast, seed, turns=40)
    crowd.begin(actors=5)
    refreshing = [Elsewhere(crowd.refresh) for _ in range(3)]
    crowd.wait_for(0.5)
    rebuilding = Elsewhere(workers.rebuild)
    crowd.finish()
    rebuilding.done()
    for thread in refreshing:
        assert isinstance(thread.done(), int)
    workers.refresh_all()
    assert_everything_holds()
    assert workers.rebuild().differences == []


@pytest.mark.parametrize("seed", [7, 8])
def test_a_worker_killed_in_the_middle_loses_nothing(
    cast: Cast, server_environment: dict[str, str], tmp_path: Path, seed: int
) -> None:
    settle()
    crowd = Crowd(cast, seed, turns=150)
    with celery(server_environment, tmp_path / "first.log") as process:
        crowd.begin(actors=4)
        crowd.wait_for(0.3)
        kill(process)
    with celery(server_environment, tmp_path / "second.log") as process:
        crowd.wait_for(0.8)
        kill(process)
    crowd.finish()
    refresh_cells.delay()  # as the schedule does every 20 seconds
    with celery(server_environment, tmp_path / "third.log"):
        wait_for_no_marks()
    settle()
    assert_everything_holds()


def kill(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def wait_for_no_marks() -> None:
    tick = threading.Event()
    for _ in range(1000):
        if not StaleCell.objects.exists():
            return
        tick.wait(0.01)
    pytest.fail("the worker left marks behind")
