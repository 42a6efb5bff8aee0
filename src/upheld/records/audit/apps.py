"""Name the `audit` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Register the app as `audit`."""

    name = "upheld.records.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
