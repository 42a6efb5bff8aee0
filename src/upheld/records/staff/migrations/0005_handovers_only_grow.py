"""A book that was handed over stays in the story."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("staff", "0004_absences")]

    operations = [append_only("staff_handover")]
