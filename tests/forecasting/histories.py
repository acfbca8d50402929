"""Random histories of deals, and their waterfall counted again by walking through each of them: slow and plain."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import NamedTuple

from crm.models import ExchangeRate, Workspace
from crm.periods import Period
from pipeline.models import Deal, DealChange
from tests.cast import Cast

CENT = Decimal("0.01")
BEGAN = 120  # days ago


def live_through(cast: Cast, random: Random, *, deals: int = 12, other_pipeline: int = 0) -> None:
    """Deals that anything happens to in any order, told at once or afterwards; rates that come, change and are late."""
    now = datetime.combine(cast.today, datetime.min.time(), cast.workspace.zone)

    def instant() -> datetime:
        return now - timedelta(hours=random.randint(0, BEGAN * 24))

    for _number in range(6):
        on, recorded = sorted([instant(), instant()])
        ExchangeRate.objects.create(
            currency_id=random.choice(["USD", "GBP"]), base_id="EUR", rate=Decimal(random.randint(1, 300)) / 100,
            on=(on if random.random() < 0.7 else recorded + timedelta(days=2)).date(), recorded_at=recorded,
        )  # fmt: skip
    people = [(cast.alice, cast.north), (cast.bob, cast.north), (cast.charlie, cast.south), (cast.charlie, cast.north)]
    changes = []
    for deal in [cast.deal() for _number in range(deals)]:
        known = sorted(instant() for _number in range(random.randint(1, 6)))
        for version, at in enumerate(known, 2):
            owner, team = random.choice(people)
            outcome = random.choice(["open", "open", "open", "won", "lost"])
            effective = at if random.random() < 0.8 else at - timedelta(days=random.randint(0, 30))
            changes.append(
                DealChange(
                    deal=deal, version=version, verb="revised", effective_at=effective, recorded_at=at, known_at=at,
                    pipeline_id=random.choice([cast.pipeline.pk, cast.pipeline.pk, other_pipeline]),
                    stage_id=deal.stage_id, outcome=outcome, owner_id=owner.pk, team_id=team.pk,
                    amount=random.choice([None, *[Decimal(random.randrange(10**7)) / 1000] * 5]),
                    currency_id=random.choice(["EUR", "EUR", "USD", "GBP", "JPY"]),
                    expected_close_on=random.choice(
                        [None, *[cast.today + timedelta(days=random.randint(-60, 60))] * 5]
                    ),
                    closed_on=at.date() if outcome != "open" else None, is_archived=random.random() < 0.15,
                )
            )  # fmt: skip
    DealChange.objects.bulk_create(changes)
    Deal.objects.update(archived_at=now)  # so that those deleted then have a day on which they were


class Told(NamedTuple):
    """What a slow walk says of one deal and cause."""

    deal_id: int
    cause: str
    value: Decimal


Belongs = Callable[[DealChange], bool]


class Walk:
    """Deal by deal, instant by instant: who is in, what it is worth then, and why that changed."""

    def __init__(self, period: Period, since: datetime, until: datetime, mine: Belongs, piped: Belongs) -> None:
        self.period, self.since, self.until, self.mine, self.piped = period, since, until, mine, piped
        self.rates = list(ExchangeRate.objects.filter(base="EUR"))
        self.zone = Workspace.current().zone
        self.told: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
        histories: dict[int, list[DealChange]] = defaultdict(list)
        for change in DealChange.objects.all():
            histories[change.deal_id].append(change)
        for history in histories.values():
            self.walk(history)

    def rate(self, currency: str, at: datetime) -> Decimal:
        if currency == "EUR":
            return Decimal(1)
        day = at.astimezone(self.zone).date()
        known = [rate for rate in self.rates if rate.currency_id == currency and rate.recorded_at <= at]
        usable = [rate for rate in known if rate.on <= day]
        return max(usable, key=lambda rate: (rate.on, rate.pk)).rate if usable else Decimal(0)

    def worth(self, state: DealChange, at: datetime) -> Decimal:
        return ((state.amount or 0) * self.rate(state.currency_id, at)).quantize(CENT, ROUND_HALF_UP)

    def timely(self, day: date | None) -> bool:
        return day is not None and self.period.start <= day < self.period.end

    def is_in(self, state: DealChange | None) -> bool:
        return (
            state is not None and state.outcome == "open" and not state.is_archived and self.mine(state)
            and self.piped(state) and self.timely(state.expected_close_on)
        )  # fmt: skip

    @staticmethod
    def state(history: list[DealChange], at: datetime) -> DealChange | None:
        known = [change for change in history if change.known_at <= at]
        return max(known, key=lambda change: (change.effective_at, change.pk), default=None)

    def instants(self, history: Iterable[DealChange]) -> list[datetime]:
        turns = {rate.recorded_at for rate in self.rates} | {change.known_at for change in history}
        turns |= {datetime.combine(rate.on, datetime.min.time(), self.zone) for rate in self.rates}
        return [*sorted(at for at in turns if self.since < at < self.until), self.until]

    def walk(self, history: list[DealChange]) -> None:
        pk, was, before = history[0].deal_id, self.state(history, self.since), self.since
        if self.is_in(was) and was:
            self.tell(pk, "start", self.worth(was, before))
        for at in self.instants(history):
            now = self.state(history, at)
            if self.is_in(was) and was:
                self.tell(pk, "fx", self.worth(was, at) - self.worth(was, before), silent=True)
            if now is not was and now:
                self.turn(pk, was, now, at)
            was, before = now, at
        if self.is_in(was) and was:
            self.tell(pk, "end", self.worth(was, self.until))

    def turn(self, pk: int, was: DealChange | None, now: DealChange, at: datetime) -> None:
        worth = self.worth(now, at)
        if self.is_in(was) and was:
            change = worth - self.worth(was, at)
            self.tell(pk, "up" if change > 0 else "down", change, silent=True)
            if not self.is_in(now):
                self.tell(pk, self.left(now), -worth)
        elif self.is_in(now):
            self.tell(pk, self.came(was), worth)

    def left(self, now: DealChange) -> str:
        if now.outcome != "open":
            return now.outcome
        if now.is_archived:
            return "deleted"
        if not self.mine(now):
            return "owner_out"
        return "pushed_out" if self.piped(now) else "pipeline_out"

    def came(self, was: DealChange | None) -> str:
        if was is None:
            return "created"
        if was.outcome != "open":
            return "reopened"
        if was.is_archived:
            return "restored"
        if not self.mine(was):
            return "owner_in"
        return "pulled_in" if self.piped(was) else "pipeline_in"

    def tell(self, pk: int, cause: str, value: Decimal, *, silent: bool = False) -> None:
        if value or not silent:
            self.told[pk, cause] += value

    def rows(self) -> set[Told]:
        """Rates that moved there and back leave a row of nothing, or none: such are not compared."""
        return {Told(*key, value) for key, value in self.told.items() if value or key[1] != "fx"}
