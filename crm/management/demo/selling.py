"""How deals go: a made-up market, played day by day from a seeded random generator. No Django, no clock of its own."""

import math
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

MONTHS = [0.95, 1.0, 1.15, 1.0, 1.05, 1.0, 0.8, 0.6, 1.2, 1.15, 1.1, 0.7]  # how many enquiries come in which month
STAY = [9.0, 12.0, 15.0, 18.0]  # mean days in each open stage
ADVANCE = [0.72, 0.71, 0.78, 0.77]  # share that goes on; the product is the win rate
SPREAD = 1.6  # shape of the time in a stage
LIMITS = [21, 21, 21, 30]  # days until a stage stalls


@dataclass
class Step:
    """Something that happened to a deal. `value`: the stage's number, the amount, the new close date, the reason."""

    at: datetime
    kind: str  # moved, amount, pushed, won, lost
    value: object = None


@dataclass
class Course:
    """A deal's whole life up to today. `stage` is where it stands, None once it is closed."""

    opened_at: datetime
    amount: int
    expected_on: date | None
    steps: list[Step] = field(default_factory=list)
    touches: list[datetime] = field(default_factory=list)
    stage: int | None = 0
    since: datetime | None = None
    is_stalled: bool = False

    @property
    def is_open(self) -> bool:
        return self.stage is not None

    @property
    def closed_at(self) -> datetime | None:
        return None if self.is_open else self.steps[-1].at


class Calendar:
    """Working hours in the company's zone, up to the present moment."""

    def __init__(self, rng: Random, now: datetime, zone: ZoneInfo) -> None:
        self.rng = rng
        self.now = now
        self.zone = zone
        self.today = now.astimezone(zone).date()

    def working(self, day: date) -> datetime:
        """A moment in working hours of that day, or of the next working day."""
        while day.weekday() > 4:
            day += timedelta(days=1)
        return datetime.combine(day, time(8 + self.rng.randrange(9), self.rng.randrange(60)), self.zone)

    def openings(self, days: int, count: int) -> list[datetime]:
        """When `count` deals were opened in the last `days` days, in order: by season, with some growth."""
        each = [self.today - timedelta(days=back) for back in range(days, -1, -1)]
        weights = [
            (MONTHS[day.month - 1] * (1 + 0.2 * number / days)) if day.weekday() < 5 else 0.0
            for number, day in enumerate(each)
        ]
        chosen = sorted(self.rng.choices(each, weights, k=count))
        return sorted(min(self.working(day), self.now - timedelta(minutes=5)) for day in chosen)


def amount_of(rng: Random, scale: float) -> int:
    """A price as people write it: lognormal, between 2,500 and 250,000, rounded."""
    raw = min(max(rng.lognormvariate(math.log(15_500 * scale), 0.8), 2_500), 250_000)
    step = 50 if raw < 10_000 else 100 if raw < 60_000 else 500 if raw < 120_000 else 1_000
    return round(raw / step) * step


