"""Name the `promises` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    """Register the app as `promises`."""

    name = "upheld.records.promises"
    label = "promises"
    default_auto_field = "django.db.models.BigAutoField"
