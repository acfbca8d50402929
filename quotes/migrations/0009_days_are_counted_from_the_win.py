from django.db import migrations, models

STEPS = """
UPDATE quotes_deliverystep s SET counted_on = d.won_on + t.days
FROM quotes_delivery d, quotes_templatestep t
WHERE d.id = s.delivery_id AND t.id = s.template_step_id AND t.place <> 'delivery'
"""
RENEWALS = """
UPDATE quotes_renewal r SET won_on = d.closed_on
FROM pipeline_deal d
WHERE d.id = r.deal_id AND r.due_on = (d.closed_on + r.months * interval '1 month')::date
"""


class Migration(migrations.Migration):
    dependencies = [
        ("quotes", "0008_invoices"),
    ]

    operations = [
        migrations.AddField(
            model_name="deliverystep",
            name="counted_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="renewal",
            name="won_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.RunSQL(STEPS, migrations.RunSQL.noop),
        migrations.RunSQL(RENEWALS, migrations.RunSQL.noop),
    ]
