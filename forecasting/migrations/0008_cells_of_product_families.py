from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm', '0007_shortcuts_can_be_off'),
        ('forecasting', '0007_quotas_set_together'),
        ('pipeline', '0013_months_in_order'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FamilyCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(null=True)),
                ('currency_id', models.CharField(max_length=3)),
                ('category', models.CharField(choices=[('pipeline', 'Pipeline'), ('best_case', 'Best case'), ('commit', 'Commit'), ('omitted', 'Omitted'), ('won', 'Won')], max_length=10)),
                ('deals', models.PositiveIntegerField()),
                ('weighted_deals', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=14)),
                ('amount', models.DecimalField(decimal_places=3, max_digits=20)),
                ('base_amount', models.DecimalField(decimal_places=3, max_digits=20)),
                ('base_weighted', models.DecimalField(decimal_places=3, max_digits=20)),
                ('not_convertible', models.PositiveIntegerField(default=0)),
                ('family', models.CharField(max_length=80)),
            ],
        ),
        migrations.AddField(
            model_name='forecastcell',
            name='weighted_deals',
            field=models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=14),
        ),
        migrations.AddField(
            model_name='familycell',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='familycell',
            name='node',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.team'),
        ),
        migrations.AddField(
            model_name='familycell',
            name='pipeline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='pipeline.pipeline'),
        ),
        migrations.AddField(
            model_name='familycell',
            name='team',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.team'),
        ),
        migrations.AddIndex(
            model_name='familycell',
            index=models.Index(fields=['family', 'month', 'node'], name='familycell_month'),
        ),
        migrations.AddConstraint(
            model_name='familycell',
            constraint=models.UniqueConstraint(models.F('owner'), models.F('month'), models.F('team'), models.F('node'), models.F('pipeline'), models.F('currency_id'), models.F('category'), models.F('family'), name='familycell_key', nulls_distinct=False),
        ),
    ]
