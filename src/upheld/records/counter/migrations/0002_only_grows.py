"""Requests are only added; who came to a store is never deleted."""

from django.db import migrations

from upheld.records.append_only import append_only, never_deleted


class Migration(migrations.Migration):
    dependencies = [("counter", "0001_initial")]

    operations = [
        append_only("counter_request"),
        append_only("counter_requestcase"),
        never_deleted("counter_arrival"),
    ]
