"""The addresses of chief customer representatives, below `chiefs/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.chiefs import views

urlpatterns = [
    path("", views.chiefs, name="chiefs"),
    path("assign/", views.assign, name="chief-assign"),
    path("month/", views.own_month, name="chief-month"),
    path("month/<code:code>/", views.month_of_other, name="chief-month-of"),
    path("record/<code:code>/", views.record, name="chief-record"),
]
