"""`manage.py demo` is `bin/dev`. With --prepare it is the part of it that needs Django: a database ready to use."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from crm.embedded.postgres import OLDEST_POSTGRES
from crm.models import User

FIRST_ADMIN = "Nobody can sign in yet. Make the first administrator: bin/manage create_admin YOU@EXAMPLE.COM\n"
SIGN_IN = "Sign in with a card on the first page.\n"


def first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def check_database() -> None:
    """Asked without the pool, which would wait and then not say why."""
    params = {name: value for name, value in connection.get_connection_params().items() if name != "pool"}
    try:
        with psycopg.connect(**{**params, "connect_timeout": 5, "cursor_factory": None}) as asked:
            version = asked.info.server_version
    except psycopg.Error as error:
        raise CommandError(f"Postgres refuses us ({first_line(error)}): start it, or mend DATABASE_URL.") from error
    if version < OLDEST_POSTGRES * 10_000:
        raise CommandError(
            f"The Postgres at DATABASE_URL is version {version // 10_000}: Penstock needs {OLDEST_POSTGRES} or newer."
        )


def check_redis() -> None:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5).ping()
    except (redis.RedisError, ValueError) as error:
        raise CommandError(f"Redis refuses us ({first_line(error)}): start it, or mend REDIS_URL.") from error


class Command(BaseCommand):
    help = "Runs everything: Postgres, Redis, web and worker, with demo data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default="8000")
        parser.add_argument("--prepare", action="store_true", help="only bring the database up to date")
        parser.add_argument("--welcome", type=Path, help="with --prepare: where to write how to sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["prepare"]:
            os.execv(sys.executable, [sys.executable, "-m", "crm.supervisor", "--port", options["port"]])
        check_database()
        check_redis()
        self.migrate()
        welcome = self.fill()
        if options["welcome"]:
            options["welcome"].write_text(welcome)

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Bringing the database up to date")
            call_command("migrate", interactive=False, verbosity=0)

    def fill(self) -> str:
        if User.objects.exists():
            return SIGN_IN if settings.DEMO else ""
        if not settings.DEMO:
            return FIRST_ADMIN
        if "demo_data" not in get_commands():
            return FIRST_ADMIN
        self.stdout.write("Loading the demo data (once)")
        with transaction.atomic():  # all of it or none: stopped halfway, the next start begins anew
            call_command("demo_data")
        return SIGN_IN
