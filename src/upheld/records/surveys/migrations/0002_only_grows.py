"""Surveys and their answers are only added."""

from django.db import migrations

from upheld.records.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial")]

    operations = [
        append_only("surveys_survey"),
        append_only("surveys_surveyanswer"),
    ]
