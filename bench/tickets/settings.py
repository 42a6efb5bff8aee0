"""The settings of a plain django-helpdesk: what its install guide asks for, and nothing that costs time."""

import os

from psycopg.conninfo import conninfo_to_dict

_told = conninfo_to_dict(os.environ["HELPDESK_DATABASE_URL"])

SECRET_KEY = "only for a benchmark"
DEBUG = False
USE_TZ = True
SITE_ID = 1
ROOT_URLCONF = "urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _told["dbname"],
        "USER": _told.get("user", ""),
        "PASSWORD": _told.get("password", ""),
        "HOST": _told.get("host", ""),
        "PORT": _told.get("port", ""),
    }
}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_cleanup.apps.CleanupConfig",
    "helpdesk",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
MIDDLEWARE: list[str] = []
MEDIA_ROOT = "/nonexistent"
STATIC_URL = "/static/"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_ACTIVATE_API_ENDPOINT = True
LOGGING_CONFIG = None
