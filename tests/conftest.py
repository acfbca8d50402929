"""What every test stands on: `bin/test` has started a Postgres and a Redis of its own; each pytest process takes one
database in both. Tests that need the running product (`live_site`, `worker`) get real servers on those databases.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import quote

import hypothesis
import pytest
from pytest_django import DjangoDbBlocker
from pytest_playwright.pytest_playwright import CreateContextCallback

if TYPE_CHECKING:
    from tests.cast import Cast

ROOT = Path(__file__).parent.parent

# The same examples every time where a run decides whether something lands; new ones everywhere else.
hypothesis.settings.register_profile("penstock", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("penstock")


# ── Chromium ───────────────────────────────────────────────────────────────────────────────────

BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
)  # the first starts and draws fastest
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
NO_CHROMIUM = "No Chromium for the browser tests: apt-get install chromium-headless-shell"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))  # a second try is named in the summary: look into it
            if not CHROMIUM and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    if not CHROMIUM:
        pytest.fail(NO_CHROMIUM)
    return {"executable_path": CHROMIUM, "args": FLAGS}


# ── The database ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """A copy of the database that bin/test has migrated: nothing is left to migrate."""
    from django.db import connection

    connection.settings_dict["TEST"]["TEMPLATE"] = connection.settings_dict["NAME"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """pytest-django's own, and after a test that commits it is emptied as tests/emptying.py does."""
    from django.test import TransactionTestCase

    from tests.emptying import empty, remember

    with django_db_blocker.unblock():
        remember()
    TransactionTestCase._fixture_teardown = lambda _: empty()  # type: ignore[attr-defined]


# ── The running product ────────────────────────────────────────────────────────────────────────


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    with suppress(URLError, OSError), urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310
        return bool(response.status == 200)
    return False


@contextmanager
def running(command: list[str], env: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    from crm.embedded.processes import spawn, stop

    process = spawn(command, env=env, log=log)
    try:
        yield process
    finally:
        stop(process, signal.SIGTERM, patience=10)


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"{log.name} did not start:\n{log.read_text()[-4000:]}")
        time.sleep(0.05)


@pytest.fixture(scope="session")
def server_environment(django_db_setup: None) -> dict[str, str]:
    """The product's own environment on this process's test database, without the tests' leave to empty every table."""
    from django.db import connection

    # Should a request run into the emptying of the tables, it gives way, not the test.
    options = quote("-c deadlock_timeout=100ms")
    host, name = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql://penstock@/{name}?host={host}&options={options}",
        "PENSTOCK_POOL": "0",  # no idle connection may stand in the way when tables are emptied
    }


@pytest.fixture(scope="session")
def site_server(server_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """It serves styles and scripts as production does: whole, compressed, and kept by a browser that has them."""
    port, folder = free_port(), tmp_path_factory.mktemp("servers")
    log = folder / "web.log"
    environment = {**server_environment, "PENSTOCK_FROM_SOURCE": "0", "PENSTOCK_STATIC": str(folder / "static")}
    collect = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "-v0"]
    subprocess.run(collect, env=environment, check=True)
    command = [sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(port), "--no-ws"]
    command += ["--log-level", "warning", "--workers-kill-timeout", "2", "--factory", "crm.supervised:web"]
    with running(command, environment, log) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{url}/healthz"), process, log)
        yield url


@contextmanager
def celery(environment: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that is ready, named after its log."""
    command = [sys.executable, "-m", "celery", "-A", "crm.celery", "worker", "-P", "threads", "-c", "2"]
    command += ["-n", f"{log.stem}@tests", "--loglevel", "INFO"]
    command += ["--without-mingle", "--without-gossip", "--without-heartbeat"]
    with running(command, environment, log) as process:
        wait_until(lambda: " ready." in log.read_text(), process, log)
        yield process


SHARED = "shared@tests"


@pytest.fixture(scope="session")
def worker_process(server_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The worker of all tests of this process. It takes nothing from the queue until `worker` lets it."""
    from crm.celery import app

    with celery(server_environment, tmp_path_factory.mktemp("servers") / "shared.log"):
        app.control.cancel_consumer("celery", destination=[SHARED], reply=True)
        yield


def work_off(seconds: float = 10) -> None:
    """Until nothing is queued, put off or at work."""
    deadline = time.monotonic() + seconds
    while redis().exists("celery", "unacked") and time.monotonic() < deadline:
        time.sleep(0.02)


def redis() -> Any:
    from django.core.cache import cache

    return cache._cache.get_client(write=True)  # type: ignore[attr-defined]


def forget() -> None:
    """Nothing is queued, counted or remembered in Redis."""
    client = redis()
    for key in client.scan_iter():
        if not key.startswith(b"_kombu."):  # the worker's own, told once when it starts
            client.delete(key)


def settle(seconds: float = 10) -> None:
    """Empty the queue and wait until no server is inside a transaction: emptying the tables then waits for nobody."""
    from django.db import connection

    forget()
    busy = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
              AND backend_type = 'client backend' AND state <> 'idle'"""
    deadline = time.monotonic() + seconds
    idle = 0
    with connection.cursor() as cursor:
        while time.monotonic() < deadline and idle < 8:  # a task the worker holds may be about to begin
            cursor.execute(busy)
            idle = idle + 1 if cursor.fetchone() == (0,) else 0
            time.sleep(0.02)


@pytest.fixture
def worker(transactional_db: None, worker_process: None) -> Iterator[None]:
    """A real Celery worker on this test's committed data, at work while the test runs and not a moment longer."""
    from crm.celery import app

    forget()
    app.control.add_consumer("celery", destination=[SHARED], reply=True)
    yield
    work_off()
    app.control.cancel_consumer("celery", destination=[SHARED], reply=True)
    settle()


@pytest.fixture
def live_site(transactional_db: None, site_server: str, worker: None) -> str:
    """The address of the whole product, running on this test's committed data: web, stream and worker."""
    return site_server


@pytest.fixture
def new_context(live_site: str, new_context: CreateContextCallback) -> CreateContextCallback:
    """Its pages are closed before the worker rests and the tables are emptied, in whatever order a test asks."""
    return new_context


@pytest.fixture
def cast(db: None) -> "Cast":
    """The fixed cast of tests/cast.py."""
    from tests.cast import make_cast

    return make_cast()
