"""The addresses of a case, below `cases/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.cases import of_customer, views

urlpatterns = [
    path("of/person/<code:code>/", of_customer.cases_of_the_person, name="cases-of-person"),
    path("of/group/<code:code>/", of_customer.cases_of_the_group, name="cases-of-group"),
    path("<int:case_id>/", views.case, name="case"),
    path("<int:case_id>/files/<int:file_id>/", views.case_file, name="case-file"),
    path("<int:case_id>/<code:act>/", views.case_act, name="case-act"),
]
