"""Postgres and Redis for development, tests and benchmarks: found, started and shared, with nothing to configure.

One process owns the servers of a data folder, and three locks in that folder say so. `owner` is held by that process
alone. `servers` is inherited by everything it starts, so it stays held until the last of them is gone, whoever was
killed. `users` is shared by the commands that use servers they did not start. A lock can't go stale: the system drops
it with its holder.
"""
