"""The demo company itself: settings, rates, teams, people, products, sources, reasons."""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from contacts.actions import create_source
from contacts.models import Source
from crm.actions import create_team, create_user, join_team, revise_workspace, set_exchange_rates
from crm.calendar import fiscal_calendar, this
from crm.management.demo.extras import add_fields
from crm.management.demo.vocabulary import PRODUCTS, SOURCES
from crm.models import Currency, Role, Team, User, Workspace
from crm.periods import add_months
from crm.rates import set_plan_rate
from pipeline.catalogue import create_product, create_reason
from pipeline.models import LossReason, Pipeline, Product, Stage, WinReason

NAME = "Halden Meters"
DOMAIN = "halden.example"
DIRECTOR = "Elena Marinova"
ADMIN = "Ingrid Dahl"
READER = "Clara Weiss"
LEAVER = "Tomas Hruby"  # left the company; a colleague has his deals
HEIR = "Marek Sobota"
NEWCOMER = "Priya Nair"
STARS = {"Anna Keller": (1.25, 0.15, 0.95), "Lena Brandt": (1.2, 0.35, 1.25)}  # share, skill, reach: see Seller
REGIONS = {  # region, its manager → team, its countries, its manager, its reps
    ("Central Europe", "Matthias Vogel"): [
        ("DACH", "DE AT CH", "Iris Novak", ["Anna Keller", "Jonas Weber", "Lena Brandt", "Mai Tran"]),
        ("Central East", "CZ PL", "Pavel Kadlec", ["Lucie Wagner", HEIR, LEAVER]),
    ],
    ("Northern Europe", "Astrid Nyberg"): [
        ("Nordics", "SE NO DK", "Freja Holm", ["Emil Pettersson", "Sigrid Aas", "Kasper Lund"]),
        ("UK and Ireland", "GB IE", "Rhys Morgan", ["Nora Byrne", "Callum Reid", NEWCOMER]),
    ],
    ("South-East Europe", "Viktor Iliev"): [
        ("Bulgaria and Romania", "BG RO", "Stoyan Kirov", ["Vesela Ivanova", "Radu Enache", "Denitsa Boneva"]),
        ("Adriatics and Greece", "HR SI GR", "Dunja Perić", ["Alexis Manos", "Tea Horvatin"]),
    ],
}
RATES = {"USD": 0.91, "GBP": 1.165, "CHF": 1.045, "RON": 0.2008}  # in euros, about
WIN_REASONS = {"Fit to the process": 31, "Repeat order": 24, "Price": 15, "Speed of delivery": 13, "Integration": 10,
               "Service and support": 7}  # fmt: skip
LOSS_REASONS = {  # weights by the stage it was lost from
    "No decision": [22, 21, 11, 4],
    "Price": [3, 9, 14, 15],
    "Chose a competitor": [4, 11, 13, 9],
    "Missing function": [5, 12, 6, 1],
    "Timing": [6, 8, 5, 2],
    "Could not be reached": [11, 6, 2, 0],
}


@dataclass
class Seller:
    """Somebody who has deals: how many (`share`), how well (`skill`, in log-odds), and between which days.

    `reach` is the part of their quota that they usually win.
    """

    user: User
    team: Team
    share: float
    skill: float
    reach: float
    from_on: date
    until_on: date | None = None


@dataclass
class Territory:
    team: Team
    countries: list[str]
    manager: User
    sellers: list[Seller] = field(default_factory=list)


@dataclass
class Demo:
    """Everything the later chapters write about."""

    workspace: Workspace
    rng: Random
    admin: User
    director: User
    root: Team
    regions: list[tuple[Team, User]]
    territories: list[Territory]
    pipeline: Pipeline
    stages: list[Stage]  # the open ones in order
    products: list[Product]
    sources: dict[str, Source]
    win_reasons: dict[str, WinReason]
    loss_reasons: dict[str, LossReason]

    @property
    def today(self) -> date:
        return self.workspace.today

    @property
    def sellers(self) -> list[Seller]:
        return [seller for territory in self.territories for seller in territory.sellers]


def address_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{plain.lower().replace(' ', '.')}@{DOMAIN}"


