"""What happened to an invitation is only added; events and invitations are never deleted."""

from django.db import migrations

from upheld.records.append_only import append_only, never_deleted


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        append_only("events_invitationstep"),
        never_deleted("events_invitation"),
        never_deleted("events_event"),
    ]
