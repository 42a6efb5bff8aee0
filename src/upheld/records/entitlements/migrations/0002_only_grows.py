"""Uses and returns are only added; a use taken back is a new row."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("entitlements", "0001_initial")]

    operations = [
        append_only("entitlements_entitlementuse"),
        append_only("entitlements_loanreturn"),
    ]
