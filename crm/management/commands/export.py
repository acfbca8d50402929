"""`bin/manage export KIND FILE`: the catalogue as CSV that comes in again. See docs/importing.md."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.embedded.folder import from_caller
from crm.sheets import write_csv
from pipeline.exchange import KINDS, rows_of


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Writes a part of the catalogue, products say, to a CSV file that comes in again unchanged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(KINDS))
        parser.add_argument("file", type=from_caller, help="where to; - writes to standard output")

    def handle(self, *args: Any, kind: str, file: Path, **options: Any) -> None:
        if file.name == "-":
            write_csv(rows_of(kind, costs=True), sys.stdout.buffer)
            return
        try:
            with file.open("wb") as target:
                count = write_csv(rows_of(kind, costs=True), target)
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from None
        self.stdout.write(f"{count} {'row' if count == 1 else 'rows'} written to {file}.")
