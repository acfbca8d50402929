"""A data folder: everything one installation keeps, in one place."""

import fcntl
import hashlib
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from crm.embedded.processes import Account, CannotStart, try_lock

ROOT = Path(__file__).resolve().parent.parent.parent
SOCKET_PATH_LIMIT = 107  # bytes; the kernel's
OUTSIDE = Path("/var/lib/penstock")


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


def from_caller(path: str) -> Path:
    return Path(os.environ.get("PENSTOCK_CALLED_FROM", ".")) / path


def default_data() -> Path:
    return from_caller(os.environ["PENSTOCK_DATA"]) if os.environ.get("PENSTOCK_DATA") else ROOT / ".data"
