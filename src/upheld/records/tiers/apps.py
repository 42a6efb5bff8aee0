"""Name the `tiers` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class TiersConfig(AppConfig):
    """Register the app as `tiers`."""

    name = "upheld.records.tiers"
    label = "tiers"
    default_auto_field = "django.db.models.BigAutoField"
