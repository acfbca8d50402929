import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('forecasting', '0005_cells_count_in_the_tree'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='quota',
            name='quota_once_per_owner',
        ),
        migrations.RemoveConstraint(
            model_name='quota',
            name='quota_once_per_team',
        ),
        migrations.AddField(
            model_name='quota',
            name='family',
            field=models.CharField(blank=True, max_length=80, verbose_name='product family'),
        ),
        migrations.AddField(
            model_name='quota',
            name='unit',
            field=models.CharField(choices=[('revenue', 'Revenue'), ('count', 'Number of deals')], default='revenue', max_length=7, verbose_name='type'),
        ),
        migrations.AddField(
            model_name='quotachange',
            name='family',
            field=models.CharField(blank=True, max_length=80, verbose_name='product family'),
        ),
        migrations.AddField(
            model_name='quotachange',
            name='unit',
            field=models.CharField(choices=[('revenue', 'Revenue'), ('count', 'Number of deals')], default='revenue', max_length=7, verbose_name='type'),
        ),
        migrations.AlterField(
            model_name='quota',
            name='currency',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.currency', verbose_name='currency'),
        ),
        migrations.AlterField(
            model_name='quotachange',
            name='currency_id',
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddConstraint(
            model_name='quota',
            constraint=models.UniqueConstraint(models.F('owner'), models.F('starts_on'), models.F('ends_on'), models.F('unit'), models.F('family'), condition=models.Q(('team', None)), name='quota_once_by_owner'),
        ),
        migrations.AddConstraint(
            model_name='quota',
            constraint=models.UniqueConstraint(models.F('team'), models.F('starts_on'), models.F('ends_on'), models.F('unit'), models.F('family'), condition=models.Q(('owner', None)), name='quota_once_by_team'),
        ),
        migrations.AddConstraint(
            model_name='quota',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('currency', None), ('unit', 'count')), models.Q(('currency__isnull', False), ('unit', 'revenue')), _connector='OR'), name='quota_currency_of_revenue'),
        ),
    ]
