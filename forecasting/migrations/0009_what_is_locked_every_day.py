import django.utils.timezone
from decimal import Decimal
from django.db import migrations, models

from crm.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('forecasting', '0008_cells_of_product_families'),
    ]

    operations = [
        migrations.CreateModel(
            name='SnapshotDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('locked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('cells', models.PositiveIntegerField()),
            ],
            options={
                'get_latest_by': 'day',
            },
        ),
        migrations.CreateModel(
            name='AdjustmentSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('owner_id', models.BigIntegerField(null=True)),
                ('team_id', models.BigIntegerField(null=True)),
                ('difference', models.DecimalField(decimal_places=3, max_digits=20)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('starts_on'), models.F('ends_on'), models.F('owner_id'), models.F('team_id'), models.F('day'), name='adjustmentsnapshot_key', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='ForecastSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('family', models.CharField(blank=True, max_length=80)),
                ('owner_id', models.BigIntegerField()),
                ('team_id', models.BigIntegerField(null=True)),
                ('node_id', models.BigIntegerField(null=True)),
                ('pipeline_id', models.BigIntegerField()),
                ('month', models.DateField(null=True)),
                ('currency_id', models.CharField(max_length=3)),
                ('category', models.CharField(choices=[('pipeline', 'Pipeline'), ('best_case', 'Best case'), ('commit', 'Commit'), ('omitted', 'Omitted'), ('won', 'Won')], max_length=10)),
                ('deals', models.PositiveIntegerField()),
                ('weighted_deals', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=14)),
                ('amount', models.DecimalField(decimal_places=3, max_digits=20)),
                ('base_amount', models.DecimalField(decimal_places=3, max_digits=20)),
                ('base_weighted', models.DecimalField(decimal_places=3, max_digits=20)),
                ('not_convertible', models.PositiveIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['month', '-day'], name='forecastsnapshot_month')],
                'constraints': [models.UniqueConstraint(models.F('owner_id'), models.F('month'), models.F('team_id'), models.F('node_id'), models.F('pipeline_id'), models.F('currency_id'), models.F('category'), models.F('family'), models.F('day'), name='forecastsnapshot_key', nulls_distinct=False)],
            },
        ),
        append_only("forecasting_snapshotday"),
        append_only("forecasting_forecastsnapshot"),
        append_only("forecasting_adjustmentsnapshot"),
    ]
