"""Interactions are evidence: they are only added, and reversed by a new row."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]

    operations = [
        append_only("evidence_interaction"),
    ]
