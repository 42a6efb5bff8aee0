"""Show what a customer may claim, and take a claim, its taking back, and the return of what was lent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from upheld.faces import wording
from upheld.faces.addresses import text_in
from upheld.faces.book import Book, book_of
from upheld.faces.customers.reach import Kind, customer_in_reach
from upheld.faces.entitlements.forms import ClaimForm, ReturnForm, TakeBackForm, fresh_claim_form
from upheld.faces.entitlements.panel import (
    Panel,
    details_in_words,
    moment_in_words,
    panel_of,
    quota_in_words,
    since_in_words,
)
from upheld.faces.entitlements.refusals import claim_refusal_in_words
from upheld.faces.masking import masked_name
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.workbench.views import back_of
from upheld.operations.claim_entitlement import Claimed, claim_entitlement
from upheld.operations.entitlements_held import Held, balances, entitlements_held
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.return_loan import return_loan
from upheld.operations.take_back_claim import take_back_claim
from upheld.records.entitlements.queries import UseSeen, loans_out, use_with_id, use_with_key
from upheld.records.people.queries import group_with_id, person_with_id, services_of_person


@require_GET
@allowed_to("read_customers")
def entitlements(request: StaffRequest, code: str) -> HttpResponse:
    """Show what a person may claim and every use so far; a small swap gets the panel alone."""
    return _show(request, _found(request, code, "person"))


@require_GET
@allowed_to("read_customers")
def group_entitlements(request: StaffRequest, code: str) -> HttpResponse:
    """Show what a group itself may claim and every use so far."""
    return _show(request, _found(request, code, "group"))


@require_http_methods(["GET", "POST"])
@allowed_to("claim_entitlement")
def claim(request: StaffRequest, code: str, entitlement: str) -> HttpResponse:
    """Claim an entitlement for a person; sent twice with one key, it is used once."""
    return _claim(request, _found(request, code, "person"), code, entitlement)


@require_http_methods(["GET", "POST"])
@allowed_to("claim_entitlement")
def group_claim(request: StaffRequest, code: str, entitlement: str) -> HttpResponse:
    """Claim an entitlement for a group itself."""
    return _claim(request, _found(request, code, "group"), code, entitlement)


@require_http_methods(["GET", "POST"])
@allowed_to("take_back_claim")
def take_back(request: StaffRequest, use_id: int) -> HttpResponse:
    """Ask for the reason, then reverse a claim; its place in the quota is free again."""
    form = TakeBackForm(request.POST if request.method == "POST" else None, label_suffix="")

    def act() -> None:
        take_back_claim(use=use_id, by=request.user, note=form.cleaned_data["reason"])

    return _with_use(request, use_id, form, act, "entitlements/take_back.html")


@require_http_methods(["GET", "POST"])
@allowed_to("claim_entitlement")
def give_back(request: StaffRequest, use_id: int) -> HttpResponse:
    """Take what was lent back in."""
    form = ReturnForm(request.POST if request.method == "POST" else None, label_suffix="")

    def act() -> None:
        told = form.cleaned_data
        return_loan(use=use_id, by=request.user, state=told["state"], note=told["note"])

    return _with_use(request, use_id, form, act, "entitlements/give_back.html")


@require_GET
@allowed_to("read_customers")
def loans(request: StaffRequest) -> HttpResponse:
    """List what is lent and has not come back, within the reader's reach: who has it, since when."""
    book = _book(request)
    out = loans_out(people=book.people, groups=book.groups)
    served = book.served([use.person_id for use in out if use.person_id is not None])
    rows = [
        {
            "use": use,
            "name": use.customer_name
            if use.person_id in served or use.group_id
            else masked_name(use.customer_name),
            "customer_url": reverse("person" if use.person_id else "group", args=[use.customer_code]),
            "since": since_in_words(use.used_at),
        }
        for use in out
    ]
    return render(request, "entitlements/loans.html", {"here": "customers", "loans": rows})


def _book(request: StaffRequest) -> Book:
    return book_of(request.user, day=timezone.localdate())


def _found(request: StaffRequest, code: str, kind: Kind) -> dict[str, Any]:
    """Find a person or a group within the reader's reach."""
    return {kind: customer_in_reach(request, kind, code)[0]}


