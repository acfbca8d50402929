"""What must stand in the environment before the settings are read: a plugin, because a conftest comes too late."""

import os
import re
import tempfile

import pytest

if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
    raise pytest.UsageError("The tests need a Postgres and a Redis: run them with bin/test, which starts both.")

# Each pytest process has a number, and with it a database of its own in Redis (pytest-django gives it one in Postgres).
number = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or -1) + 1
os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].partition('?')[0]}?db={number}"
os.environ["PENSTOCK_FILES"] = tempfile.mkdtemp(prefix="penstock-files-")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's synchronous calls run inside an event loop
