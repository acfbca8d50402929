"""Two years of deals, each played by `selling` and written down through the verbs at the times things happened."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import batched
from typing import Any, cast

from crm.management.demo.company import HEIR, LOSS_REASONS, WIN_REASONS, Demo, Seller, Territory
from crm.management.demo.extras import of_deal
from crm.management.demo.market import Account
from crm.management.demo.selling import Calendar, Course, Player, Step, amount_of
from crm.management.demo.vocabulary import (
    BEATEN,
    BEATEN_BY,
    COUNTED,
    NEXT_STEPS,
    PRODUCTS,
    SIDES,
    SOURCES,
    TITLES,
    TOUCHES,
)
from crm.models import User
from pipeline.actions import Line, hand_over_deal, lose_deal, move_deal, open_deal, revise_deal, win_deal
from pipeline.activities import Entry, enter_activities
from pipeline.ledger import writing
from pipeline.models import Deal, DealRole, Outcome, Product

DAYS = 760
AT_ONCE = 500
SCALES = {"Telemetry": 1.2, "Metering": 1.1, "Sensors": 0.8, "Control": 1.6, "Software": 1.1, "Service": 0.6}


@dataclass
class Case:
    """One deal before it is written."""

    account: Account
    seller: Seller
    heir: Seller | None  # who took it over
    title: str
    family: str
    source: str
    currency: str
    course: Course


def sell(demo: Demo, markets: dict[int, list[Account]], count: int, tell: Callable[[int], None]) -> None:
    """Write `count` deals; `tell` hears how many are done."""
    evening = datetime.combine(demo.today - timedelta(days=1), time(18), demo.workspace.zone)  # the same all day long
    calendar = Calendar(demo.rng, evening, demo.workspace.zone)
    cases = list(imagine(demo, markets, calendar, count))
    done = 0
    for batch in batched(cases, AT_ONCE, strict=False):
        with writing() as ledger:
            ledger.expect(len(batch))
            deals = [write(demo, case) for case in batch]
        entries = [entry for case, deal in zip(batch, deals, strict=True) for entry in activities(demo, case, deal)]
        enter_activities(entries)
        done += len(batch)
        tell(done)
    shuffle(demo, calendar.now)


def shuffle(demo: Demo, at: datetime) -> None:
    """People put cards where they want them: some old ones, stalled ones too, stand on top."""
    with writing() as ledger:
        for deal in ledger.lock_all(list(_some_open_deals(demo))):
            move_deal(deal, to=deal.stage, by=deal.owner, at=at)


def _some_open_deals(demo: Demo) -> Iterator[int]:
    deals = Deal.objects.filter(outcome=Outcome.OPEN).order_by("pk").values_list("pk", "next_step_id")
    for pk, next_step in deals:
        if demo.rng.random() < (0.12 if next_step else 0.45):
            yield pk


# ── Imagining ──────────────────────────────────────────────────────────────────────────────────────


def imagine(demo: Demo, markets: dict[int, list[Account]], calendar: Calendar, count: int) -> Iterator[Case]:
    rng, player = demo.rng, Player(calendar)
    weights = [sum(seller.share for seller in territory.sellers) for territory in demo.territories]
    shares = {name: share for name, (share, _effect) in SOURCES.items()}
    for opened_at in calendar.openings(DAYS, count):
        territory = rng.choices(demo.territories, weights)[0]
        account = _account(rng, markets[territory.team.pk])
        seller = _seller(demo, territory, account, opened_at.date())
        family = rng.choices(list(SCALES), [5, 5, 5, 4, 3, 3])[0]
        source = "Existing customer" if account.is_customer and rng.random() < 0.3 else _pick(rng, shares)
        currency = rng.choices(*zip(*account.land.currencies, strict=True))[0]
        luck = SOURCES[source][1] + seller.skill
        course = player.play(opened_at, amount_of(rng, SCALES[family]), luck)
        account.is_customer = account.is_customer or bool(course.steps and course.steps[-1].kind == "won")
        heir = _heir(territory, seller, course)
        yield Case(account, seller, heir, _title(demo, family), family, source, currency, course)


def _account(rng: Any, market: Sequence[Account]) -> Account:
    account: Account = rng.choices(market, [account.weight for account in market])[0]
    return account


def _seller(demo: Demo, territory: Territory, account: Account, day: date) -> Seller:
    there = [s for s in territory.sellers if s.from_on <= day and (s.until_on is None or day < s.until_on)]
    if account.seller in there and demo.rng.random() < 0.65:
        return account.seller
    return demo.rng.choices(there, [seller.share for seller in there])[0]


def _heir(territory: Territory, seller: Seller, course: Course) -> Seller | None:
    end = course.closed_at
    if seller.until_on is None or (end and end.date() < seller.until_on):
        return None
    return next(each for each in territory.sellers if each.user.name == HEIR)


def _title(demo: Demo, family: str) -> str:
    rng = demo.rng
    return rng.choice(TITLES[family]).format(
        n=rng.randrange(3, 25), side=rng.choice(SIDES), few=rng.choice(COUNTED), many=rng.randrange(2, 25) * 50,
        p=rng.randrange(1, 5), year=demo.today.year + (demo.today.month > 8),
    )  # fmt: skip


def _pick[T](rng: Any, weights: dict[T, Any]) -> T:
    chosen: T = rng.choices(list(weights), list(weights.values()))[0]
    return chosen


# ── Writing ────────────────────────────────────────────────────────────────────────────────────────


def write(demo: Demo, case: Case) -> Deal:
    rng, course, owner = demo.rng, case.course, case.seller.user
    is_from_lines = case.currency == "EUR" and rng.random() < 0.45
    lines = _lines(demo, case, several=is_from_lines)
    deal = open_deal(
        title=case.title,
        owner=owner,
        team=case.seller.team,
        stage=demo.stages[0],
        company=case.account.company,
        source=demo.sources[case.source],
        currency_id=case.currency,
        amount=None if is_from_lines else Decimal(course.amount),
        expected_close_on=_first_expectation(course),
        lines=lines,
        people=_people(demo, case.account),
        at=course.opened_at,
        by=owner,
        **of_deal(case.title, course.amount, course.opened_at.date()),
    )
    for step in _with_hand_over(demo, case):
        if step.kind == "handed_over":
            owner = cast(User, step.value)
            hand_over_deal(deal, to=owner, by=demo.director, at=step.at)
        else:
            take(demo, case, deal, step, owner)
    if course.is_open and rng.random() < 0.06:
        chance = Decimal(rng.choice([5, 15, 25, 50, 80, 90]))
        revise_deal(deal, probability_override=chance, by=owner)
    if course.stage == 2 and rng.random() < 0.12:
        revise_deal(deal, category_override="commit", by=owner)
    return deal


def _first_expectation(course: Course) -> date | None:
    """The close date it was opened with, before the pushes."""
    pushed = [step for step in course.steps if step.kind == "pushed"]
    if not pushed:
        return course.expected_on
    first = cast(date, pushed[0].value)
    return None if pushed[0].at < course.opened_at + timedelta(days=1) else first - timedelta(days=14)


def _with_hand_over(demo: Demo, case: Case) -> Iterator[Step]:
    steps = list(case.course.steps)
    if case.heir and case.seller.until_on:
        left_at = datetime.combine(case.seller.until_on, time(17), demo.workspace.zone)
        steps.append(Step(max(left_at, case.course.opened_at + timedelta(minutes=1)), "handed_over", case.heir.user))
    return iter(sorted(steps, key=lambda step: step.at))


def take(demo: Demo, case: Case, deal: Deal, step: Step, by: User) -> None:
    """One step of the deal's course, as a verb."""
    rng = demo.rng
    match step.kind:
        case "moved":
            move_deal(deal, to=demo.stages[cast(int, step.value)], by=by, at=step.at)
        case "pushed":
            revise_deal(deal, expected_close_on=step.value, by=by, at=step.at)
        case "amount":
            revise_deal(deal, amount=Decimal(cast(int, step.value)), by=by, at=step.at)
        case "won":
            weights = WIN_REASONS | (
                {"Repeat order": 45} if case.source == "Existing customer" else {"Repeat order": 4}
            )
            win_deal(deal, reason=demo.win_reasons[_pick(rng, weights)], by=by, at=step.at)
            if rng.random() < 0.28:
                revise_deal(deal, competitor=_pick(rng, BEATEN), by=by, at=step.at)
        case "lost":
            name = _pick(rng, {name: each[cast(int, step.value)] for name, each in LOSS_REASONS.items()})
            beaten = name == "Chose a competitor" or (name == "Price" and rng.random() < 0.5)
            competitor = _pick(rng, BEATEN_BY) if beaten else ""
            lose_deal(deal, reason=demo.loss_reasons[name], competitor=competitor, by=by, at=step.at)


