"""Evidence of a promise is only added, and no promise vanishes: it ends."""

from django.db import migrations

from upheld.records.append_only import append_only, never_deleted


class Migration(migrations.Migration):
    dependencies = [("promises", "0001_initial")]

    operations = [
        append_only("promises_promiseevidence"),
        never_deleted("promises_promise"),
    ]
