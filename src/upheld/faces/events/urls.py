"""The addresses of events, below `events/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.events import door, views

urlpatterns = [
    path("", views.events, name="events"),
    path("new/", views.new_event, name="event-new"),
    path("shares/", views.shares, name="event-shares"),
    path("<int:event_id>/", views.event, name="event"),
    path("<int:event_id>/change/", views.change, name="event-change"),
    path("<int:event_id>/invite/", views.invite_many, name="event-invite"),
    path("<int:event_id>/answer/", views.answer, name="event-answer"),
    path("<int:event_id>/cancel/", views.cancel, name="event-cancel"),
    path("<int:event_id>/list/", door.guest_list, name="event-list"),
    path("<int:event_id>/door/", door.door, name="event-door"),
    path("<int:event_id>/tick/", door.tick, name="event-tick"),
    path("<int:event_id>/end/", door.end, name="event-end"),
]
