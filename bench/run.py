"""`bin/bench`: how fast Penstock is, beside the plain SQL it could not be faster than.

bin/bench --size small --only board,move
bin/bench --write        every size and the memory; also as docs/benchmarks.md
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.measure import Result
from bench.one import BROWSED, OPS, say
from bench.report import as_text, write

# What is measured of which size.
SIZES = {
    "small": [*OPS, "documents", "editor", "browser", "streams"],
    "crowded": ["board", "move", "crowded"],
    "large": OPS,
}


def fresh_database(url: str, name: str) -> str:
    """Make it anew; its address."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def measured(size: str, ops: list[str]) -> list[Result]:
    url = os.environ["DATABASE_URL"]
    name = f"bench_{size}"
    env = {**os.environ, "DATABASE_URL": fresh_database(url, name)}
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as out:
        command = [sys.executable, "-m", "bench.one", size, ",".join(ops), out.name]
        code = subprocess.run(command, env=env, check=False).returncode
        results = [Result(**json.loads(line)) for line in out]
    if code:
        say(f"{size}: stopped with {code}; what follows is what was measured until then.")
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    return results


def main() -> int:
    every = [*OPS, *BROWSED, "memory"]
    parser = argparse.ArgumentParser(
        prog="bin/bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--size", choices=[*SIZES, "all"], default="all")
    parser.add_argument("--only", help=f"some of: {', '.join(every)}", default=",".join(every))
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks.md")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := set(wanted) - set(every):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    results: list[Result] = []
    for size in SIZES if options.size == "all" else [options.size]:
        if ops := [op for op in SIZES[size] if op in wanted]:
            found = measured(size, ops)
            print(f"\n{size}\n{as_text(found)}\n", flush=True)
            results += found
    if "memory" in wanted:
        from bench.memory import idle

        results.append(idle())
        print(as_text(results[-1:]))
    if options.write:
        write(results)
    return int(any(result.keeps_its_promise is False for result in results))


if __name__ == "__main__":
    sys.exit(main())
