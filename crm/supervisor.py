"""`bin/dev`: the servers, the web and the worker, started in order, kept alive, and stopped together.

This process does little and lives long, so it imports neither Django nor Celery: what needs them runs as a child.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from crm.embedded.elsewhere import ELSEWHERE, check_elsewhere, listens
from crm.embedded.folder import ROOT, Folder, default_data, from_caller
from crm.embedded.processes import CannotStart, say, spawn, stop
from crm.embedded.servers import LIGHT, Servers, claim, environment_for, share

type Process = subprocess.Popen[bytes]

HEALTHY_AFTER = 60  # seconds a child must live for its earlier failures to be forgotten
LONGEST_PAUSE = 30
PROBE_EVERY = 5


class Stopped(BaseException):
    """Ctrl-C, or a polite request to end."""


def on_signal(_number: int, _frame: object) -> None:
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)  # asked once is enough: the children are stopped in order from here on
    raise Stopped


class Child:
    """A process that is started again when it dies, each time after a longer pause."""

    def __init__(self, name: str, launch: Callable[[], Process], running: Process | None = None) -> None:
        self.name = name
        self.launch = launch
        self.failures = 0
        self.restart_at: float | None = None
        self.started_at = time.monotonic()
        self.process = running or launch()

    def start(self) -> None:
        self.restart_at = None
        self.started_at = time.monotonic()
        self.process = self.launch()

    def tend(self) -> None:
        now = time.monotonic()
        if self.restart_at is not None:
            if now >= self.restart_at:
                self.start()
        elif self.process.poll() is not None:
            stop(self.process, signal.SIGKILL, 0)
            self.failures = 0 if now - self.started_at > HEALTHY_AFTER else self.failures
            pause = min(2**self.failures, LONGEST_PAUSE)
            self.failures += 1
            self.restart_at = now + pause
            say(f"The {self.name} stopped ({ending(self.process.returncode)}): starting it again in {pause} s.")


def ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


class Elsewhere:
    """A server named in the environment: it isn't ours to start, only to miss."""

    def __init__(self, variable: str) -> None:
        self.variable = variable
        self.probed_at = time.monotonic()
        self.answers = True

    def tend(self) -> None:
        if time.monotonic() - self.probed_at < PROBE_EVERY:
            return
        answers = listens(self.variable)
        self.probed_at = time.monotonic()
        if answers != self.answers:
            self.answers = answers
            name = ELSEWHERE[self.variable].name
            say(f"{name} is back." if answers else f"No {name} answers at {self.variable} any more: start it again.")


# ── Starting ───────────────────────────────────────────────────────────────────────────────────


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise CannotStart(f"Port {port} is reserved for root: name one above 1023 with --port.") from error
        except (OSError, OverflowError) as error:
            raise CannotStart(
                f"Port {port} is taken by another program: stop that one, or run bin/dev --port {port + 1}."
            ) from error


