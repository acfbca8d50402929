"""Tables that the database itself refuses to change: used by migrations."""

from django.db.migrations import RunSQL

FUNCTION = """
CREATE OR REPLACE FUNCTION penstock_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('penstock.may_truncate', true) = 'on' THEN
        RETURN COALESCE(OLD, NULL);
    END IF;
    RAISE EXCEPTION '% is append-only: a change is a new row', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""


PURGEABLE = """
CREATE OR REPLACE FUNCTION penstock_purgeable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('penstock.purging', true) = 'on'
        OR current_setting('penstock.may_truncate', true) = 'on' THEN
        RETURN COALESCE(OLD, NULL);
    END IF;
    RAISE EXCEPTION '% is append-only: a change is a new row', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def purgeable(table: str) -> RunSQL:
    """Let rows of an append-only `table` go with what they are about, in a transaction that sets penstock.purging."""
    trigger = f"CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION "
    return RunSQL(f"{PURGEABLE}{trigger} penstock_purgeable();", f"{trigger} penstock_append_only();")


def append_only(table: str) -> RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE on `table`. Only a session that sets penstock.may_truncate (tests) may."""
    return RunSQL(
        FUNCTION + f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION penstock_append_only();"
        f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION penstock_append_only();",
        f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};",
    )
