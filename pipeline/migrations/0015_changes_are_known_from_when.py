from django.db import migrations, models

MONTH = "(%(expressions)s - (extract(day from %(expressions)s)::int - 1))"

# History is append-only: the database lets nobody write into it but this, once.
KNOWN = """
ALTER TABLE pipeline_dealchange DISABLE TRIGGER append_only;
UPDATE pipeline_dealchange c
SET known_at = CASE WHEN c.effective_at < d.created_at THEN c.effective_at ELSE c.recorded_at END
FROM pipeline_deal d WHERE d.id = c.deal_id;
ALTER TABLE pipeline_dealchange ENABLE TRIGGER append_only;
"""


def month_of(column: str) -> models.Func:
    return models.Func(models.F(column), template=MONTH, output_field=models.DateField())


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0014_closed_deals_are_counted_from_their_index")]
    operations = [
        migrations.AddField("dealchange", "known_at", models.DateTimeField(null=True)),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.AlterField("dealchange", "known_at", models.DateTimeField()),
        migrations.RemoveIndex("dealchange", "dealchange_as_of"),
        migrations.AddIndex(
            "dealchange",
            models.Index(fields=["deal", "-effective_at", "-id"], include=["known_at"], name="dealchange_as_of"),
        ),
        migrations.AddIndex(
            "dealchange",
            models.Index(month_of("expected_close_on"), condition=models.Q(outcome="open"), name="dealchange_expected"),
        ),
        migrations.AddIndex(
            "dealchange",
            models.Index(month_of("closed_on"), condition=~models.Q(outcome="open"), name="dealchange_closed"),
        ),
        migrations.AddIndex(
            "dealchange",
            models.Index(
                fields=["stage_id", "known_at"],
                condition=models.Q(known_at__lt=models.F("recorded_at")),
                name="dealchange_brought",
            ),
        ),
        *(
            migrations.AddIndex(
                "dealchange",
                models.Index(
                    fields=["deal", "effective_at", "id"],
                    include=["known_at"],
                    condition=models.Q(was__has_key=name),
                    name=f"dealchange_{name}",
                ),
            )
            for name in ("lines", "people")
        ),
    ]
