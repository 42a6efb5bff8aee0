"""Name the `craft` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class CraftConfig(AppConfig):
    """Register the app as `craft`."""

    name = "upheld.records.craft"
    label = "craft"
    default_auto_field = "django.db.models.BigAutoField"
