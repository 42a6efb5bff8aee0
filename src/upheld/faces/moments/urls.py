"""The addresses of key moments, below `moments/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.moments import views

urlpatterns = [
    path("", views.moments, name="moments"),
    path("results/", views.results, name="moment-results"),
    path("<int:moment_id>/", views.moment, name="moment"),
]
