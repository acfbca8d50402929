"""Measure one size on the database named in the environment; writes one JSON object per line to a file."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

OPS = [
    "board",
    "team-board",
    "move",
    "list",
    "deals",
    "search",
    "forecast",
    "table",
    "drill-down",
    "win-loss",
    "as-of",
    "refresh",
    "rebuild",
    "waterfall",
    "snapshot",
    "create",
]
BROWSED = ["documents", "editor", "browser", "streams", "crowded"]  # each gives several results


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.one")
    parser.add_argument("size")
    parser.add_argument("ops")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "crm.settings",
            "PENSTOCK_FROM_SOURCE": "0",  # templates kept, static files built: as in production
            "PENSTOCK_STATIC": str(Path(folder) / "static"),
            "PENSTOCK_API_RATE": "10000000/min",
            "PENSTOCK_HOSTS": "127.0.0.1,testserver",
        }
        django.setup()
        measure(options.size, options.ops.split(","), options.out)


def measure(size: str, wanted: list[str], out: Path) -> None:
    from django.core.management import call_command

    from bench import browsing, cells, creating, documents, editing, remembering, screens, streams
    from bench.fill import SIZES, fill
    from forecasting import workers

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    say(f"{size}: filled in {fill(SIZES[size]):.0f} s")
    workers.rebuild()
    measures: dict[str, Callable[[str], Any]] = {
        "board": screens.board,
        "team-board": screens.team_board,
        "move": screens.move,
        "list": screens.deals_by_api,
        "deals": screens.deals_page,
        "search": screens.search_page,
        "forecast": screens.forecast_page,
        "table": cells.table,
        "drill-down": cells.drill_down,
        "win-loss": screens.win_loss_page,
        "as-of": cells.as_of,
        "refresh": cells.refresh,
        "rebuild": cells.rebuild,
        "waterfall": remembering.changes,
        "snapshot": remembering.snapshot,
        "create": creating.create,
        "documents": documents.documents,
        "editor": editing.editor,
        "browser": browsing.browser,
        "streams": streams.streams,
        "crowded": browsing.crowded,
    }
    for name in wanted:
        measured = measures[name](size)
        for result in measured if isinstance(measured, list) else [measured]:
            say(f"{size}: {result.name} {result.p50:.1f} {result.unit}")
            with out.open("a") as lines:
                lines.write(json.dumps(result.as_json()) + "\n")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
