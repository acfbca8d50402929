"""Who is in the demo: people, teams, companies, contacts, products, rates."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from unicodedata import normalize

from contacts.actions import create_companies, create_contacts
from contacts.models import Company, Contact, Source
from crm.actions import create_team, create_user, join_team, revise_workspace, set_exchange_rates
from crm.management.demo import words
from crm.models import Currency, Role, Team, User, Workspace
from crm.periods import add_months
from pipeline.models import Product

MONTHS = 24


@dataclass
class Seller:
    user: User
    team: Team
    currency: str
    countries: list[str]
    skill: float
    companies: list[Company] = field(default_factory=list)


@dataclass
class World:
    random: Random
    today: date
    start: date
    director: User
    admin: User
    teams: list[Team] = field(default_factory=list)
    managers: dict[int, User] = field(default_factory=dict)
    sellers: list[Seller] = field(default_factory=list)
    people_at: dict[int, list[Contact]] = field(default_factory=dict)
    sources: list[tuple[Source, float]] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)


def build_world(random: Random, companies: int, contacts: int) -> World:
    workspace = revise_workspace(name="Halden Meters", time_zone="Europe/Berlin", by=None)
    today = workspace.today
    start = add_months(today, -MONTHS)
    admin = _person(words.ADMIN[0], Role.ADMIN)
    world = World(random, today, start, _person(words.DIRECTOR[0], Role.MANAGER), admin)
    _teams(world)
    _rates(world)
    world.sources = [
        (Source.objects.create(name=name, position=position), chance)
        for position, (name, chance) in enumerate(words.SOURCES)
    ]
    euro = Currency.objects.get(code="EUR")
    world.products = [
        Product.objects.create(name=name, family=family, unit_price=Decimal(price), currency=euro)
        for name, family, price in words.PRODUCTS
    ]
    _companies(world, companies, contacts)
    return world


def _person(name: str, role: Role) -> User:
    plain = normalize("NFKD", name.replace("đ", "dj")).encode("ascii", "ignore").decode()
    return create_user(email=f"{plain.lower().replace(' ', '.')}@halden.example", name=name, role=role, by=None)


def _teams(world: World) -> None:
    root = create_team(name=Workspace.current().name, by=world.admin)
    _join(world, world.director, root, is_manager=True)
    for region_name, (region_manager, teams) in words.REGIONS.items():
        region = create_team(name=region_name, parent=root, by=world.admin)
        _join(world, _person(region_manager, Role.MANAGER), region, is_manager=True)
        for team_name, (currency, countries, manager_name, reps) in teams.items():
            team = create_team(name=team_name, parent=region, by=world.admin)
            for name in [manager_name, *reps]:
                is_manager = name == manager_name
                user = _person(name, Role.MANAGER if is_manager else Role.REP)
                _join(world, user, team, is_manager=is_manager)
                skill = world.random.uniform(0.75, 1.3)
                world.sellers.append(Seller(user, team, currency, countries.split(), skill))


def _join(world: World, user: User, team: Team, *, is_manager: bool = False) -> None:
    join_team(user, team=team, on=world.start - timedelta(days=31), is_manager=is_manager, by=world.admin)
    if is_manager:
        world.managers[team.pk] = user
    if team not in world.teams:
        world.teams.append(team)


def _rates(world: World) -> None:
    rates = []
    for code, worth in words.WORTH.items():
        currency, value = Currency.objects.get(code=code), worth
        for month in range(-1, MONTHS + 1):
            value *= 1 + world.random.gauss(0, 0.006)
            day = add_months(world.start, month)
            rates.append((currency, day, Decimal(str(round(value, 5)))))
        rates.append((currency, world.today - timedelta(days=2), Decimal(str(round(value * 1.002, 5)))))
    set_exchange_rates(rates, by=world.admin)


def _companies(world: World, companies: int, contacts: int) -> None:
    random, taken = world.random, set[str]()
    rows: list[dict[str, Any]] = []
    while len(rows) < companies:
        seller = random.choice(world.sellers)
        country = random.choice(seller.countries)
        place = random.choice(words.PLACES[country].split())
        name = random.choice(words.COMPANY_FORMS[country]).format(place)
        if name in taken:
            name = f"{name} {random.choice(words.ENDINGS)}"
        if name not in taken:
            taken.add(name)
            size = int(random.lognormvariate(5.2, 1.2))
            sector = random.choice(words.SECTORS)
            rows.append({"name": name, "owner": seller.user, "country": country, "sector": sector, "employees": size})
    by_owner = {seller.user.pk: seller for seller in world.sellers}
    made = [company for company in create_companies(rows, by=world.admin) if isinstance(company, Company)]
    for company in made:
        by_owner[company.owner_id].companies.append(company)
    people: list[dict[str, Any]] = []
    for number in range(contacts):
        company = made[number % len(made)]
        name = f"{random.choice(words.FIRST)} {random.choice(words.LAST)}"
        email = f"{name.lower().replace(' ', '.')}.{number}@{company.pk}.example"
        title = random.choice(words.TITLES)
        people.append({"name": name, "owner": company.owner, "company": company, "title": title, "email": email})
    for contact, row in zip(create_contacts(people, by=world.admin), people, strict=True):
        if isinstance(contact, Contact):
            world.people_at.setdefault(row["company"].pk, []).append(contact)
