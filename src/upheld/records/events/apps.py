"""Name the `events` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Register the app as `events`."""

    name = "upheld.records.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"
