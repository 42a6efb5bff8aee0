"""A warning that was given, or seen, stays so."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("promises", "0005_clocks_and_warnings")]

    operations = [
        append_only("promises_promisewarning"),
        append_only("promises_warningseen"),
    ]
