"""`bin/manage import MAPPING.toml`: CSV files into Penstock, first as a dry run. See docs/importing.md."""

import csv
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.imports import KINDS as OF_CONTACTS
from crm.actions import WORKSPACE_FIELDS
from crm.bulk import take_stock
from crm.embedded.folder import from_caller
from crm.imports.mapping import BadMapping, Mapped, read_mapping
from crm.imports.people import KINDS as OF_PEOPLE
from crm.imports.rows import Action
from crm.imports.run import Outcome, import_files
from crm.models import User
from forecasting import workers
from forecasting.imports import KINDS as OF_FORECASTING
from pipeline.imports import KINDS as OF_PIPELINE

KINDS = {kind.name: kind for kind in [*OF_PEOPLE, *OF_CONTACTS, *OF_PIPELINE, *OF_FORECASTING]}
SHOWN = 5  # failed rows of each file; the report has them all


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Imports CSV files by a mapping file. Without --commit it only says what would happen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("mapping", type=from_caller, help="a TOML file: see docs/importing.md")
        parser.add_argument("--dir", type=from_caller, metavar="FOLDER", help="where its files are (default: beside)")
        parser.add_argument("--commit", action="store_true", help="write; otherwise nothing is changed")
        parser.add_argument("--by", metavar="EMAIL", default="", help="who imports: for the audit, and to set quotas")
        parser.add_argument("--report", type=from_caller, metavar="FILE", help="a CSV of what became of every row")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        by = self.person(options["by"])
        mapped = self.mapping(options["mapping"])
        folder = options["dir"] or options["mapping"].parent
        try:
            outcomes = import_files(mapped, KINDS, folder, commit=options["commit"], by=by, tell=self.tell)
        except BadMapping as problem:
            raise CommandError(str(problem)) from None
        if options["report"]:
            self.report(options["report"], outcomes)
        if options["commit"]:
            workers.refresh_all()
            take_stock()
        self.conclude(outcomes, committed=options["commit"], seconds=time.monotonic() - began)

    def person(self, email: str) -> User | None:
        if not email:
            return None
        user = User.objects.filter(email=email.lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"--by: nobody with the e-mail {email} can sign in here.")
        return user

    def mapping(self, path: Path) -> Mapped:
        shapes = {name: kind.shape() for name, kind in KINDS.items()}
        try:
            return read_mapping(path, shapes, WORKSPACE_FIELDS)
        except BadMapping as problem:
            raise CommandError(str(problem)) from None

    def tell(self, outcome: Outcome) -> None:
        counts = outcome.counts
        parts = ", ".join(f"{counts[action]} {action}" for action in Action if counts[action])
        noun = "row" if len(outcome.rows) == 1 else "rows"
        self.stdout.write(f"{outcome.table.name} → {outcome.table.kind}: {len(outcome.rows)} {noun}: {parts or 'none'}")
        for row in outcome.failed[:SHOWN]:
            self.stdout.write(f"  {outcome.table.name} line {row.line}, {row.name}: {row.message}")
        if len(outcome.failed) > SHOWN:
            self.stdout.write(f"  and {len(outcome.failed) - SHOWN} more failed: --report FILE.csv lists them.")

    def report(self, path: Path, outcomes: Sequence[Outcome]) -> None:
        try:
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["file", "line", "action", "object", "message"])
                for outcome in outcomes:
                    writer.writerows(
                        [outcome.table.name, row.line, row.action, row.name, row.message] for row in outcome.rows
                    )
        except OSError as error:
            raise CommandError(f"The report could not be written to {path}: {error.strerror}.") from None

    def conclude(self, outcomes: Sequence[Outcome], *, committed: bool, seconds: float) -> None:
        rows, failed = sum(len(each.rows) for each in outcomes), sum(len(each.failed) for each in outcomes)
        if committed:
            self.stdout.write(f"Imported {rows - failed} of {rows} rows in {seconds:.1f} s.")
        else:
            self.stdout.write("Dry run: nothing was written. Run it again with --commit to write.")
        if failed:
            done = "the others were imported" if committed else "the others would be imported"
            raise CommandError(f"{failed} rows failed; {done}.")
