"""A day that was set stays in the story; another day is another row."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("promises", "0010_planned_days")]

    operations = [append_only("promises_plannedday")]
