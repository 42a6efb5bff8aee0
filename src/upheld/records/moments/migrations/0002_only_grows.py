"""What was found, sent and came of it is only added; a signal may be put right by a later file, and never vanishes."""

from django.db import migrations

from upheld.records.append_only import append_only, never_deleted


class Migration(migrations.Migration):
    dependencies = [("moments", "0001_initial")]

    operations = [
        never_deleted("moments_signal"),
        append_only("moments_moment"),
        append_only("moments_namedmoment"),
        append_only("moments_momentfate"),
        append_only("moments_momentresult"),
    ]
