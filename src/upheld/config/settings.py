"""Django's settings: what differs between machines comes from the environment; no secret is in the source.

| variable | meaning | left out |
|---|---|---|
| UPHELD_HOME | secret key and own database | `~/.local/share/upheld`; root: `/var/lib/upheld` |
| UPHELD_DATABASE_URL | PostgreSQL 15 or newer, `postgresql://...` | own database server |
| UPHELD_DATABASE_POOL | `on`: keep a pool of connections, for a server of pages | off |
| UPHELD_SECRET_KEY | signs sessions | made once, kept in UPHELD_HOME readable by its owner alone |
| UPHELD_HOSTS | host names that may be asked for, parted by commas | this machine alone |
| UPHELD_HTTP | `plain`: pages go over plain HTTP, so cookies cannot be marked secure | HTTPS in front |
| UPHELD_CONTACTS_RECORDED_WITHIN_DAYS | how many days back a contact may be written down | 60 |
| UPHELD_NIGHTLY_AT | when the worker does the night's work, such as `02:30`; `off`: never | 02:00 |
| UPHELD_ASSIGN_AT_NIGHT | `on`: the night assigns somebody to whom nobody serves, as proposed | off: a lead accepts |
| UPHELD_MESSAGE_SIGNATURE | our name in front of every message, as 【name】 | none |
| UPHELD_PUBLIC_ADDRESS | where customers find our pages, `https://...`, for links in messages | no links |
| UPHELD_MESSAGES_KEPT_MONTHS | how long the words of messages are kept, six at least (LAW-7) | 6 |
| UPHELD_COUNTRY_CODE | in front of phone numbers, as customers' replies may bring it | 86 |
| UPHELD_DEBUG | `on`: Django's error pages | off |
"""

from __future__ import annotations

import os
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from upheld.config.embedded_postgres import django_database, home
from upheld.config.secret_key import secret_key

_FACES = Path(__file__).resolve().parent.parent / "faces"
UPHELD_HOME = home()

DEBUG = os.environ.get("UPHELD_DEBUG") == "on"
_PLAIN_HTTP = os.environ.get("UPHELD_HTTP") == "plain" or DEBUG

SECRET_KEY = secret_key(UPHELD_HOME)
ALLOWED_HOSTS = [
    host.strip()
    for host in os.environ.get("UPHELD_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
    if host.strip()
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "axes",
    "procrastinate.contrib.django",  # brings the tables of the job runner
    "upheld.records.people",
    "upheld.records.staff",
    "upheld.records.standards",
    "upheld.records.tiers",
    "upheld.records.promises",
    "upheld.records.evidence",
    "upheld.records.cases",
    "upheld.records.entitlements",
    "upheld.records.telephony",
    "upheld.records.surveys",
    "upheld.records.counter",
    "upheld.records.messages",
    "upheld.records.journeys",
    "upheld.records.events",
    "upheld.records.craft",
    "upheld.records.moments",
    "upheld.records.staff_points",
    "upheld.records.calendars",
    "upheld.records.audit",
    "upheld.faces",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "upheld.faces.headers.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as its manual asks: it answers for a locked-out sign-in
]

ROOT_URLCONF = "upheld.config.urls"
WSGI_APPLICATION = "upheld.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_FACES / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- database -----------------------------------------------------------------------------------------------


def _database() -> dict[str, Any]:
    """Describe the database to Django; nothing is started before the first connection."""
    database: dict[str, Any] = django_database()
    # A pool is for the server of pages, which `wsgi.py` asks for: its threads would hold up the end of
    # every short command, and keep a test database from being dropped.
    if os.environ.get("UPHELD_DATABASE_POOL") == "on":
        pool = {"min_size": 1, "max_size": 8, "timeout": 10, "max_idle": 120}
        database["OPTIONS"] = {**database["OPTIONS"], "pool": pool}
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- contacts -----------------------------------------------------------------------------------------------

# Evidence may be written down after a day in the field, or an illness; not when a bad quarter is to look better.
CONTACTS_RECORDED_WITHIN_DAYS = int(os.environ.get("UPHELD_CONTACTS_RECORDED_WITHIN_DAYS", "60"))

# --- messages -----------------------------------------------------------------------------------------------

# Our name in front of every message, as the operators of SMS centres ask for.
MESSAGE_SIGNATURE = os.environ.get("UPHELD_MESSAGE_SIGNATURE", "")
# What nobody could send in this time is no longer worth sending; whoever queues a message may say otherwise.
MESSAGES_EXPIRE_AFTER_DAYS = 3
# A sender that is gone for so long will bring no answers any more: what it had begun is in doubt.
MESSAGES_DOUBTED_AFTER_SECONDS = 60
# What messages said is blanked after so many months; the law asks for six at least.
MESSAGES_KEPT_MONTHS = int(os.environ.get("UPHELD_MESSAGES_KEPT_MONTHS", "6"))
# Where customers find our pages, for links in messages; without it no message carries a link.
PUBLIC_ADDRESS = os.environ.get("UPHELD_PUBLIC_ADDRESS", "")
COUNTRY_CODE = os.environ.get("UPHELD_COUNTRY_CODE", "86")

# --- background work ----------------------------------------------------------------------------------------


def _nightly_at() -> time | None:
    """Read when the night's work begins, by the clock of TIME_ZONE; None where somebody else sees to it."""
    told = os.environ.get("UPHELD_NIGHTLY_AT", "02:00")
    if told == "off":
        return None
    try:
        return time.fromisoformat(told)
    except ValueError as problem:
        raise ImproperlyConfigured(f"UPHELD_NIGHTLY_AT is {told!r}: write 02:30, or off") from problem


NIGHTLY_AT = _nightly_at()
ASSIGN_AT_NIGHT = os.environ.get("UPHELD_ASSIGN_AT_NIGHT") == "on"
PROCRASTINATE_IMPORT_PATHS = ["upheld.config.jobs"]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""

# --- who signs in -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "staff.Employee"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"

# Five wrong passwords lock this name from this address for a quarter of an hour; others sign in undisturbed.
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "upheld.faces.signin.locked_out"
AXES_VERBOSE = False

# --- what protects the pages --------------------------------------------------------------------------------

SESSION_COOKIE_AGE = 12 * 60 * 60  # a working day
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = not _PLAIN_HTTP
CSRF_COOKIE_SECURE = not _PLAIN_HTTP
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [
    f"https://{host}" for host in ALLOWED_HOSTS if host not in {"*", "localhost", "127.0.0.1", "[::1]"}
]
SECURE_PROXY_SSL_HEADER = None if _PLAIN_HTTP else ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if _PLAIN_HTTP else 30 * 24 * 60 * 60
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = None if _PLAIN_HTTP else "same-origin"  # browsers drop it over plain HTTP
X_FRAME_OPTIONS = "DENY"

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# The first one only counts and stops: a form's files are read before its view can say that they are too large.
FILE_UPLOAD_HANDLERS = [
    "upheld.faces.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- language, time, files ----------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [_FACES / "locale"]
FORMAT_MODULE_PATH = ["upheld.faces.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [_FACES / "static"]
# Pages and their files come from one package and are served from where they lie, without collecting them.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # A request for another host is answered 400; scanners make so many that a traceback for each would bury the rest.
    "loggers": {
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "upheld.worker": {"level": "INFO"},
        "upheld.messages": {"level": "INFO"},
    },
}
