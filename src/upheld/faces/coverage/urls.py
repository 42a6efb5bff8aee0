"""The addresses of the coverage figures, below `coverage/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.coverage import views

urlpatterns = [
    path("", views.coverage, name="coverage"),
    path("csv/", views.coverage_csv, name="coverage-csv"),
]
