"""The form by which a talk about a key moment is told: a few presses, all faults at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from upheld.faces import rule_words, wording
from upheld.faces.moments import words

_SELECT = {"class": "form-select"}


class ResultForm(forms.Form):
    """What came of a talk, or of a try."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=words.OUTCOMES.items,
        widget=forms.RadioSelect,
        error_messages={"required": words.REFUSALS["unknown_outcome"]},
    )
    decision = forms.ChoiceField(
        label=_("What the customer means to do"),
        required=False,
        choices=words.DECISIONS.items,
        widget=forms.RadioSelect,
    )
    agreed = forms.BooleanField(
        label=_("The customer agreed to hear offers"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    offer = forms.ChoiceField(label=_("Offered"), required=False, widget=forms.Select(attrs=_SELECT))
    accepted = forms.ChoiceField(
        label=_("The offer was"),
        required=False,
        choices=[("", _("nothing offered")), ("yes", _("accepted")), ("no", _("declined"))],
        widget=forms.Select(attrs=_SELECT),
    )
    channel = forms.ChoiceField(label=_("By"), widget=forms.Select(attrs=_SELECT))
    happened_at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(
            attrs={"class": "form-control", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages={"invalid": _("Write day and time, such as 2026-03-02 09:30.")},
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )

    def __init__(self, *args: Any, moment: Any, consent: str = "", **kwargs: Any) -> None:
        """Offer what the policy and the customer allow, and nothing else; `consent` is what is on record."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.consent = consent
        offers = (
            [] if moment.suppressed_by or consent == "refused" else [one["offer"] for one in moment.offers]
        )
        named = [(one, wording.word(rule_words.OFFERS, one)) for one in offers]
        self.fields["offer"].choices = [("", _("nothing")), *named]  # type: ignore[attr-defined]
        channels = moment.fate.promise.channels or ["call"]
        self.fields["channel"].choices = [(one, wording.word(wording.ACTIONS, one)) for one in channels]  # type: ignore[attr-defined]
        if not offers:
            for name in ("agreed", "offer", "accepted"):
                del self.fields[name]
        elif consent == "given":
            del self.fields["agreed"]

    def clean_happened_at(self) -> datetime:
        """Refuse a talk that has not taken place yet."""
        happened_at: datetime = self.cleaned_data["happened_at"]
        if happened_at > timezone.now() + timedelta(minutes=1):
            raise forms.ValidationError(_("This time lies in the future."))
        return min(happened_at, timezone.now())

    def clean(self) -> dict[str, Any]:
        """Name everything that does not fit together."""
        told: dict[str, Any] = super().clean() or {}
        reached = told.get("outcome") == "reached"
        if reached and not told.get("decision"):
            self.add_error("decision", words.REFUSALS["unknown_decision"])
        if told.get("outcome") and not reached:
            told["decision"] = ""
            if told.get("offer"):
                self.add_error("offer", words.REFUSALS["not_reached"])
        if told.get("offer") and not told.get("accepted"):
            self.add_error("accepted", words.REFUSALS["offer_not_answered"])
        if told.get("offer") and "agreed" in self.fields and not told.get("agreed"):
            self.add_error("agreed", words.REFUSALS["no_consent"])
        return told

    def act(self) -> dict[str, Any]:
        """Give the words of the operation."""
        told = self.cleaned_data
        offer = told.get("offer") or ""
        return {
            "outcome": told["outcome"],
            "decision": told.get("decision") or "",
            "offer": offer,
            "accepted": {"yes": True, "no": False}.get(told.get("accepted") or "") if offer else None,
            "agreed_to_offers": bool(told.get("agreed")),
            "note": told["note"],
            "channel": told["channel"],
            "happened_at": told["happened_at"],
            "key": told["key"],
        }
