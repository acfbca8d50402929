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


def append_only(table: str) -> RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE on `table`. Only a session that sets penstock.may_truncate (tests) may."""
    return RunSQL(
        FUNCTION + f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION penstock_append_only();"
        f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION penstock_append_only();",
        f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};",
    )
