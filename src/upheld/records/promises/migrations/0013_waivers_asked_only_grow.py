"""A waiver was asked for, whatever became of it."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("promises", "0012_waivers_asked")]

    operations = [append_only("promises_waiverasked")]
