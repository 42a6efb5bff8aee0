"""The door for a web server (granian): the one place that keeps a pool of database connections."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upheld.config.settings")
os.environ.setdefault("UPHELD_DATABASE_POOL", "on")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
