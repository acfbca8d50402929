from django.db import migrations

from crm.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0001_tables")]
    operations = [append_only("pipeline_dealchange"), append_only("pipeline_stagechange")]
