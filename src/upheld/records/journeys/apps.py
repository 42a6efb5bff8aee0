"""Name the `journeys` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    """Register the app as `journeys`."""

    name = "upheld.records.journeys"
    label = "journeys"
    default_auto_field = "django.db.models.BigAutoField"
