"""`bin/manage import-rates FILE`: exchange rates from a CSV file or the European Central Bank's XML."""

import csv
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.embedded.folder import from_caller
from crm.imports.reading import BadFile
from crm.models import User, Workspace
from crm.rate_files import read_rates
from crm.rates import RateReport, import_rates
from crm.request import surroundings

SHOWN = 5  # rows that were left out; the report has them all


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Imports exchange rates: a CSV file (currency, on, rate), or eurofxref-daily.xml or -hist.xml of the ECB."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=from_caller, help="the file; - reads it from standard input")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--by", metavar="EMAIL", default="", help="who imports: for the audit")
        parser.add_argument("--report", type=from_caller, metavar="FILE", help="a CSV of the rows that were left out")

    def handle(self, *args: Any, file: Path, dry_run: bool, by: str, report: Path | None, **options: Any) -> None:
        person = User.objects.filter(email=by.lower(), is_active=True).first() if by else None
        if by and person is None:
            raise CommandError(f"--by: nobody with the e-mail {by} can sign in here.")
        with surroundings(via="import"):
            try:
                lines = read_rates(self.read(file), Workspace.current().currency_id)
                found = import_rates(lines, source=file.name, dry_run=dry_run, by=person)
            except BadFile as bad:
                raise CommandError(str(bad)) from None
        if report:
            self.write(report, found)
        self.conclude(found, dry_run=dry_run)

    def read(self, file: Path) -> bytes:
        if file.name == "-":
            return sys.stdin.buffer.read()
        try:
            return file.read_bytes()
        except FileNotFoundError:
            raise CommandError(f"{file} does not exist.") from None
        except OSError as error:
            raise CommandError(f"{file} can’t be read: {error.strerror}.") from None

    def write(self, path: Path, found: RateReport) -> None:
        try:
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["row", "why it was left out"])
                writer.writerows([row.label, row.reason] for row in found.report)
        except OSError as error:
            raise CommandError(f"The report could not be written to {path}: {error.strerror}.") from None

    def conclude(self, found: RateReport, *, dry_run: bool) -> None:
        words = "Dry run: {} rates would be set, {} corrected, {} are known already."
        counts = (found.set, found.corrected, found.unchanged)
        self.stdout.write((words if dry_run else "{} rates set, {} corrected, {} known already.").format(*counts))
        for row in found.report[:SHOWN]:
            self.stdout.write(f"  {row.label}: {row.reason}")
        if found.left_out:
            left = len(found.left_out)
            raise CommandError("1 row was left out." if left == 1 else f"{left} rows were left out.")
