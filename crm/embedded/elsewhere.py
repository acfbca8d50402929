"""Servers of others, named in the environment."""

import os
import socket
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from crm.embedded.processes import CannotStart


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
