"""The addresses of faults and visits, below `field/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.field import faults, views

urlpatterns = [
    path("", views.field, name="field"),
    path("<int:case_id>/", views.visit, name="visit"),
    path("<int:case_id>/customer/", views.show_customer, name="visit-customer"),
    path("<int:case_id>/taps/<code:what>/", views.tap, name="visit-tap"),
    path("cases/<int:case_id>/self-help/", faults.self_help, name="self-help"),
    path("cases/<int:case_id>/engineer/", faults.dispatch, name="dispatch"),
    path("cases/<int:case_id>/compensation/", faults.compensation, name="compensation"),
]
