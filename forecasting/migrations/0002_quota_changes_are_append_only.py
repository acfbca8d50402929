from django.db import migrations

from crm.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("forecasting", "0001_tables")]
    operations = [append_only("forecasting_quotachange")]
