"""Children that end with their parent, locks that can't go stale, and the one sentence when something is wrong."""

import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """A sentence for whoever sits at the terminal: what is wrong and how to mend it."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


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
