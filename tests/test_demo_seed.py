"""The demo is made up from a seed: the same one makes the same company."""

from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from crm.management.demo import company, deals, market
from crm.management.demo.selling import Calendar, Player
from pipeline.models import Deal


@pytest.mark.parametrize("seed", range(20))
def test_a_course_runs_forward_and_never_past_the_present(seed: int) -> None:
    now = datetime(2026, 11, 21, 17, tzinfo=UTC)
    calendar = Calendar(Random(seed), now, ZoneInfo("Europe/Berlin"))
    player = Player(calendar)
    for opened_at in calendar.openings(760, 50):
        course = player.play(opened_at, 10_000, 0.0)
        times = [opened_at, *(step.at for step in course.steps)]
        assert times == sorted(times)
        assert max([*times, *course.touches]) < now
        assert course.is_open == (not course.steps or course.steps[-1].kind not in {"won", "lost"})


def test_the_same_seed_makes_the_same_company(db: None) -> None:
    def made(seed: int) -> list[Any]:
        columns = (
            "title",
            "company__name",
            "owner__name",
            "amount",
            "opened_at",
            "stage__name",
            "closed_on",
            "version",
        )
        with transaction.atomic():
            demo = company.found(Random(seed))
            deals.sell(demo, market.populate(demo, 20, 30), 40, lambda done: None)
            rows = list(Deal.objects.order_by("id").values_list(*columns))
            transaction.set_rollback(True)
        return rows

    assert made(7) == made(7) != made(8)
