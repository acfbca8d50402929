"""What a customer answered is proof: the database itself refuses to change it."""

from django.db import migrations

from crm.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("quotes", "0003_links_and_answers")]

    operations = [append_only("quotes_acceptance"), append_only("quotes_remark")]
