"""Points, objections and their answers are only added."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("staff_points", "0001_initial")]

    operations = [
        append_only("staff_points_pointsrow"),
        append_only("staff_points_objection"),
        append_only("staff_points_objectionanswer"),
    ]
