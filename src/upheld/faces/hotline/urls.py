"""The addresses of the hotline desk, below `desk/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.hotline import acts, views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("register/", views.register, name="desk-register"),
    path("cases/<int:case_id>/take/", acts.take, name="desk-take"),
    path("cases/<int:case_id>/hand-over/", acts.hand_over_case, name="desk-hand-over"),
    path("cases/<int:case_id>/call-back/", acts.promise_a_call, name="desk-call-back"),
    path("call-backs/<int:promise_id>/", acts.call_made, name="desk-call-made"),
    path("callers/<code:code>/", views.caller, name="caller"),
    path("callers/<code:code>/case/", acts.open_for_caller, name="desk-open-case"),
    path("callers/<code:code>/clocks/", acts.preview_clocks, name="desk-preview"),
]
