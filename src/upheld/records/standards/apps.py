"""Name the `standards` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class StandardsConfig(AppConfig):
    """Register the app as `standards`."""

    name = "upheld.records.standards"
    label = "standards"
    default_auto_field = "django.db.models.BigAutoField"
