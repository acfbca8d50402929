"""A quote may be accepted again once its acceptance was taken back; both are proof that the database keeps."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from crm.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("quotes", "0011_reminders_have_documents"),
    ]

    operations = [
        migrations.AlterField(
            model_name="acceptance",
            name="quote",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="acceptances", to="quotes.quote",
                verbose_name="quote",
            ),
        ),
        migrations.AddField(
            model_name="acceptance", name="before", field=models.JSONField(default=dict, editable=False)
        ),
        migrations.CreateModel(
            name="Retraction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("retracted_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "acceptance",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="retraction", to="quotes.acceptance"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
        ),
        append_only("quotes_retraction"),
    ]  # fmt: skip
