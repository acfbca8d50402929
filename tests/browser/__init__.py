"""A busy machine is given more time; on a quiet one nobody waits for it."""

from playwright.sync_api import expect

PATIENCE = 15_000  # ms

expect.set_options(timeout=PATIENCE)
