"""Name the faces to Django, so that templates, tags and translations are found."""

from __future__ import annotations

from django.apps import AppConfig


class FacesConfig(AppConfig):
    """The pages; they keep nothing, so there are no models here."""

    name = "upheld.faces"
    label = "faces"
