"""The addresses of the pages about calls, below `calls/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.calls import importing, views

urlpatterns = [
    path("", views.day, name="calls"),
    path("staffing/", views.staffing, name="calls-staffing"),
    path("import/", importing.import_files, name="calls-import"),
    path("import/rejects/", importing.rejects, name="calls-rejects"),
]
