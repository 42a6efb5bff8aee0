"""The addresses of the points of staff, below `staff-points/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.staff_points import views

urlpatterns = [
    path("", views.points, name="staff-points"),
    path("rows/<int:row_id>/object/", views.object_to, name="object-to-points"),
    path("objections/<int:objection_id>/answer/", views.answer, name="answer-objection"),
]
