"""The addresses of messages."""

from __future__ import annotations

from django.urls import path

from upheld.faces.messages import addresses, information, views

urlpatterns = [
    path("messages/", views.messages, name="messages"),
    path("messages/wordings/", views.templates, name="message-templates"),
    path("messages/information/", information.bulletins, name="business-information"),
    path("messages/addresses/", addresses.of_staff, name="addresses"),
    path("messages/<int:message_id>/", views.message, name="message"),
    path("messages/<int:message_id>/decide/", views.decide, name="decide-message"),
    path("people/<code:code>/messages/", views.of_person, name="messages-of-person"),
    path("people/<code:code>/address/", addresses.of_person, name="address-of-person"),
    path("people/<code:code>/consent/", views.consent, name="consent"),
]