def _ids(found: dict[str, Any]) -> dict[str, Any]:
    return {kind: who.pk for kind, who in found.items()}


def _held(found: dict[str, Any]) -> Held | None:
    try:
        return entitlements_held(**_ids(found), day=timezone.localdate())
    except ActRefused:
        return None


def _panel(
    request: StaffRequest, found: dict[str, Any], *, whole: bool = False, **words: str
) -> Panel | None:
    held = _held(found)
    if held is None:
        return None
    return panel_of(
        user=request.user, **found, edition=held.edition, subject=held.subject, today=timezone.localdate(),
        whole_history=whole, **words,
    )  # fmt: skip


def _heading(request: StaffRequest, found: dict[str, Any]) -> dict[str, Any]:
    """Give whose page it is, the name masked where the reader does not serve the person."""
    (kind, who), book = next(iter(found.items())), _book(request)
    whole = kind == "group" or bool(book.served([who.pk]))
    return {
        "here": "customers",
        "name": who.name if whole else masked_name(who.name),
        "customer_url": reverse(kind, args=[who.code]),
    }


def _show(request: StaffRequest, found: dict[str, Any]) -> HttpResponse:
    panel = _panel(request, found, whole=not request.htmx, done=_done_in_words(request, found))
    if request.htmx:
        return render(request, "entitlements/panel.html", {"panel": panel})
    return render(request, "entitlements/page.html", {**_heading(request, found), "panel": panel})


def _claim(request: StaffRequest, found: dict[str, Any], code: str, entitlement: str) -> HttpResponse:
    held = _held(found)
    one = held.claim(entitlement) if held is not None else None
    if held is None or one is None:
        raise Http404(f"{code} has no claim on {entitlement}")
    lines = services_of_person(found["person"].pk) if "person" in found else []
    if request.method == "GET":
        return _form(request, found, held, entitlement, fresh_claim_form(one, lines))
    form = ClaimForm(request.POST, claim=one, lines=lines)
    if not form.is_valid():
        return _form(request, found, held, entitlement, form, status=422)
    service = form.cleaned_data.get("service")
    try:
        claimed = claim_entitlement(
            by=request.user, **_ids(found), entitlement=entitlement, key=form.cleaned_data["key"],
            service=int(service) if service else None, note=form.cleaned_data["note"], detail=form.told(),
            summary=_summary_in_words(entitlement, one.clause, form),
        )  # fmt: skip
    except ActRefused as refused:
        form.add_error(None, claim_refusal_in_words(refused))
        return _form(request, found, held, entitlement, form, status=422)
    return _done(
        request, found, f"claimed={form.cleaned_data['key']}", _claimed_in_words(entitlement, claimed)
    )


def _summary_in_words(entitlement: str, clause: str, form: ClaimForm) -> str:
    """Sum the claim up for whoever goes to the customer, in the language in which the customer is served."""
    what = wording.word(wording.ENTITLEMENTS, entitlement)
    parts = [f"{what} ({clause})", *details_in_words(form.told()), form.cleaned_data["note"].strip()]
    return gettext(" · ").join(part for part in parts if part)


def _done_in_words(request: StaffRequest, found: dict[str, Any]) -> str:
    """Say what the act did that led here: `claimed` is a form's key, `ended` the id of a use of this customer."""
    key, ended = text_in(request.GET, "claimed"), text_in(request.GET, "ended")
    use = use_with_key(key) if key else None
    if use is None and ended.isascii() and ended.isdigit() and len(ended) <= 18:
        use = use_with_id(int(ended))
    if use is None or (use.person_id, use.group_id) != (_ids(found).get("person"), _ids(found).get("group")):
        return ""
    if use.taken_back_at is not None:
        return gettext("The claim was taken back.")
    if use.returned_at is not None:
        state = wording.word(wording.RETURN_STATES, use.returned_state)
        return gettext("The loan is over: %(state)s.") % {"state": state}
    handed_on_as = use.detail.get("handed_on_as")
    claimed = Claimed(use.id, None, use.until_at, case_id=use.case_id, handed_on_as=handed_on_as)
    return _claimed_in_words(use.entitlement, claimed)


