"""Name the `counter` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class CounterConfig(AppConfig):
    """Register the app as `counter`."""

    name = "upheld.records.counter"
    label = "counter"
    default_auto_field = "django.db.models.BigAutoField"
