"""A reminder that is sent by hand says who sent it, and each how firm it was."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("quotes", "0012_acceptances_can_be_taken_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="reminder",
            name="tone",
            field=models.CharField(
                choices=[
                    ("first", "Friendly: perhaps it slipped their attention"),
                    ("next", "Firm: we have written before"),
                    ("last", "Last: before further steps are taken"),
                ],
                default="first",
                max_length=5,
                verbose_name="tone",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL("UPDATE quotes_reminder SET tone = 'next' WHERE level > 1", migrations.RunSQL.noop),
    ]
