"""Load the demo's company: generated, always the same for a seed, and relative to today."""

import time
from argparse import ArgumentParser
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from crm.management.demo.sales import Sales
from crm.management.demo.world import build_world
from crm.models import User
from crm.request import surroundings
from forecasting import workers


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--scale", type=float, default=1.0, help="1 is 600 companies and 4,000 deals")

    def handle(self, *args: Any, seed: int, scale: float, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError(
                "This Penstock has people already; demo data goes into an empty one (bin/dev --data DIR)."
            )
        self.started = time.monotonic()
        with transaction.atomic(), surroundings(via="shell"):
            self.load(Random(seed), scale)
        self.say("ready")

    def load(self, random: Random, scale: float) -> None:
        world = build_world(random, companies=round(600 * scale), contacts=round(900 * scale))
        self.say("30 people in 6 teams, companies and contacts")
        sales = Sales(world)
        for count in sales.open_and_close(round(4000 * scale)):
            if count % 1000 < 400:
                self.say(f"{count} deals")
        self.say(f"{sales.plan_and_touch()} activities")
        self.say(f"{sales.set_quotas()} quotas")
        workers.refresh_all()
        workers.rebuild()

    def say(self, what: str) -> None:
        self.stdout.write(f"  {time.monotonic() - self.started:5.1f} s  {what}")
        self.stdout.flush()
