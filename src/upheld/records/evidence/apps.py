"""Name the `evidence` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Register the app as `evidence`."""

    name = "upheld.records.evidence"
    label = "evidence"
    default_auto_field = "django.db.models.BigAutoField"
