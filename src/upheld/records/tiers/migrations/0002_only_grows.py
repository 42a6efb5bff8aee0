"""Ratings are decisions: they are only added."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("tiers", "0001_initial")]

    operations = [
        append_only("tiers_rating"),
    ]
