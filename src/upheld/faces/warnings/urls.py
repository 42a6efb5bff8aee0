"""The addresses of the bell and its list."""

from __future__ import annotations

from django.urls import path

from upheld.faces.warnings import views

urlpatterns = [
    path("", views.warnings, name="warnings"),
    path("bell/", views.bell, name="warnings-bell"),
    path("seen/", views.seen, name="warnings-seen"),
]
