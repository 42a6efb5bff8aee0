"""The addresses of entitlements: below their customer, and of single claims and loans."""

from __future__ import annotations

from django.urls import path

from upheld.faces.entitlements import views

urlpatterns = [
    path("people/<code:code>/entitlements/", views.entitlements, name="entitlements"),
    path("people/<code:code>/entitlements/<slug:entitlement>/", views.claim, name="claim"),
    path("groups/<code:code>/entitlements/", views.group_entitlements, name="group-entitlements"),
    path("groups/<code:code>/entitlements/<slug:entitlement>/", views.group_claim, name="group-claim"),
    path("claims/<int:use_id>/take-back/", views.take_back, name="take-back-claim"),
    path("claims/<int:use_id>/return/", views.give_back, name="return-loan"),
    path("loans/", views.loans, name="loans"),
]
