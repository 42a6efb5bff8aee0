"""Find what is lent among what was lent, not among every use there ever was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("entitlements", "0003_claim_in_one_go")]

    operations = [
        migrations.AddIndex(
            model_name="entitlementuse",
            index=models.Index(
                fields=["used_at", "id"],
                condition=models.Q(("detail__form", "loan"), ("reverses__isnull", True)),
                name="entitlement_use_lent",
            ),
        ),
    ]
