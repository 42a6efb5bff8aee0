"""What was reviewed, judged, moved, filed, used, asked and answered is only added; targets and prospects stay."""

from django.db import migrations

from upheld.records.append_only import append_only, never_deleted


class Migration(migrations.Migration):
    dependencies = [("craft", "0001_initial")]

    operations = [
        append_only("craft_targetreview"),
        append_only("craft_judgement"),
        append_only("craft_chapterstep"),
        append_only("craft_document"),
        append_only("craft_usagefigure"),
        append_only("craft_coordination"),
        append_only("craft_coordinationanswer"),
        never_deleted("craft_monthlytarget"),
        never_deleted("craft_prospect"),
    ]
