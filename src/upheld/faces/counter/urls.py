"""The addresses of the counter, below `counter/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.counter import views

urlpatterns = [
    path("", views.counter, name="counter"),
    path("arrivals/", views.arrived, name="counter-arrive"),
    path("next/", views.next_called, name="counter-next"),
    path("arrivals/<int:arrival_id>/", views.finished, name="counter-finish"),
    path("customers/<code:code>/", views.take_request, name="counter-customer"),
    path("requests/<int:request_id>/", views.taken, name="counter-request"),
    path("requests/<int:request_id>/form.pdf", views.print_request, name="counter-print"),
]