def _claimed_in_words(entitlement: str, claimed: Claimed) -> str:
    """Say what was claimed, until when it lasts, what is left, and what else follows."""
    parts = [gettext("%(what)s: claimed.") % {"what": wording.word(wording.ENTITLEMENTS, entitlement)}]
    if claimed.until_at is not None:
        parts.append(
            gettext("It ends on %(when)s at the latest.") % {"when": moment_in_words(claimed.until_at)}
        )
    if claimed.left is not None:
        parts.append(gettext("%(n)d left.") % {"n": claimed.left})
    if claimed.case_id is not None:
        parts.append(gettext("An appointment was opened as case %(n)d.") % {"n": claimed.case_id})
    if claimed.handed_on_as is not None:
        parts.append(
            gettext("It was handed on to whoever carries it out, as case %(n)d.")
            % {"n": claimed.handed_on_as}
        )
    use = use_with_id(claimed.use_id)
    if use is not None and use.detail.get("card") == "dual_mode":
        parts.append(gettext("Tell the customer: the dual-mode card needs a GSM phone there."))
    return " ".join(parts)


def _form(
    request: StaffRequest,
    found: dict[str, Any],
    held: Held,
    entitlement: str,
    form: ClaimForm,
    status: int = 200,
) -> HttpResponse:
    """Show the form with the clause's words: inside the panel for a small swap, else as a page of its own.

    A small swap is answered with 200 even where a field is wrong, because htmx shows nothing else.
    """
    one = held.claim(entitlement)
    assert one is not None
    kind, who = next(iter(found.items()))
    standing = balances(
        held, person=None if kind == "group" else who.pk, group=who.pk if kind == "group" else None
    )
    used = next((balance.used for balance in standing if balance.entitlement == entitlement), 0)
    name = "claim" if kind == "person" else "group-claim"
    context = {
        **_heading(request, found),
        "form": form,
        "entitlement": entitlement,
        "clause": held.edition.clause(one.clause),
        "quota": quota_in_words(one, used),
        "left": one.quota.left(used) if one.quota is not None else None,
        "action_url": reverse(name, args=[who.code, entitlement]),
        "back": back_of(request, reverse(kind, args=[who.code])),
    }
    if request.htmx:
        return render(request, "entitlements/claim_form.html", context)
    return render(request, "entitlements/claim.html", context, status=status)


def _done(request: StaffRequest, found: dict[str, Any], asked: str, words: str) -> HttpResponse:
    """Show the panel again with what was done; without JavaScript, the customer's list of entitlements with it."""
    if not request.htmx:
        (kind, who) = next(iter(found.items()))
        name = "entitlements" if kind == "person" else "group-entitlements"
        return HttpResponseRedirect(f"{reverse(name, args=[who.code])}?{asked}")
    answer = render(request, "entitlements/panel.html", {"panel": _panel(request, found, done=words)})
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#entitlements", "outerHTML"
    return answer


def _with_use(
    request: StaffRequest, use_id: int, form: Any, act: Callable[[], None], template: str
) -> HttpResponse:
    """Ask something about one use and act on it, for who may reach its customer."""
    use = use_with_id(use_id)
    if use is None:
        raise Http404(f"no claim {use_id}")
    if not _book(request).holds(person_id=use.person_id, group_id=use.group_id):
        because = gettext("This customer is served by somebody else.")
        return refuse(
            request, act="open_claim", subject_kind="entitlement_use", subject_id=use_id, because=because
        )
    found = _of_use(use)
    context = {**_heading(request, found), "use": use, "form": form}
    context["back"] = back_of(request, context["customer_url"])
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except NotAllowed as refused:
            # The operation has noted it.
            because = claim_refusal_in_words(refused)
            return render(request, "403.html", {"because": because}, status=403)
        except ActRefused as refused:
            form.add_error(None, claim_refusal_in_words(refused))
        else:
            return _done(request, found, f"ended={use_id}", "")
    return render(request, template, context, status=200 if request.method == "GET" else 422)


def _of_use(use: UseSeen) -> dict[str, Any]:
    if use.person_id is not None:
        return {"person": person_with_id(use.person_id)}
    return {"group": group_with_id(use.group_id or 0)}
