"""The tables of calendar feeds."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token_hash",
                    models.CharField(
                        db_comment="SHA-256 of the secret, which has 256 bits of chance",
                        max_length=64,
                        unique=True,
                    ),
                ),
                (
                    "names",
                    models.CharField(
                        choices=[("masked", "Masked"), ("initials", "Initials"), ("none", "None")],
                        db_default="masked",
                        default="masked",
                        max_length=16,
                    ),
                ),
                ("language", models.CharField(db_default="zh-hans", default="zh-hans", max_length=16)),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "opened_at",
                    models.DateTimeField(blank=True, db_comment="when it was last read", null=True),
                ),
                (
                    "window_at",
                    models.DateTimeField(
                        blank=True, db_comment="the hour in which openings are counted", null=True
                    ),
                ),
                (
                    "opened",
                    models.IntegerField(
                        db_comment="how often it was read in that hour", db_default=0, default=0
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar feed",
                "verbose_name_plural": "calendar feeds",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("names__in", ["masked", "initials", "none"])),
                        name="calendar_names_are_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True),
                            ("ended_at__gte", models.F("made_at")),
                            _connector="OR",
                        ),
                        name="calendar_ends_after_it_began",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("employee",),
                        name="calendar_one_at_a_time",
                    ),
                ],
            },
        ),
    ]
