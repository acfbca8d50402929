"""Many people at once who do whatever comes to their mind, and what must hold when they are done."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from django.db import connection

from crm.errors import Conflict, Refused
from forecasting import workers
from forecasting.models import StaleCell
from pipeline.actions import (
    Line,
    archive_deal,
    hand_over_deal,
    lose_deal,
    move_deal,
    reopen_deal,
    restore_deal,
    revise_deal,
    set_lines,
    undo_change,
    win_deal,
)
from pipeline.activities import log_activity, plan_activity
from pipeline.models import Deal, DealChange, Stage
from pipeline.structure import add_stage, delete_stage, revise_stage
from tests.cast import Cast
from tests.pipeline.history import assert_history_replays
from tests.quiet import wait_for_refreshes
from tests.recount import assert_cells_are_right


class Elsewhere(threading.Thread):
    """Somebody else, with a database connection of their own. `result` is what came of it, an exception included."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.work = work
        self.result: Any = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self.work()
        except Exception as error:
            self.result = error
        finally:
            connection.close()

    def done(self) -> Any:
        self.join(30)
        assert not self.is_alive()
        return self.result


class Crowd:
    """Actors that do whatever comes to their mind; being refused or told of a conflict is part of it."""

    def __init__(self, cast: Cast, seed: int, turns: int) -> None:
        self.cast, self.seed, self.turns = cast, seed, turns
        self.ids = [cast.deal(f"Deal {number}").pk for number in range(16)]
        self.failures: list[Exception] = []
        self.outcomes: Counter[str] = Counter()
        self.over = threading.Event()
        self.actors: list[Elsewhere] = []

    def begin(self, actors: int) -> None:
        randoms = [Random(self.seed * 100 + number) for number in range(actors)]
        self.actors = [Elsewhere(partial(self.act, random)) for random in randoms]

    def act(self, random: Random) -> None:
        for _ in range(self.turns):
            try:
                self.turn(random)
                self.outcomes["done"] += 1
            except (Refused, Conflict) as error:
                self.outcomes[type(error).__name__] += 1
            except Exception as error:
                self.failures.append(error)
                return

    def turn(self, random: Random) -> None:
        cast = self.cast
        deal = Deal.objects.get(pk=random.choice(self.ids))
        by = random.choice([cast.alice, cast.mia, cast.dana])
        stages = list(Stage.objects.filter(kind="open"))
        near = random.choice([None, *self.ids])
        day = cast.today + timedelta(days=random.randrange(-70, 70))
        amount = random.choice([None, Decimal(random.randrange(10**7)) / 100])
        seen = random.choice([None, deal.version, max(1, deal.version - 1)])
        verbs: list[tuple[int, Callable[[], Any]]] = [
            (8, lambda: move_deal(deal, to=random.choice(stages), after=near, version=seen, by=by)),
            (3, lambda: win_deal(deal, reason=cast.fit, closed_on=min(day, cast.today), version=seen, by=by)),
            (2, lambda: lose_deal(deal, reason=cast.competitor, competitor="Hydrolog", by=by)),
            (3, lambda: reopen_deal(deal, by=by)),
            (3, lambda: revise_deal(deal, amount=amount, currency_id=random.choice(["EUR", "USD", "JPY"]), by=by)),
            (3, lambda: revise_deal(deal, expected_close_on=random.choice([None, day]), version=seen, by=by)),
            (1, lambda: revise_deal(deal, category_override=random.choice(["", "commit", "omitted"]), by=by)),
            (1, lambda: revise_deal(deal, probability_override=random.choice([None, Decimal(0)]), by=by)),
            (2, lambda: hand_over_deal(deal, to=random.choice([cast.alice, cast.bob, cast.charlie, cast.dana]), by=by)),
            (2, lambda: set_lines(deal, [Line(cast.pump), Line(cast.sensor, Decimal(3))], feed_amount=True, by=by)),
            (1, lambda: archive_deal(deal, by=by)),
            (2, lambda: restore_deal(deal, by=by)),
            (3, lambda: undo_change(deal, version=deal.version, by=by)),
            (1, lambda: log_activity(deal, subject="Called", by=by)),
            (1, lambda: plan_activity(deal, subject="Call", due_on=day, by=by)),
            (1, lambda: self.ids.append(cast.deal(f"Deal {random.random()}", owner=by).pk)),
            (1, lambda: revise_stage(random.choice(stages), probability=Decimal(random.randrange(101)), by=by)),
            (1, lambda: self.replace_a_stage(random, stages)),
        ]
        weights, calls = zip(*verbs, strict=True)
        random.choices(calls, weights)[0]()

    def replace_a_stage(self, random: Random, stages: list[Stage]) -> None:
        name = f"Stage {random.randrange(10**9)}"
        added = add_stage(self.cast.pipeline, name=name, probability=Decimal(50), by=self.cast.dana)
        delete_stage(random.choice(stages), move_to=added, by=self.cast.dana)

    def refresh(self) -> int:
        """Workers of our own, three marks at a time so that they meet often."""
        taken = 0
        while not self.over.is_set():
            taken += workers.refresh(limit=3)
            self.over.wait(0.002)
        return taken

    @property
    def progress(self) -> float:
        return (sum(self.outcomes.values()) + 1) / (len(self.actors) * self.turns)

    def wait_for(self, progress: float) -> None:
        while self.progress < progress and not self.failures and any(actor.is_alive() for actor in self.actors):
            self.over.wait(0.01)

    def finish(self) -> None:
        for actor in self.actors:
            actor.done()
        self.over.set()
        for failure in self.failures:
            raise failure
        assert self.outcomes["done"] > 0


def assert_everything_holds() -> None:
    wait_for_refreshes()
    assert not StaleCell.objects.exists()
    assert_cells_are_right()
    deals = list(Deal.objects.select_related("stage"))
    for deal in deals:
        assert_history_replays(deal)
        assert (deal.outcome, deal.pipeline_id) == (deal.stage.kind, deal.stage.pipeline_id)
    places = [(deal.stage_id, deal.rank) for deal in deals if deal.archived_at is None]
    assert len(places) == len(set(places))
    columns = [set(stage.deals.values_list("pk", flat=True)) for stage in Stage.objects.all()]
    assert sum(map(len, columns)) == len(set[int]().union(*columns)) == len(deals)
    assert DealChange.objects.count() == sum(deal.version for deal in deals)
