"""What the whole product holds in memory while nobody uses it: `bin/dev` with an empty company."""

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bench.measure import Result
from bench.serving import free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent
REST = 12  # seconds: what was needed only to start is given back


def idle() -> Result:
    port = free_port()
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as data:
        Path(data).chmod(0o755)  # the database runs as somebody else
        command = [str(ROOT / "bin/dev"), "--port", str(port), "--data", data, "--no-demo"]
        product = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_for(port)
            time.sleep(REST)
            parts = {pid: proportional(pid) for pid in family(product.pid)}
        finally:
            product.send_signal(signal.SIGTERM)
            product.wait(60)
    return Result(
        "idle memory of all processes", "", sum(parts.values()) / 1024, unit="MB", at_most=360,
        note=f"{len(parts)} processes, shared pages counted once",
    )  # fmt: skip


def family(pid: int) -> list[int]:
    """The process and everything it started."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def proportional(pid: int) -> int:
    """KB, a page shared by n processes counted as 1/n."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