def _lines(demo: Demo, case: Case, *, several: bool) -> list[Line]:
    """Products of the deal's family that come to about its amount, or one that stands for all of it."""
    rng = demo.rng
    family = [p for p, line in zip(demo.products, PRODUCTS, strict=True) if line.family == case.family]
    if not several:
        return [Line(rng.choice(family), unit_price=Decimal(case.course.amount))]
    main = rng.choice(family)
    lines = [Line(main, Decimal(max(1, int(case.course.amount * 0.85 / float(main.unit_price)))))]
    extras = [extra for extra in rng.sample(demo.products, rng.randrange(0, 3)) if extra != main]
    return [*lines, *(Line(extra, Decimal(rng.randrange(1, 4)), discount=_discount(demo, extra)) for extra in extras)]


def _discount(demo: Demo, product: Product) -> Decimal:
    """Now and then a tenth off, where that leaves no cents."""
    return Decimal(demo.rng.choice([0, 0, 10]) if product.unit_price % 10 == 0 else 0)


def _people(demo: Demo, account: Account) -> list[Any]:
    roles = [DealRole.CHAMPION, DealRole.DECIDES, DealRole.BUYS, DealRole.INFLUENCES]
    count = min(len(account.contacts), demo.rng.choice([1, 1, 2, 3]))
    return list(zip(demo.rng.sample(account.contacts, count), roles, strict=False))


