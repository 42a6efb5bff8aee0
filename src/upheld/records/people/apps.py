"""Name the `people` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Register the app as `people`."""

    name = "upheld.records.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