def is_healthy(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as client:
        client.settimeout(10)
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return client.recv(64).startswith(b"HTTP/1.1 200")
    return False


def run_step(command: Sequence[str], env: Mapping[str, str], held: int) -> int:
    step = spawn(command, env=env, keep=[held])
    try:
        return step.wait()
    finally:
        stop(step, signal.SIGTERM, 3)


def granian(port: int) -> list[str]:
    options = {
        "interface": "asginl",
        "host": "127.0.0.1",
        "port": str(port),
        "http": "1",
        "loop": "asyncio",
        "workers-kill-timeout": "2",
        "log-level": "warning",
    }
    parts = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [sys.executable, "-m", "granian", *parts, "--no-ws", "--factory", "crm.supervised:web"]


def celery(folder: Folder) -> list[str]:
    beat = ["--schedule", str(folder.path / "beat-schedule")]
    quiet = ["--without-mingle", "--without-gossip", "--without-heartbeat", "--loglevel", "WARNING"]
    pool = ["--pool", "threads", "--concurrency", "2"]
    root = ["-W", "ignore:You're running the worker with superuser privileges"]  # a machine of one's own
    return [sys.executable, *root, "-m", "celery", "--quiet", "--app", "crm.supervised", "worker", *pool, *beat, *quiet]


@contextmanager
def product(folder: Folder, env: Mapping[str, str], port: int, held: int) -> Iterator[list[Child]]:
    children: list[Child] = []

    def add(name: str, command: Sequence[str]) -> None:
        children.append(Child(name, lambda: spawn(command, env=env, keep=[held])))

    try:
        add("web server", granian(port))
        add("worker", celery(folder))
        yield children
    finally:
        asked = [threading.Thread(target=stop, args=(child.process, signal.SIGTERM, 5)) for child in children]
        for each in asked:  # both at once: each may need its patience
            each.start()
        for each in asked:
            each.join()


def wait_until_healthy(web: Child, port: int) -> None:
    deadline = time.monotonic() + 60
    while not is_healthy(port):
        if web.process.poll() is not None:
            raise CannotStart(f"The web server stopped while starting ({ending(web.process.returncode)}): see above.")
        if time.monotonic() > deadline:
            raise CannotStart(f"The web server did not answer on port {port} within a minute: see above.")
        time.sleep(0.05)


def run(folder: Folder, port: int, demo: bool) -> None:
    began = time.monotonic()
    check_elsewhere()
    with claim(folder) as held:
        if held is None:
            raise CannotStart(
                f"{folder.path} is already in use by another bin/dev (or a bin/manage that is still running): "
                "stop that one, or name another data folder with --data."
            )
        check_port(port)
        with Servers(folder, tuning=LIGHT, held=held) as servers:
            env = environment(folder, servers, demo)
            how_to_sign_in = prepare(folder, env, held)
            share(folder, servers.environment)
            with product(folder, env, port, held) as children:
                wait_until_healthy(children[0], port)
                print(f"\nPenstock is ready on http://127.0.0.1:{port} ({time.monotonic() - began:.0f} s)")
                print(f"{how_to_sign_in}Ctrl-C stops everything.", flush=True)
                watch(children, servers)


def environment(folder: Folder, servers: Servers, demo: bool) -> dict[str, str]:
    return {
        **os.environ,
        **servers.environment,
        **environment_for(folder),
        "PENSTOCK_DEMO": "1" if demo else "0",
        "MALLOC_ARENA_MAX": "2",  # a few threads each; the default of eight arenas a core costs tens of megabytes
    }


def prepare(folder: Folder, env: Mapping[str, str], held: int) -> str:
    """An up-to-date database, filled the first time, by a process that has Django; what it tells about signing in."""
    welcome = folder.path / "welcome.txt"
    welcome.unlink(missing_ok=True)
    command = [sys.executable, str(ROOT / "manage.py"), "demo", "--prepare", "--welcome", str(welcome)]
    if run_step(command, env, held):
        raise CannotStart  # it has said why
    return welcome.read_text() if welcome.exists() else ""


def watch(children: Sequence[Child], servers: Servers) -> None:
    tended: list[Child | Elsewhere] = [*children]
    for name, process, launch in (
        ("database", servers.postgres, servers.launch_postgres),
        ("Redis", servers.redis, servers.launch_redis),
    ):
        if process:
            tended.append(Child(name, launch, process))
    tended += [Elsewhere(variable) for variable in ELSEWHERE if variable in os.environ]
    while True:
        for each in tended:
            each.tend()
        time.sleep(0.5)


def port_number(text: str) -> int:
    if not (text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text} is not a port: name a number from 1 to 65535")
    return int(text)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/dev", description="Everything, on an embedded Postgres and Redis.")
    parser.add_argument("--port", type=port_number, default=8000)
    parser.add_argument("--data", metavar="DIR", type=from_caller, default=default_data(), help="where data is kept")
    parser.add_argument("--no-demo", action="store_true", help="start empty, without demo data and sign-in cards")
    options = parser.parse_args()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, on_signal)
    try:
        run(Folder(Path(options.data)), options.port, demo=not options.no_demo)
    except CannotStart as refusal:
        if str(refusal):
            say(str(refusal))
        return 1
    except Stopped:
        say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
