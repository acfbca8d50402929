"""A company of any size, made by the database itself: people, teams, deals with lines and three years of history.

Everything is worked out from each row's number, so the same size is always the same data.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection


class Size(NamedTuple):
    name: str
    people: int
    teams: int  # of ten people each, five to a region
    companies: int
    open: int
    closed: int

    @property
    def deals(self) -> int:
        return self.open + self.closed


SIZES = {
    "small": Size("small", people=60, teams=6, companies=4_000, open=10_000, closed=50_000),
    "crowded": Size("crowded", people=200, teams=20, companies=20_000, open=100_000, closed=20_000),
    "large": Size("large", people=500, teams=50, companies=40_000, open=150_000, closed=850_000),
}

FILLED = [
    "contacts_company", "contacts_contact", "contacts_position", "pipeline_deal", "pipeline_dealline",
    "pipeline_dealcontact", "pipeline_dealchange", "pipeline_activity", "crm_event",
]  # fmt: skip

COMPANY = Path(__file__).with_name("company.sql")
CHANCE = """
CREATE FUNCTION pg_temp.chance(i bigint, salt int) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(i, salt) & 9007199254740991)::double precision / 9007199254740992 $$
"""

INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s
AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass)
"""
NUMBERED = "SELECT table_name FROM information_schema.columns WHERE column_name = 'id' AND is_identity = 'YES'"
NEXT = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), greatest(1, (SELECT max(id) FROM {0})))"


@contextmanager
def django_defaults(cursor: Any) -> Iterator[None]:
    """What company.sql does not say of a row is what Django would have said."""
    changed = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.null or field.primary_key or field.is_relation or field.has_db_default():
                continue
            default = field.get_db_prep_save(field.get_default(), connection)
            if default is not None:
                changed.append(f'ALTER TABLE {model._meta.db_table} ALTER COLUMN "{field.column}"')
                cursor.execute(f"{changed[-1]} SET DEFAULT %s", [default])
    yield
    for column in changed:
        cursor.execute(f"{column} DROP DEFAULT")


def fill(size: Size) -> float:
    """Fill an empty, migrated database; seconds taken."""
    began = time.monotonic()
    params = size._asdict() | {"deals": size.deals, "regions": max(1, size.teams // 5)}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the rows are known to refer to each other
        cursor.execute("SET maintenance_work_mem = '512MB'")
        indexes = []
        for table in FILLED:
            cursor.execute(INDEXES, [table, table])
            indexes += cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(CHANCE)
        with django_defaults(cursor):
            for statement in COMPANY.read_text().split(";\n")[:-1]:
                cursor.execute(statement, params)
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute(NUMBERED)
        for (table,) in cursor.fetchall():
            cursor.execute(NEXT.format(table))
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET ALL")
    return time.monotonic() - began
