"""The addresses of journeys, below `journeys/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.journeys import papers, views

urlpatterns = [
    path("", views.journeys, name="journeys"),
    path("of/<code:code>/", views.journey_of_the_person, name="journey-of-person"),
    path("<int:journey_id>/", views.journey, name="journey"),
    path("<int:journey_id>/ticks/", views.tick, name="journey-tick"),
    path("<int:journey_id>/ticks/<int:tick_id>/", views.take_back, name="journey-take-back"),
    path("<int:journey_id>/number/", views.number_changed, name="journey-number"),
    path("<int:journey_id>/close/", views.close, name="journey-close"),
    path("<int:journey_id>/guide.pdf", papers.guide, name="journey-guide"),
    path("<int:journey_id>/record.pdf", papers.record, name="journey-record"),
]
