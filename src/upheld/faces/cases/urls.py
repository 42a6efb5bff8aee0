"""The addresses of a case, below `cases/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.cases import views

urlpatterns = [
    path("<int:case_id>/", views.case, name="case"),
    path("<int:case_id>/files/<int:file_id>/", views.case_file, name="case-file"),
    path("<int:case_id>/<code:act>/", views.case_act, name="case-act"),
]
