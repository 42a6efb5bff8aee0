"""Every edition was activated once so far; from here on activations are never changed, only followed by others."""

from django.db import migrations

from upheld.records.append_only import append_only

FROM_EDITIONS = """
    INSERT INTO standards_activation (edition_id, active_from, activated_by_id, activated_at)
    SELECT id, active_from, activated_by_id, activated_at FROM standards_editionrecord ORDER BY id
"""


class Migration(migrations.Migration):
    dependencies = [("standards", "0004_activations")]

    operations = [
        # The trigger first: on a table with foreign keys still to be checked none can be made.
        append_only("standards_activation"),
        migrations.RunSQL(FROM_EDITIONS, migrations.RunSQL.noop),
    ]
