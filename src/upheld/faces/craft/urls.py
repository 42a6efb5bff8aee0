"""The addresses of the managers' craft, below `craft/`."""

from __future__ import annotations

from django.urls import path

from upheld.faces.craft import asked, month, sales, usage

urlpatterns = [
    path("", month.targets, name="craft-month"),
    path("set/", month.set_month, name="craft-set"),
    path("review/", month.review, name="craft-review"),
    path("sales/", sales.board, name="craft-board"),
    path("sales/new/", sales.new_prospect, name="craft-new"),
    path("sales/<int:prospect_id>/", sales.sale, name="craft-sale"),
    path("sales/<int:prospect_id>/move/", sales.move, name="craft-move"),
    path("sales/<int:prospect_id>/judge/", sales.judge, name="craft-judge"),
    path("sales/<int:prospect_id>/file/", sales.add_file, name="craft-file"),
    path("sales/<int:prospect_id>/file/<int:document_id>/", sales.give_file, name="craft-document"),
    path("sales/<int:prospect_id>/usage/", sales.note_use, name="craft-note-usage"),
    path("usage/", usage.use_of_products, name="craft-usage"),
    path("asked/", asked.requests, name="craft-asked"),
    path("asked/new/", asked.ask, name="craft-ask"),
    path("asked/<int:coordination_id>/", asked.answer, name="craft-answer"),
]
