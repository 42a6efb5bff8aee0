"""The address of the feasibility view."""

from __future__ import annotations

from django.urls import path

from upheld.faces.feasibility import views

urlpatterns = [path("", views.feasibility, name="feasibility")]
