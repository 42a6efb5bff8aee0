"""Name the `staff_points` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class StaffPointsConfig(AppConfig):
    """Register the app as `staff_points`."""

    name = "upheld.records.staff_points"
    label = "staff_points"
    default_auto_field = "django.db.models.BigAutoField"
