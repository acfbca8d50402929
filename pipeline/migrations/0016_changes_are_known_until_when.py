from django.db import migrations, models

from pipeline.models.changes import FOREVER

MONTH = "(%(expressions)s - (extract(day from %(expressions)s)::int - 1))"

# History is append-only but for this: until when a row was the newest one known is told by the rows that come after.
# Worked out by the database with every row that is added, whoever adds it.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION penstock_purgeable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'pipeline_dealchange' AND pg_trigger_depth() > 1
        AND to_jsonb(OLD) - 'known_until' = to_jsonb(NEW) - 'known_until' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND current_setting('penstock.purging', true) = 'on'
        OR current_setting('penstock.may_truncate', true) = 'on' THEN
        RETURN COALESCE(OLD, NULL);
    END IF;
    RAISE EXCEPTION '% is append-only: a change is a new row', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION penstock_known_until() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pipeline_dealchange c SET known_until = told.until
    FROM (
        SELECT id, min(known_at) OVER (PARTITION BY deal_id ORDER BY effective_at, id
                                       ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS until
        FROM pipeline_dealchange WHERE deal_id IN (SELECT deal_id FROM added)
    ) told
    WHERE c.id = told.id AND told.until < c.known_until;
    RETURN NULL;
END $$;
CREATE TRIGGER known_until AFTER INSERT ON pipeline_dealchange REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION penstock_known_until();
"""
BACK = """
DROP TRIGGER known_until ON pipeline_dealchange;
DROP FUNCTION penstock_known_until();
"""
KNOWN = """
ALTER TABLE pipeline_dealchange DISABLE TRIGGER append_only;
UPDATE pipeline_dealchange c SET known_until = told.until
FROM (
    SELECT id, min(known_at) OVER (PARTITION BY deal_id ORDER BY effective_at, id
                                   ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS until
    FROM pipeline_dealchange
) told WHERE c.id = told.id AND told.until IS NOT NULL;
ALTER TABLE pipeline_dealchange ENABLE TRIGGER append_only;
"""


def month_of(column: str) -> models.Func:
    return models.Func(models.F(column), template=MONTH, output_field=models.DateField())


def index(name: str, *keys: object, condition: models.Q) -> migrations.AddIndex:
    return migrations.AddIndex("dealchange", models.Index(*keys, "known_at", "known_until", condition=condition, name=name))


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0015_changes_are_known_from_when")]
    operations = [
        migrations.AddField("dealchange", "known_until", models.DateTimeField(default=FOREVER, editable=False)),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, BACK),
        migrations.RemoveIndex("dealchange", "dealchange_expected"),
        migrations.RemoveIndex("dealchange", "dealchange_closed"),
        index("dealchange_expected", month_of("expected_close_on"), condition=models.Q(outcome="open")),
        index("dealchange_closed", month_of("closed_on"), condition=~models.Q(outcome="open")),
        index("dealchange_in_stage", models.F("stage_id"), condition=models.Q(is_archived=False)),
        index("dealchange_archived", condition=models.Q(is_archived=True)),
        migrations.RemoveIndex("dealchange", "dealchange_as_of"),
        migrations.AddIndex(
            "dealchange", models.Index(fields=["deal", "-effective_at", "-id"], name="dealchange_as_of")
        ),
    ]
