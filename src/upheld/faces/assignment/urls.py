"""The addresses of who serves whom, below `staff/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.assignment import absences, handing_over, views

urlpatterns = [
    path("load/", views.load, name="load"),
    path("unserved/", views.unserved, name="unserved"),
    path("absences/", absences.absences, name="absences"),
    path("absences/<int:absence_id>/end/", absences.end, name="absence-end"),
    path("<code:code>/hand-over/", handing_over.hand_over, name="book-hand-over"),
]
