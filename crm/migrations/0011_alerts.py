import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The tables are there already: the forecast had them first."""

    dependencies = [
        ("crm", "0010_people_know_how_many_alerts_are_unread"),
        ("forecasting", "0012_alerts_stand_below"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Alert",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(max_length=8)),
                        ("about", models.CharField(max_length=80)),
                        ("facts", models.JSONField(default=dict)),
                        ("is_shown", models.BooleanField(default=True)),
                        ("raised_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("read_at", models.DateTimeField(null=True)),
                        ("mailed_at", models.DateTimeField(null=True)),
                        ("settled_at", models.DateTimeField(null=True)),
                        ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["user", "-id"], name="alert_newest")],
                        "constraints": [models.UniqueConstraint(models.F("user"), models.F("kind"), models.F("about"), condition=models.Q(("settled_at", None)), name="alert_once")],
                    },
                ),
                migrations.CreateModel(
                    name="AlertSetting",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(max_length=8)),
                        ("in_app", models.BooleanField(default=True)),
                        ("by_mail", models.BooleanField(default=True)),
                        ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(models.F("user"), models.F("kind"), name="alertsetting_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Digest",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("day", models.DateField()),
                        ("taken_at", models.DateTimeField(null=True)),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(models.F("user"), models.F("day"), name="digest_once_a_day")],
                    },
                ),
            ],
        ),
    ]
