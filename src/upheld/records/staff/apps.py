"""Name the `staff` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Register the app as `staff`."""

    name = "upheld.records.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"
