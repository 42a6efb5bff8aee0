"""A document sent twice by one form is filed once; what was filed before forms had a key has none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("craft", "0002_only_grows")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="key",
            field=models.CharField(
                blank=True,
                db_comment="idempotency key of the form; null: filed before forms had one, or by a program",
                max_length=128,
                null=True,
                unique=True,
            ),
        ),
    ]