def quarter_end(day: date) -> date:
    month = (day.month - 1) // 3 * 3 + 3
    return date(day.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


class Player:
    """Plays one deal after another."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.rng = calendar.rng

    def play(self, opened_at: datetime, amount: int, luck: float) -> Course:
        """`luck` is added to the log-odds of going on from every stage."""
        rng = self.rng
        course = Course(opened_at, amount, self.expectation(opened_at.date(), 0), since=opened_at)
        if rng.random() < 0.07:
            course.expected_on = None
        at, stage = opened_at, 0
        while True:
            stay = rng.gammavariate(SPREAD, STAY[stage] / SPREAD)
            if rng.random() < 0.05:
                stay *= rng.uniform(1.8, 2.8)  # somebody is on leave, a budget is frozen
            goes_on = rng.random() < odds(ADVANCE[stage], luck)
            if not goes_on:
                stay *= rng.uniform(0.7, 1.4)  # a no takes its time
            leaves_at = self.calendar.working((at + timedelta(days=max(1.0, stay))).date())
            if goes_on and stage == 3:
                leaves_at = self.bump(at, leaves_at)
            leaves_at = max(leaves_at, at + timedelta(minutes=20))
            self.pass_time(course, stage, at, min(leaves_at, self.calendar.now))
            if leaves_at >= self.calendar.now:
                break
            if not goes_on:
                course.steps.append(Step(leaves_at, "lost", stage))
                course.stage = None
                break
            if stage == 3:
                course.steps.append(Step(leaves_at, "won"))
                course.stage = None
                break
            stage += 2 if stage < 2 and rng.random() < 0.06 else 1
            at = course.since = leaves_at
            course.stage = stage
            course.steps.append(Step(at, "moved", stage))
        self.touch(course)
        return course

    def bump(self, at: datetime, leaves_at: datetime) -> datetime:
        """Deals due just after a quarter are often brought in before its end."""
        day = leaves_at.date()
        last = quarter_end(day.replace(day=1) - timedelta(days=1))
        if day.month % 3 == 1 and day.day <= 16 and last > at.date() and self.rng.random() < 0.55:
            return self.calendar.working(last - timedelta(days=self.rng.randrange(3, 9)))
        return leaves_at

    def expectation(self, day: date, stage: int) -> date:
        """When the owner thinks it closes: too early, and preferably at the end of a week or month."""
        due = day + timedelta(days=int(sum(STAY[stage:]) * self.rng.uniform(0.6, 1.3)) + 5)
        if self.rng.random() < 0.3:
            due = (due.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return due + timedelta(days=(4 - due.weekday()) % 7 if due.weekday() > 4 else 0)

    def pass_time(self, course: Course, stage: int, at: datetime, until: datetime) -> None:
        """What happens to the deal while it is in a stage: pushes, once the close date is near, and new amounts."""
        expected = course.expected_on
        if expected is None and stage:
            expected = course.expected_on = self.expectation(at.date(), stage)
            course.steps.append(Step(at + timedelta(minutes=3), "pushed", expected))
        while expected and expected <= until.date():
            pushed_at = self.calendar.working(max(at.date(), expected + timedelta(days=self.rng.randrange(-2, 3))))
            if pushed_at >= until or self.rng.random() < 0.08:
                break  # nobody has mended it: the date is overdue
            expected = max(expected, pushed_at.date()) + timedelta(days=self.rng.choice([7, 14, 14, 21, 30, 30, 45]))
            course.steps.append(Step(max(pushed_at, at + timedelta(minutes=4)), "pushed", expected))
        course.expected_on = expected
        if stage >= 2 and self.rng.random() < 0.22:
            changed_at = at + (until - at) * self.rng.uniform(0.2, 0.8)
            factor = self.rng.choice([0.85, 0.9, 0.95, 1.1, 1.2, 1.35])
            course.steps.append(Step(changed_at, "amount", max(2_000, round(course.amount * factor / 100) * 100)))
        course.steps.sort(key=lambda step: step.at)

    def touch(self, course: Course) -> None:
        """Calls, mails and visits along the way; on some open deals they have stopped."""
        end = course.closed_at or self.calendar.now
        since = course.since or course.opened_at
        if course.stage is not None and (self.calendar.now - since).days > LIMITS[course.stage]:
            course.is_stalled = self.rng.random() < 0.6
        if course.stage is not None and course.is_stalled:
            end = since + timedelta(days=self.rng.uniform(0, 4))
        at = course.opened_at + timedelta(days=self.rng.uniform(0, 3))
        while at < end and len(course.touches) < 9:
            course.touches.append(min(self.calendar.working(at.date()), self.calendar.now - timedelta(minutes=2)))
            at += timedelta(days=self.rng.expovariate(1 / 14) + 1)


def odds(chance: float, luck: float) -> float:
    return 1 / (1 + math.exp(-(math.log(chance / (1 - chance)) + luck)))
