"""An index of what waits in the queues of units, so that a long queue is not read whole to show its first lines."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_only_grows"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("handler__isnull", True),
                    models.Q(("state", "closed"), _negated=True),
                    models.Q(("state", "settled"), _negated=True),
                ),
                fields=["unit", "-priority", "id"],
                name="case_queue_of_unit",
            ),
        ),
    ]
