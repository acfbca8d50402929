import django.db.models.deletion
from django.db import migrations, models

RECOUNT = """INSERT INTO forecasting_stalecell (owner_id, month, marked_at)
SELECT DISTINCT owner_id, month, now() FROM forecasting_forecastcell"""


class Migration(migrations.Migration):

    dependencies = [
        ('forecasting', '0004_the_forecast_tree'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='forecastcell',
            name='forecastcell_key',
        ),
        migrations.RemoveIndex(
            model_name='forecastcell',
            name='forecastcell_month',
        ),
        migrations.AddField(
            model_name='forecastcell',
            name='node',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.team'),
        ),
        migrations.AddIndex(
            model_name='forecastcell',
            index=models.Index(fields=['month', 'node'], name='forecastcell_month'),
        ),
        migrations.AddConstraint(
            model_name='forecastcell',
            constraint=models.UniqueConstraint(models.F('owner'), models.F('month'), models.F('team'), models.F('node'), models.F('pipeline'), models.F('currency_id'), models.F('category'), name='forecastcell_key', nulls_distinct=False),
        ),
        migrations.RunSQL(RECOUNT, migrations.RunSQL.noop),
    ]
