"""The addresses of the team lead, below `team/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.team import views

urlpatterns = [
    path("", views.team, name="team"),
    path("hand-over/", views.hand_over_many, name="team-hand-over"),
    path("waive/<int:promise_id>/", views.waive_clock, name="team-waive"),
]
