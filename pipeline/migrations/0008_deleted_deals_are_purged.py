from django.db import migrations, models

from crm.append_only import purgeable


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0007_deals_merged_into_another")]
    operations = [
        purgeable("pipeline_dealchange"),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", False)),
                fields=["-archived_at", "-id"],
                name="deal_deleted",
            ),
        ),
    ]
