"""`bin/manage demo_data`: an invented company with two years of history, to look around in."""

import time
from argparse import ArgumentParser
from datetime import timedelta
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from crm.actions import leave_team, revise_user
from crm.alerts import raise_alerts
from crm.bulk import take_stock
from crm.management.demo import (
    aftercare,
    company,
    deals,
    hindsight,
    judgements,
    market,
    memory,
    offers,
    quotas,
    tariffs,
)
from crm.management.demo.letterhead import print_letterhead
from crm.models import User
from crm.request import surroundings
from forecasting import workers
from pipeline.models import Deal

COMPANIES, CONTACTS, DEALS = 600, 900, 4000


class Command(BaseCommand):
    help = "Fills an empty Penstock with an invented company: people, companies, two years of deals, quotas."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=13, help="another seed, another company history")
        parser.add_argument("--scale", type=float, default=1.0, help="how much of it: 1 is 4,000 deals")

    def handle(self, *args: Any, seed: int, scale: float, **options: Any) -> None:
        if User.objects.exists() or Deal.objects.exists():
            raise CommandError(
                "This Penstock has people or deals already: demo data goes into an empty one (bin/dev --data DIR)."
            )
        if not 0 < scale <= 100:
            raise CommandError("--scale is a number above 0 and up to 100.")
        began = time.monotonic()
        with surroundings(via="demo"), transaction.atomic():
            self.load(Random(seed), scale)
        self.stdout.write(f"The demo is loaded ({time.monotonic() - began:.0f} s).")

    def load(self, rng: Random, scale: float) -> None:
        demo = company.found(rng)
        self.stdout.write(f"{company.NAME}: {User.objects.count()} people in {len(demo.territories)} teams")
        tariffs.set_out(demo)
        markets = market.populate(demo, round(COMPANIES * scale), round(CONTACTS * scale))
        self.stdout.write(f"{round(COMPANIES * scale)} companies, {round(CONTACTS * scale)} contacts")
        count = max(1, round(DEALS * scale))
        deals.sell(demo, markets, count, lambda done: self.stdout.write(f"Deals {done} of {count}"))
        quotas.plan(demo)
        self.stdout.write("Quotas")
        hindsight.date_back()
        print_letterhead(demo)
        offers.offer(demo)
        aftercare.follow_deals(demo)
        self.say_goodbye(demo)
        workers.refresh_all()
        judgements.judge(demo)
        memory.remember()
        take_stock()
        raise_alerts()

    def say_goodbye(self, demo: company.Demo) -> None:
        """Who left is in no team any more and cannot sign in."""
        for seller in demo.sellers:
            if seller.until_on:
                leave_team(seller.user, on=seller.until_on + timedelta(days=1), by=demo.admin)
                revise_user(seller.user, is_active=False, by=demo.admin)
