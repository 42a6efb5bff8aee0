"""Calls are only added: a file read twice adds nothing."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("telephony", "0001_initial")]

    operations = [
        append_only("telephony_call"),
    ]
