"""Editions are never changed: another one is activated after."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("standards", "0001_initial")]

    operations = [
        append_only("standards_editionrecord"),
    ]
