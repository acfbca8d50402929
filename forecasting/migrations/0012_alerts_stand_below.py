from django.db import migrations

NAMES = ["Alert", "AlertSetting", "Digest"]


class Migration(migrations.Migration):
    """Their tables, with all that is in them, are the ground floor's from now on: every app has something to tell."""

    dependencies = [
        ("forecasting", "0011_alerts"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AlterModelTable(name, f"crm_{name.lower()}") for name in NAMES],
            state_operations=[migrations.DeleteModel(name) for name in NAMES],
        ),
    ]
