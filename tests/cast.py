"""The fixed cast. Two teams under one company team:

Penstock
├── North: Mia (manager), Alice and Bob (reps)
└── South: Max (manager), Charlie (rep)

Dana is admin, Ravi reads everything, Ira is the API. `cast` is a fixture (tests/conftest.py).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from contacts.models import Company, Contact, Position, Source
from crm.models import Currency, ExchangeRate, Membership, Role, Team, User, Workspace
from pipeline.actions import open_deal
from pipeline.models import Deal, LossReason, Pipeline, Product, Stage, WinReason

LONG_AGO = date(2020, 1, 1)


@dataclass
class Cast:
    workspace: Workspace
    company_team: Team
    north: Team
    south: Team
    alice: User
    bob: User
    mia: User
    charlie: User
    max: User
    dana: User
    ravi: User
    ira: User
    pipeline: Pipeline
    stages: dict[str, Stage]
    acme: Company
    globex: Company
    carol: Contact
    referral: Source
    pump: Product
    sensor: Product
    fit: WinReason
    price: LossReason
    competitor: LossReason

    @property
    def today(self) -> date:
        return self.workspace.today

    def deal(
        self, title: str = "Pump station", *, owner: User | None = None, stage: str = "Qualify", **fields: Any
    ) -> Deal:
        """An open deal of Alice's over 1,000.00 EUR, expected to close today."""
        values: dict[str, Any] = {
            "amount": Decimal(1000),
            "expected_close_on": self.today,
            "company": self.acme,
        } | fields
        owner = owner or self.alice
        return open_deal(title=title, owner=owner, stage=self.stages[stage], by=values.pop("by", owner), **values)


def person(name: str, role: str = Role.REP, team: Team | None = None, *, is_manager: bool = False) -> User:
    user = User.objects.create(email=f"{name.lower()}@example.com", name=name, role=role, password="!")
    if team:
        Membership.objects.create(user=user, team=team, is_manager=is_manager, starts_on=LONG_AGO)
    return user


def make_cast() -> Cast:
    workspace = Workspace.current()
    company_team = Team.objects.create(name="Penstock")
    north = Team.objects.create(name="North", parent=company_team, position=0)
    south = Team.objects.create(name="South", parent=company_team, position=1)
    alice, bob = person("Alice", team=north), person("Bob", team=north)
    mia = person("Mia", Role.MANAGER, north, is_manager=True)
    charlie, max_ = person("Charlie", team=south), person("Max", Role.MANAGER, south, is_manager=True)
    dana, ravi, ira = person("Dana", Role.ADMIN), person("Ravi", Role.READ_ONLY), person("Ira", Role.API)
    ExchangeRate.objects.create(
        currency_id="USD", base_id="EUR", on=workspace.today - timedelta(days=365), rate=Decimal("0.9")
    )
    acme = Company.objects.create(name="Acme", owner=alice, team=north, sector="Water", country="DE")
    globex = Company.objects.create(name="Globex", owner=charlie, team=south, sector="Energy", country="FR")
    carol = Contact.objects.create(name="Carol Reyes", email="carol@acme.example", owner=alice, team=north)
    Position.objects.create(contact=carol, company=acme, title="Head of operations")
    pipeline = Pipeline.objects.get(is_default=True)
    eur = Currency.objects.get(code="EUR")
    return Cast(
        workspace=workspace,
        company_team=company_team,
        north=north,
        south=south,
        alice=alice,
        bob=bob,
        mia=mia,
        charlie=charlie,
        max=max_,
        dana=dana,
        ravi=ravi,
        ira=ira,
        pipeline=pipeline,
        stages={stage.name: stage for stage in pipeline.stages.all()},
        acme=acme,
        globex=globex,
        carol=carol,
        referral=Source.objects.create(name="Referral"),
        pump=Product.objects.create(name="Pump", unit_price=Decimal(250), currency=eur, family="Hardware"),
        sensor=Product.objects.create(name="Sensor", unit_price=Decimal("99.90"), currency=eur, family="Hardware"),
        fit=WinReason.objects.get(name="Fit to the process"),
        price=LossReason.objects.get(name="Price"),
        competitor=LossReason.objects.get(asks_competitor=True),
    )
