"""Wait, without guessing how long, for what runs beside a test: writers in other databases, and refreshing workers."""

import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from forecasting import workers
from forecasting.models import StaleCell

OTHERS = """SELECT count(*) FROM pg_stat_activity WHERE datname <> current_database()
            AND backend_xid::text::bigint <= (SELECT max(xid::text::bigint) FROM crm_event)"""


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Until something is so that happens beside the test."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail("it never came to that")
        time.sleep(0.02)


def wait_for_other_databases(seconds: float = 60) -> None:
    """Until no other database of this server is in the middle of writing: the server's transactions are shared."""
    deadline = time.monotonic() + seconds
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        while cursor.fetchone() != (0,) and time.monotonic() < deadline:
            time.sleep(0.02)
            cursor.execute(OTHERS)


def wait_for_refreshes(seconds: float = 20) -> None:
    """Until every mark is taken and every refresh, also another process's, has been written."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        workers.refresh_all()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [workers.REBUILDING])
        if not StaleCell.objects.exists():
            return