# ── What people did and will do ────────────────────────────────────────────────────────────────────


def activities(demo: Demo, case: Case, deal: Deal) -> Iterator[Entry]:
    rng = demo.rng
    names = [contact.name for contact in case.account.contacts] or [case.account.company.name]
    for at in case.course.touches:
        kind = rng.choices(list(TOUCHES), [5, 4, 2, 1])[0]
        owner = case.seller.user
        if case.heir and case.seller.until_on and at.date() >= case.seller.until_on:
            owner = case.heir.user
        yield Entry(deal, owner, rng.choice(TOUCHES[kind]).format(rng.choice(names)), kind, at=at)
    if case.course.stage is not None and not case.course.is_stalled and rng.random() < 0.9:
        kind, subject = rng.choice(NEXT_STEPS[case.course.stage])
        due_on = _due(demo)
        due_time = time(rng.randrange(8, 17), rng.choice([0, 30])) if kind != "task" and rng.random() < 0.6 else None
        subject = subject.format(rng.choice(names))
        yield Entry(deal, deal.owner, subject, kind, due_on=due_on, due_time=due_time)


def _due(demo: Demo) -> date:
    """Mostly in the coming days, some today, some overdue."""
    rng, today = demo.rng, demo.today
    draw = rng.random()
    if draw < 0.14:
        return today
    if draw < 0.25:
        return today - timedelta(days=rng.randrange(1, 6))
    day = today + timedelta(days=rng.randrange(1, 16))
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day
