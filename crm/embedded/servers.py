"""Postgres and Redis together, for as long as somebody needs them."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from crm.embedded.elsewhere import check_address
from crm.embedded.folder import Folder, give, replace_file
from crm.embedded.postgres import check_cluster, find_postgres, make_cluster, postgres_command, postgres_is_ready
from crm.embedded.processes import CannotStart, lock_within, say, spawn, stop, wait_for
from crm.embedded.redis_server import find_redis, readable_copy, redis_command, redis_is_ready

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
