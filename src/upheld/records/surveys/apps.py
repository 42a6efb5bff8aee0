"""Name the `surveys` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class SurveysConfig(AppConfig):
    """Register the app as `surveys`."""

    name = "upheld.records.surveys"
    label = "surveys"
    default_auto_field = "django.db.models.BigAutoField"
