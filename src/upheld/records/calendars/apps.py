"""Name the `calendars` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """Register the app as `calendars`."""

    name = "upheld.records.calendars"
    label = "calendars"
    default_auto_field = "django.db.models.BigAutoField"
