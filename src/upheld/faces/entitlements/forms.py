"""The forms of claims: what a clause asks for, why a claim is taken back, in which state a loan came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces import wording
from upheld.faces.masking import masked_number
from upheld.faces.workbench.forms import new_key
from upheld.policy.entitlements import Claimable
from upheld.policy.kinds.entitlements import ANY_LINE

_CONTROL = {"class": "form-control"}
_SELECT = {"class": "form-select"}
_CHOSEN = ("purpose", "way", "place")


class ClaimForm(forms.Form):
    """What the clause asks for, and no more; the key makes a second press harmless."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, claim: Claimable, lines: Sequence[Any], **kwargs: Any) -> None:
        """Make the fields that this claim needs; `lines` are the person's, of which the fitting ones are offered."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        terms = claim.terms
        if len(terms.purposes) > 1:
            self._choice(
                "purpose", _("What for"), [(p, wording.word(wording.PURPOSES, p)) for p in terms.purposes]
            )
        if terms.line:
            fitting = [one for one in lines if one.status != "closed" and _fits(one.kind, terms.line)]
            self._choice("service", _("Line"), [(str(one.pk), _line_in_words(one)) for one in fitting])
        if len(terms.ways) > 1:
            self._choice("way", _("Where"), [(w, wording.word(wording.CLAIM_WAYS, w)) for w in terms.ways])
        if "place" in terms.asks:
            places = [*terms.places, "elsewhere"]
            label = wording.CLAIM_ASKS["place"]
            self._choice("place", label, [(one, wording.word(wording.PLACES, one)) for one in places])
        for asked in ("amount", "product", "item"):
            if asked in terms.asks:
                name = "amount_yuan" if asked == "amount" else asked
                digits = {"inputmode": "decimal"} if asked == "amount" else {}
                self.fields[name] = forms.CharField(
                    label=str(wording.CLAIM_ASKS[asked]), max_length=200,
                    widget=forms.TextInput(attrs={**_CONTROL, **digits, "autocomplete": "off"}),
                )  # fmt: skip
        self.fields["note"] = forms.CharField(
            label=_("Note"), required=False, max_length=2_000,
            widget=forms.Textarea(attrs={**_CONTROL, "rows": 2}),
        )  # fmt: skip

    def _choice(self, name: str, label: Any, choices: list[tuple[str, str]]) -> None:
        self.fields[name] = forms.ChoiceField(
            label=label, choices=choices, widget=forms.Select(attrs=_SELECT)
        )

    def told(self) -> dict[str, str]:
        """Give what the claim tells, as the operation takes it."""
        names = (*_CHOSEN, "amount_yuan", "product", "item")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}

    @property
    def has_no_line(self) -> bool:
        """Tell whether a line is needed and the person has none that it is for."""
        return "service" in self.fields and not self.fields["service"].choices  # type: ignore[attr-defined]


def fresh_claim_form(claim: Claimable, lines: Sequence[Any]) -> ClaimForm:
    """Give an empty form with a new key."""
    return ClaimForm(claim=claim, lines=lines, initial={"key": new_key()})


def _fits(kind: str | None, wanted: Sequence[str]) -> bool:
    return kind is None or ANY_LINE in wanted or kind in wanted


def _line_in_words(line: Any) -> str:
    number = masked_number(line.number) or line.code
    status = wording.word(wording.VALUES["status"], line.status)
    kind = wording.word(wording.SERVICE_KINDS, line.kind)
    return f"{number} ({kind}, {status})" if kind else f"{number} ({status})"


class TakeBackForm(forms.Form):
    """Why a claim is taken back."""

    reason = forms.CharField(
        label=_("Why it is taken back"), min_length=2, max_length=500,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 2, "autofocus": True}),
        error_messages={"required": _("Taking a claim back needs a reason.")},
    )  # fmt: skip


class ReturnForm(forms.Form):
    """In which state a loan came back; damage or loss needs a word on it."""

    state = forms.ChoiceField(
        label=_("State"), choices=wording.RETURN_STATES.items, widget=forms.Select(attrs=_SELECT)
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=forms.Textarea(attrs={**_CONTROL, "rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a word on damage or loss."""
        given = super().clean() or {}
        if given.get("state") != "good" and not given.get("note", "").strip():
            self.add_error("note", gettext("Say what happened to it."))
        return given
