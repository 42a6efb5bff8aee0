"""A case is never deleted; its steps, clocks, their events and its files are only added."""

from django.db import migrations

from upheld.records.append_only import append_only, never_deleted


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        never_deleted("cases_case"),
        append_only("cases_casestep"),
        append_only("cases_caseclock"),
        append_only("cases_clockevent"),
        append_only("cases_attachment"),
    ]
