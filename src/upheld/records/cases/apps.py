"""Name the `cases` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Register the app as `cases`."""

    name = "upheld.records.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