def found(rng: Random) -> Demo:
    """The company with nobody's deals yet."""
    workspace = revise_workspace(
        by=None, name=NAME, currency=Currency.objects.get(pk="EUR"), time_zone="Europe/Berlin", fiscal_start=1
    )
    admin = create_user(email=address_of(ADMIN), name=ADMIN, role=Role.ADMIN, by=None)
    create_user(email=address_of(READER), name=READER, role=Role.READ_ONLY, by=admin)
    add_fields(admin)
    _set_rates(rng, workspace.today, admin)
    root = create_team(name=NAME, by=admin)
    director = _member(DIRECTOR, Role.MANAGER, root, workspace.today - timedelta(days=3000), admin)
    pipeline = Pipeline.objects.get(is_default=True)
    demo = Demo(
        workspace=workspace,
        rng=rng,
        admin=admin,
        director=director,
        root=root,
        regions=[],
        territories=[],
        pipeline=pipeline,
        stages=[stage for stage in pipeline.stages.all() if stage.is_open],
        products=[
            create_product(name=line.name, family=line.family, unit_price=Decimal(line.price), by=admin,
                           currency=workspace.currency, code=f"HI-{100 + number}")
            for number, line in enumerate(PRODUCTS)
        ],
        sources={name: create_source(name=name, by=admin) for name in SOURCES},
        win_reasons={name: _reason(WinReason, name, admin) for name in WIN_REASONS},
        loss_reasons={name: _reason(LossReason, name, admin) for name in LOSS_REASONS},
    )  # fmt: skip
    _people(demo)
    return demo


def _reason[R: (WinReason, LossReason)](model: type[R], name: str, admin: User) -> R:
    there = model.objects.filter(name=name).first()
    return there or create_reason(model, name=name, by=admin)


def _set_rates(rng: Random, today: date, admin: User) -> None:
    """A new rate of each currency on the first of each month, drifting a little, and one to plan each year with."""
    rates = []
    for code, worth in RATES.items():
        currency, rate = Currency.objects.get(pk=code), worth
        for back in range(28, -1, -1):
            rate += (worth - rate) * 0.1 + worth * rng.gauss(0, 0.007)
            rates.append((currency, add_months(today.replace(day=1), -back), round(Decimal(rate), 5)))
    set_exchange_rates(rates, by=admin)
    for step in (-1, 0, 1):
        year = fiscal_calendar().beside(this("year"), step)
        for code, worth in RATES.items():
            planned = round(Decimal(worth * (1 + 0.01 * step)), 4)
            set_plan_rate(currency=Currency.objects.get(pk=code), period=year, rate=planned, by=admin)


def _people(demo: Demo) -> None:
    since = demo.today - timedelta(days=2400)
    for (name, head), teams in REGIONS.items():
        region = create_team(name=name, parent=demo.root, by=demo.admin)
        demo.regions.append((region, _member(head, Role.MANAGER, region, since + timedelta(days=30), demo.admin)))
        for team_name, countries, manager, reps in teams:
            team = create_team(name=team_name, parent=region, by=demo.admin)
            lead = _member(manager, Role.MANAGER, team, since + timedelta(days=60), demo.admin)
            territory = Territory(team, countries.split(), lead, [Seller(lead, team, 0.3, 0.25, 0.85, since)])
            demo.territories.append(territory)
            for number, rep in enumerate(reps):
                joined = demo.today - timedelta(days=300) if rep == NEWCOMER else since + timedelta(days=number * 90)
                user = _member(rep, Role.REP, team, joined, demo.admin)
                territory.sellers.append(_seller(demo, user, team, joined))


def _seller(demo: Demo, user: User, team: Team, joined: date) -> Seller:
    left = demo.today - timedelta(days=140) if user.name == LEAVER else None
    usual = (demo.rng.uniform(0.75, 1.3), demo.rng.gauss(0, 0.12), max(0.65, min(1.15, demo.rng.gauss(0.9, 0.13))))
    share, skill, reach = STARS.get(user.name, usual)
    return Seller(user, team, share, skill, reach, joined, left)


def _member(name: str, role: Role, team: Team, since: date, admin: User) -> User:
    user = create_user(email=address_of(name), name=name, role=role, by=admin)
    join_team(user, team=team, on=since, is_manager=role == Role.MANAGER, by=admin)
    return user
