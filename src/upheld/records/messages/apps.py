"""Name the messages to Django; the label differs from the folder, for Django itself has an app `messages`."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Register the app as `messaging`."""

    name = "upheld.records.messages"
    label = "messaging"
    default_auto_field = "django.db.models.BigAutoField"
