"""What happened in the demo: two years of deals through the verbs, each dated when it took effect."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

from contacts.models import Company, Contact
from crm.management.demo import words
from crm.management.demo.world import Seller, World
from crm.models import Team, Workspace
from crm.periods import Period, add_months, month_of
from forecasting.actions import set_quota
from pipeline.actions import Line, lose_deal, move_deal, open_deal, revise_deal, win_deal
from pipeline.activities import log_activity, plan_activity
from pipeline.ledger import writing
from pipeline.models import Deal, LossReason, Outcome, Pipeline, WinReason

BATCH = 400
SEASON = [0.8, 0.95, 1.15, 1.0, 1.05, 1.1, 0.75, 0.65, 1.2, 1.15, 1.1, 0.9]  # openings by month of the year
LOST_AT = [0.34, 0.3, 0.21, 0.15]  # in which stage deals are lost
SHARE_OF_CYCLE = [0.22, 0.28, 0.28, 0.22]  # how long they stay in each stage


@dataclass
class Story:
    """One deal from its opening to its end, if it has ended."""

    seller: Seller
    opened: datetime
    is_won: bool
    days: list[float]  # in each stage it passed, the last one until its end
    now: datetime

    @property
    def entries(self) -> list[datetime]:
        """When it entered each stage, and last its end."""
        moments = [self.opened]
        for days in self.days:
            moments.append(moments[-1] + timedelta(days=days))
        return moments

    @property
    def end(self) -> datetime:
        return self.entries[-1]

    @property
    def is_open(self) -> bool:
        return self.end > self.now


class Sales:
    def __init__(self, world: World) -> None:
        self.world, self.random = world, world.random
        workspace = Workspace.current()
        self.zone = workspace.zone
        self.now = datetime.combine(world.today - timedelta(days=1), time(18), self.zone)  # whenever today it is loaded
        pipeline = Pipeline.objects.get(is_default=True)
        self.stages = list(pipeline.stages.filter(kind=Outcome.OPEN))
        self.win_reasons, self.loss_reasons = list(WinReason.objects.all()), list(LossReason.objects.all())

    # ── Deals ──────────────────────────────────────────────────────────────────────────────────

    def open_and_close(self, count: int) -> Iterator[int]:
        """All deals, oldest first, in batches; yields how many there are so far."""
        stories = sorted((self._story() for _ in range(count)), key=lambda story: story.opened)
        for start in range(0, count, BATCH):
            with writing():
                for story in stories[start : start + BATCH]:
                    self._tell(story)
            yield min(count, start + BATCH)

    def _story(self) -> Story:
        random, world = self.random, self.world
        seller = random.choice(world.sellers)
        while True:
            day = world.start + timedelta(days=random.randrange((world.today - world.start).days))
            if day.weekday() < 5 and random.random() < SEASON[day.month - 1] / 1.2:
                break
        opened = datetime.combine(day, time(8 + random.randrange(9), random.randrange(60)), self.zone)
        is_won = random.random() < min(0.75, 0.37 * seller.skill)
        cycle = min(220.0, max(9.0, random.lognormvariate(3.95, 0.5))) * (1.1 if is_won else 0.85)
        passed = 4 if is_won else random.choices([1, 2, 3, 4], LOST_AT)[0]
        days = [cycle * share * random.uniform(0.6, 1.4) for share in SHARE_OF_CYCLE[:passed]]
        return Story(seller, min(opened, self.now - timedelta(hours=1)), is_won, days, self.now)

    def _tell(self, story: Story) -> None:
        random, seller = self.random, story.seller
        company = random.choice(seller.companies)
        owner = seller.user
        source = random.choices([source for source, _ in self.world.sources], [3, 2, 2, 3, 2])[0]
        expected = self._expected(story)
        deal = open_deal(
            title=self._title(story.opened.year), owner=owner, team=seller.team, stage=self.stages[0], company=company,
            source=source, currency_id=self._currency(seller, company), expected_close_on=expected, lines=self._lines(),
            people=self._people(company), by=owner, at=story.opened,
        )  # fmt: skip
        if random.random() < 0.65:
            deal = revise_deal(deal, amount=self._amount(), by=owner, at=story.opened)
        entries = story.entries
        reached = [at for at in entries[1:-1] if at <= self.now]
        for stage, at in zip(self.stages[1:], reached, strict=False):
            deal = move_deal(deal, to=stage, by=owner, at=at)
            deal = self._push(deal, at)
        if story.is_open:
            self._look_ahead(deal)
        else:
            self._close(deal, story)

    def _expected(self, story: Story) -> date:
        guess = story.opened + timedelta(days=sum(story.days) * self.random.uniform(0.6, 1.15) + 5)
        return guess.date()

    def _push(self, deal: Deal, at: datetime) -> Deal:
        """The date has come too near to be believed."""
        if deal.expected_close_on and deal.expected_close_on < at.date() + timedelta(days=10):
            later = at.date() + timedelta(days=self.random.randrange(14, 45))
            return revise_deal(deal, expected_close_on=later, by=deal.owner, at=at)
        return deal

    def _look_ahead(self, deal: Deal) -> None:
        """Most people keep the dates of their open deals ahead of today."""
        today = self.world.today
        if deal.expected_close_on and deal.expected_close_on < today and self.random.random() < 0.93:
            later = today + timedelta(days=self.random.randrange(3, 75))
            revise_deal(deal, expected_close_on=later, by=deal.owner, at=self.now - timedelta(days=1))

    def _close(self, deal: Deal, story: Story) -> None:
        end, owner, random = story.end, story.seller.user, self.random
        month_end = add_months(end.date(), 1) - timedelta(days=1)
        closed_on = end.date()
        if end.month % 3 == 0 and random.random() < 0.4 and month_end <= self.world.today:
            closed_on = max(closed_on, month_end - timedelta(days=random.randrange(5)))  # the quarter-end rush
        if story.is_won:
            reason = random.choices(self.win_reasons, [36, 20, 33, 16, 12, 8])[0]
            win_deal(deal, reason=reason, closed_on=closed_on, by=owner)
            return
        loss = random.choices(self.loss_reasons, [22, 20, 30, 12, 11, 9])[0]
        competitor = random.choice(words.COMPETITORS) if loss.asks_competitor else ""
        lose_deal(deal, reason=loss, competitor=competitor, closed_on=closed_on, by=owner)

    # ── Facts ──────────────────────────────────────────────────────────────────────────────────

    def _title(self, year: int) -> str:
        random = self.random
        return random.choice(words.DEAL_SUBJECTS).format(
            n=random.randrange(6, 40), d=random.randrange(2, 9), h=random.randrange(2, 12) * 50, y=year + 1
        )

    def _amount(self) -> Decimal:
        amount = min(260_000.0, max(2_500.0, self.random.lognormvariate(9.85, 0.8)))
        return Decimal(round(amount / 100) * 100)

    def _currency(self, seller: Seller, company: Company) -> str:
        local = {"CH": "CHF", "SE": "SEK", "DK": "DKK", "NO": "NOK", "RO": "RON", "GB": "GBP"}.get(company.country)
        if local in {"GBP", "CHF"}:
            return local
        return self.random.choices([seller.currency, local or "USD", "USD"], [88, 8, 4])[0]

    def _lines(self) -> list[Line]:
        chosen = self.random.sample(self.world.products, self.random.choices([1, 2, 3, 4], [3, 4, 3, 2])[0])
        return [
            Line(product, Decimal(self.random.randrange(1, 13)), discount=Decimal(self.random.choice([0, 0, 0, 5, 10])))
            for product in chosen
        ]

    def _people(self, company: Company) -> list[tuple[Contact, str]]:
        people = self.world.people_at.get(company.pk, [])
        return list(zip(people, self.random.sample(words.ROLES, len(people)), strict=True)) if people else []

    # ── Activities ─────────────────────────────────────────────────────────────────────────────

    def plan_and_touch(self) -> int:
        """What was done about the open deals, and what is to be done next. Some have been left alone."""
        random, today, count = self.random, self.world.today, 0
        for deal in Deal.objects.filter(outcome=Outcome.OPEN).select_related("owner").prefetch_related("contacts"):
            contact = next(iter(deal.contacts.all()), None)
            who = contact.name if contact else "the plant"
            since = deal.stage_since
            is_forgotten = deal.days_in_stage(today) > 18 and random.random() < 0.6
            for _ in range(0 if is_forgotten else random.randrange(1, 4)):
                kind, subject, body = random.choice(words.TOUCHES)
                at = since + (self.now - since) * random.random()
                log_activity(deal, kind=kind, subject=subject.format(who=who), body=body, by=deal.owner, at=at)
                count += 1
            due = self._due(today)
            if due and not is_forgotten:
                kind, subject = random.choice(words.STEPS)
                plan_activity(deal, kind=kind, subject=subject.format(who=who), due_on=due, by=deal.owner)
                count += 1
        return count

    def _due(self, today: date) -> date | None:
        """Planned, today, overdue or nothing."""
        kind = self.random.choices(["planned", "today", "overdue", "none"], [58, 12, 11, 19])[0]
        days = {"planned": self.random.randrange(1, 16), "today": 0, "overdue": -self.random.randrange(1, 6), "none": 0}
        due = today + timedelta(days=days[kind])
        if kind == "planned" and due.weekday() > 4:
            due += timedelta(days=2)
        return None if kind == "none" else due

    # ── Quotas ─────────────────────────────────────────────────────────────────────────────────

    def set_quotas(self) -> int:
        """Every month of the two years and the quarter to come, for people and teams; some were revised."""
        first = self.world.start
        months = [month_of(add_months(first, index), Workspace.current().fiscal_start) for index in range(28)]
        count = 0
        for team, members in self._members().items():
            ambition = self.random.uniform(0.95, 1.2)
            for previous, period in pairwise([months[0].shift(-1), *months]):
                total = sum(self._set(seller, period, previous, ambition) for seller in members)
                extra = self.random.choice([0, 0, 0, 10_000, -5_000])
                set_quota(team=team, period=period, amount=Decimal(max(0, total + extra)), by=self.world.director)
                count += len(members) + 1
        return count

    def _members(self) -> dict[Team, list[Seller]]:
        members: dict[Team, list[Seller]] = {}
        for seller in self.world.sellers:
            members.setdefault(seller.team, []).append(seller)
        return members

    def _set(self, seller: Seller, period: Period, previous: Period, ambition: float) -> int:
        level = 78_000 * (0.65 + 0.35 * seller.skill) * ambition * SEASON[(period.start.month + 1) % 12]
        amount = max(10, round(level / 2_000) * 2) * 1_000
        by = self.world.director if seller.user.pk in {user.pk for user in self.world.managers.values()} else None
        manager = by or self.world.managers[seller.team.pk]
        if self.random.random() < 0.06:
            set_quota(owner=seller.user, period=period, amount=Decimal(amount + 6_000), note="First plan", by=manager)
            note = f"{previous.start:%B} showed that the territory is smaller than planned."
            set_quota(owner=seller.user, period=period, amount=Decimal(amount), note=note, by=manager)
        else:
            set_quota(owner=seller.user, period=period, amount=Decimal(amount), by=manager)
        return amount
