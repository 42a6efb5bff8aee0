"""Ticks are only added; a journey is closed, never deleted."""

from django.db import migrations

from upheld.records.append_only import append_only, never_deleted


class Migration(migrations.Migration):
    dependencies = [("journeys", "0001_initial")]

    operations = [
        append_only("journeys_journeystep"),
        never_deleted("journeys_journey"),
    ]
