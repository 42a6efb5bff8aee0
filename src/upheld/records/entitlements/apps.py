"""Name the `entitlements` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    """Register the app as `entitlements`."""

    name = "upheld.records.entitlements"
    label = "entitlements"
    default_auto_field = "django.db.models.BigAutoField"
