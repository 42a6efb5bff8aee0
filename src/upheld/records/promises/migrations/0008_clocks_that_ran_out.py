from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("promises", "0007_warned_of_and_not_done"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="promise",
            index=models.Index(
                condition=models.Q(("case__isnull", False), ("late", False), ("state", "broken")),
                fields=["due_at", "id"],
                name="promise_clock_run_out",
            ),
        ),
    ]
