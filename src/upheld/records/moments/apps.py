"""Name the `moments` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class MomentsConfig(AppConfig):
    """Register the app as `moments`."""

    name = "upheld.records.moments"
    label = "moments"
    default_auto_field = "django.db.models.BigAutoField"
