import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('forecasting', '0006_quotas_of_every_type'),
    ]

    operations = [
        migrations.CreateModel(
            name='QuotaBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('paste', 'Pasted'), ('spread', 'Spread'), ('copy', 'Copied forward'), ('plan', 'Planned'), ('sent', 'Sent'), ('undo', 'Taken back')], max_length=6)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name='quotachange',
            name='rank',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='quotabatch',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='quotabatch',
            name='undoes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='forecasting.quotabatch'),
        ),
        migrations.AddField(
            model_name='quotachange',
            name='batch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='forecasting.quotabatch'),
        ),
    ]
