"""What bin/manage, bin/test and bin/bench run."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from crm.embedded.elsewhere import check_elsewhere
from crm.embedded.folder import ROOT, Folder, default_data, from_caller, reachable
from crm.embedded.postgres import find_postgres
from crm.embedded.processes import Account, CannotStart, last_line, lock_within, say, spawn, try_lock
from crm.embedded.servers import FAST, LIGHT, PRODUCTION, Servers, claim, environment_for, share


def take_data(arguments: list[str]) -> tuple[Path, list[str]]:
    if arguments and arguments[0].startswith("--data="):
        return from_caller(arguments[0].partition("=")[2]), arguments[1:]
    if len(arguments) > 1 and arguments[0] == "--data":
        return from_caller(arguments[1]), arguments[2:]
    return default_data(), arguments


def manage(arguments: list[str]) -> None:
    """Become manage.py, with the servers of the data folder up until the last such command has ended."""
    path, arguments = take_data(arguments)
    folder = Folder(path)
    environment = environment_for(folder)
    check_elsewhere()
    if not ("DATABASE_URL" in os.environ and "REDIS_URL" in os.environ):
        users = lock_within(folder.lock("users"), fcntl.LOCK_SH, 60)
        if users is None:
            raise CannotStart(
                f"The servers of {folder.path} are still stopping after a minute: try again, or stop them."
            )
        os.set_inheritable(users, True)  # kept by the command we become, and so dropped when it ends
        environment |= {name: value for name, value in borrow(folder).items() if name not in os.environ}
    os.chdir(from_caller("."))
    os.execve(sys.executable, [sys.executable, str(ROOT / "manage.py"), *arguments], {**os.environ, **environment})


def borrow(folder: Folder) -> dict[str, str]:
    deadline = time.monotonic() + 90
    holder: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        if folder.is_owned():
            with suppress(OSError, ValueError):
                shared: dict[str, str] = json.loads(folder.shared.read_text())
                return shared
        elif holder is None or holder.poll() is not None:
            if holder and holder.returncode:
                raise CannotStart(last_line(folder.log("holder")))
            with folder.log("holder").open("ab") as log:
                holder = subprocess.Popen(
                    [sys.executable, "-m", "crm.embedded", "hold", str(folder.path)],
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        time.sleep(0.02)
    raise CannotStart(f"The servers of {folder.path} did not start within 90 seconds: see {folder.path / 'log'}.")


def hold(arguments: list[str]) -> None:
    """Keep the servers up while any command uses them."""
    for name in ("DATABASE_URL", "REDIS_URL"):  # both, whatever the first of the commands happened to bring
        os.environ.pop(name, None)
    folder = Folder(Path(arguments[0]))
    with claim(folder) as held:
        if held is None:
            return
        with Servers(folder, tuning=LIGHT, held=held) as servers:
            share(folder, servers.environment)
            while all(child is None or child.poll() is None for child in (servers.postgres, servers.redis)):
                if try_lock(folder.lock("users"), fcntl.LOCK_EX) is not None:
                    break  # kept until we end: a new command waits for that, then starts its own
                time.sleep(0.1)


def run_inside(servers: Servers, command: Sequence[str], environment: Mapping[str, str]) -> int:
    child = spawn(
        command,
        env={**os.environ, **servers.environment, **environment},
        own_session=False,
    )
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _frame: child.send_signal(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal has told the child; we wait for it to finish
    return child.wait()


def sweep(parent: Path) -> None:
    """Folders of test runs that were killed: theirs is the lock that nobody holds."""
    for lock in parent.glob("penstock-tests-*/.servers.lock"):
        left = lock.parent
        with suppress(OSError):
            held = try_lock(lock, fcntl.LOCK_EX)
            if held is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(held)


def schema() -> str:
    """Another name for every other set of migrations, and of packages that run them."""
    files = [ROOT / "requirements.txt", *sorted(ROOT.glob("*/migrations/*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def migrated(kept: Folder) -> Path:
    """A cluster that nobody runs on, with the database `penstock` migrated: made once, and copied for every run."""
    template = kept.home / f"test-template-{find_postgres(kept.account).major}-{schema()}"
    if not template.exists() and (making := lock_within(kept.lock("template"), fcntl.LOCK_EX, 600)):
        if not template.exists():
            for old in kept.home.glob("test-template-*"):
                shutil.rmtree(old, ignore_errors=True)
            with thrown_away() as (folder, held):
                with Servers(folder, tuning=FAST, held=held, keeps=False) as servers:
                    environment = {**os.environ, **servers.environment, **environment_for(folder)}
                    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"]
                    if subprocess.run(command, env=environment).returncode:
                        raise CannotStart("The tests' database could not be migrated.")
                copy(folder.cluster, template)
        os.close(making)
    return template


def copy(cluster: Path, to: Path) -> None:
    """By a process of its own, so that files keep the servers' account; found whole or not at all."""
    half = to.with_name(f".{to.name}.{os.getpid()}")
    subprocess.run(["cp", "-a", str(cluster), str(half)], check=True)
    half.rename(to)


@contextmanager
def thrown_away() -> Iterator[tuple[Folder, int]]:
    """A data folder for as long as the block lasts."""
    parent = Path(tempfile.gettempdir())
    if not reachable(parent / "any", Account.of_servers()):
        parent = Path("/tmp")  # noqa: S108
    sweep(parent)
    own = Path(tempfile.mkdtemp(prefix="penstock-tests-", dir=parent))
    own.chmod(0o755)
    try:
        folder = Folder(own)
        with claim(folder) as held:  # first: what nobody holds is swept away by the next run
            yield folder, held or 0
    finally:
        shutil.rmtree(own, ignore_errors=True)


def tests(arguments: list[str]) -> int:
    """pytest on a Postgres and a Redis of its own, made for speed and thrown away."""
    kept = Folder(default_data())
    for name in ("DATABASE_URL", "REDIS_URL", "PENSTOCK_DATA"):
        os.environ.pop(name, None)
    template = migrated(kept)
    with thrown_away() as (folder, held):
        copy(template, folder.cluster)
        with Servers(folder, tuning=FAST, held=held, keeps=False) as servers:
            # Only tests may empty the tables that nothing may be taken from.
            servers.environment["DATABASE_URL"] += "&options=-c%20penstock.may_truncate%3Don"
            environment = {**environment_for(folder), "PENSTOCK_POOL": "0", "PENSTOCK_SECRET_KEY": "only-for-tests"}
            return run_inside(servers, [sys.executable, "-m", "pytest", *arguments], environment)


def bench(arguments: list[str]) -> int:
    folder = Folder(default_data() / "bench")
    with claim(folder) as held:
        if held is None:
            raise CannotStart(f"Another bin/bench runs on {folder.path}: wait for it, or set PENSTOCK_DATA.")
        with Servers(folder, tuning=PRODUCTION, held=held) as servers:
            return run_inside(servers, [sys.executable, "-m", "bench.run", *arguments], environment_for(folder))


COMMANDS: dict[str, Callable[[list[str]], int | None]] = {
    "manage": manage,
    "hold": hold,
    "tests": tests,
    "bench": bench,
}


def main() -> int:
    try:
        return COMMANDS[sys.argv[1]](sys.argv[2:]) or 0
    except CannotStart as refusal:
        say(str(refusal))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
