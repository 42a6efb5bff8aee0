"""Name the `telephony` app to Django, under the short label that tables and foreign keys carry."""

from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    """Register the app as `telephony`."""

    name = "upheld.records.telephony"
    label = "telephony"
    default_auto_field = "django.db.models.BigAutoField"
